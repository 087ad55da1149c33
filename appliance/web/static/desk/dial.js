// The dial box and every telephone link: who would carry a number is told before it is dialled.
(function () {
  "use strict";
  const desk = (window.desk = window.desk || {});
  const box = document.querySelector("[data-dial-box]");
  if (!box) return;
  const field = box.querySelector("[name=number]"), told = document.querySelector("[data-dial-told]");
  const mayDial = Boolean(box.querySelector("button"));
  let timer = 0, asked = 0;

  async function tell() {
    const turn = (asked += 1);
    if (!field.value.trim()) { told.replaceChildren(); return; }
    try {
      const html = await (await desk.fetch("/me/dial?number=" + encodeURIComponent(field.value))).text();
      if (turn === asked) told.innerHTML = html;
    } catch (_error) { /* typed on */ }
  }
  field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(tell, 250); });
  box.addEventListener("submit", (event) => { event.preventDefault(); if (mayDial && field.value.trim()) desk.act(box); });
  if (field.value) tell();

  desk.dial = function (number, now) {
    field.value = number;
    tell();
    if (now && mayDial) desk.act(box); else field.focus();
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="tel:"]');
    if (!link) return;
    event.preventDefault();
    desk.dial(decodeURIComponent(link.getAttribute("href").slice(4)), true);
    box.scrollIntoView({ block: "nearest" });
  });

  // Telephone links of other pages can open here, where the browser allows it.
  const offer = document.querySelector("[data-handle-tel]");
  if (offer && navigator.registerProtocolHandler && window.isSecureContext && !localStorage.getItem("desk-tel")) {
    offer.hidden = false;
    offer.addEventListener("click", () => {
      navigator.registerProtocolHandler("tel", location.origin + "/me?dial=%s");
      localStorage.setItem("desk-tel", "1");
      offer.hidden = true;
    });
  }

  // Whom a call may be sent to.
  const search = document.querySelector("[data-targets]");
  if (!search) return;
  const list = document.getElementById("transfer-found");
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      try { list.innerHTML = await (await desk.fetch(search.dataset.targets + "?q=" + encodeURIComponent(search.value))).text(); } catch (_error) { /* typed on */ }
    }, 150);
  });
  search.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "Enter") return;
    const first = list.querySelector("button");
    if (first) { event.preventDefault(); first.focus(); }
  });
  list.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    const items = [...list.children], at = items.indexOf(event.target.closest("li")) + (event.key === "ArrowDown" ? 1 : -1);
    if (at < 0) search.focus(); else if (items[at]) items[at].querySelector("button").focus();
  });
})();
