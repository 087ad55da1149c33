// Ctrl-K: a dialog that finds entities and pages while one types; the keyboard alone is enough.
(function () {
  "use strict";
  const dialog = document.querySelector("[data-search]"), opener = document.querySelector("[data-open-search]");
  if (!dialog || !dialog.showModal) return;
  const input = dialog.querySelector("input"), place = dialog.querySelector("[data-hits]");
  let timer = 0, asked = 0, chosen = -1;

  function options() { return [...place.querySelectorAll("[role=option]")]; }
  function choose(number) {
    const all = options();
    chosen = all.length ? (number + all.length) % all.length : -1;
    all.forEach((each, index) => each.setAttribute("aria-selected", String(index === chosen)));
    if (chosen < 0) input.removeAttribute("aria-activedescendant");
    else { input.setAttribute("aria-activedescendant", all[chosen].id); all[chosen].scrollIntoView({ block: "nearest" }); }
  }
  function look() {
    const mine = (asked += 1);
    fetch("/search?dialog&q=" + encodeURIComponent(input.value)).then((answer) => {
      if (answer.status === 401) window.location.assign("/sign-in");
      return answer.ok ? answer.text() : "";
    }).then((html) => {
      if (mine !== asked) return; // an answer to what was typed before
      place.innerHTML = html;
      input.setAttribute("aria-expanded", String(options().length > 0));
      choose(0);
    });
  }
  function open() {
    if (dialog.open) return;
    dialog.showModal();
    input.select();
    look();
  }

  if (opener) opener.addEventListener("click", (event) => { event.preventDefault(); open(); });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") { event.preventDefault(); open(); }
  });
  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(look, 120); });
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) { event.preventDefault(); choose(chosen + step); }
  });
  dialog.querySelector("form").addEventListener("submit", (event) => {
    const one = options()[chosen];
    if (one) { event.preventDefault(); window.location.assign(one.href); }
  });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); }); // beside it
})();
