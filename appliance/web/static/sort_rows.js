// Rows of a list are dragged to another place by their grip; the buttons beside them do the same without a mouse.
(function () {
  "use strict";
  let row = null;

  function renumber(list) {
    list.querySelectorAll(":scope > li").forEach((item, place) => {
      for (const field of item.querySelectorAll("[name]")) {
        if (!field.name.startsWith("_")) field.name = field.name.replace(/\.\d+\./, "." + place + ".");
        else field.value = field.value.replace(/\.\d+$/, "." + place);
      }
    });
  }

  document.addEventListener("dragstart", (event) => {
    if (!event.target.matches || !event.target.matches("[data-sort-rows] .grip")) return;
    row = event.target.closest("li");
    row.classList.add("dragged");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", "");
  });
  document.addEventListener("dragover", (event) => {
    const over = row && event.target.closest && event.target.closest("[data-sort-rows] > li");
    if (!over || over.parentNode !== row.parentNode) return;
    event.preventDefault();
    if (over === row) return;
    const middle = over.getBoundingClientRect().top + over.offsetHeight / 2;
    over.parentNode.insertBefore(row, event.clientY < middle ? over : over.nextSibling);
  });
  document.addEventListener("drop", (event) => { if (row) event.preventDefault(); });
  document.addEventListener("dragend", () => {
    if (!row) return;
    row.classList.remove("dragged");
    renumber(row.parentNode);
    row.closest("form").dispatchEvent(new Event("sorted"));
    row = null;
  });
})();
