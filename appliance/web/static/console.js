// Small conveniences of the console; every page works without them.
(function () {
  "use strict";
  const csrf = document.querySelector('meta[name="csrf"]').content;
  document.body.addEventListener("htmx:configRequest", (event) => {
    if (csrf) event.detail.headers["X-CSRF-Token"] = csrf;
  });
  // What asks again by itself says its trouble in its own place, until an answer comes: what stood there may be true no more.
  document.body.addEventListener("htmx:responseError", (event) => {
    const place = event.target.querySelector("[data-trouble]");
    if (place) place.textContent = event.detail.xhr.responseText;
    else toast(event.detail.xhr.responseText);
  });
  document.body.addEventListener("htmx:sendError", () => toast("✕"));
  document.body.addEventListener("htmx:afterSwap", (event) => {
    const wrong = event.target.querySelector && event.target.querySelector("[aria-invalid], .notice-bad");
    if (wrong) { wrong.scrollIntoView({ block: "center" }); if (wrong.focus) wrong.focus({ preventScroll: true }); }
  });

  function toast(text) {
    const place = document.querySelector("[data-toasts]");
    if (!place) return;
    const item = document.createElement("div");
    item.className = "toast-own";
    item.textContent = text.slice(0, 300);
    place.append(item);
    setTimeout(() => item.remove(), 8000);
  }

  const menuButton = document.querySelector("[data-toggle-menu]");
  function showMenu(open) {
    document.body.classList.toggle("menu-open", open);
    menuButton.setAttribute("aria-expanded", String(open));
  }
  if (menuButton) menuButton.addEventListener("click", () => showMenu(!document.body.classList.contains("menu-open")));

  // Groups of the menu that somebody opened stay open on the next page.
  const groups = document.querySelectorAll("#menu details");
  const opened = new Set((sessionStorage.getItem("menu-groups") || "").split(" "));
  for (const each of groups) if (opened.has(each.dataset.group)) each.open = true;
  for (const each of groups) each.querySelector("summary").addEventListener("click", () => {
    if (each.open) opened.delete(each.dataset.group); else opened.add(each.dataset.group);
    sessionStorage.setItem("menu-groups", [...opened].join(" "));
  });

  const themeButton = document.querySelector("[data-toggle-theme]");
  if (themeButton) themeButton.addEventListener("click", window.toggleTheme);

  // Drop-downs are <details>: close them by Escape or a click elsewhere.
  document.addEventListener("click", (event) => {
    for (const each of document.querySelectorAll("details.dropdown-menu-own[open]")) {
      if (!each.contains(event.target)) each.open = false;
    }
    if (document.body.classList.contains("menu-open") && !event.target.closest("#menu, [data-toggle-menu]")) showMenu(false);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const each of document.querySelectorAll("details.dropdown-menu-own[open]")) {
      each.open = false;
      each.querySelector("summary").focus();
    }
    if (document.body.classList.contains("menu-open")) { showMenu(false); menuButton.focus(); }
  });

  // What was typed and not saved is not lost by a wrong click.
  let isDirty = false;
  document.addEventListener("input", (event) => { if (event.target.closest("#entity-form")) isDirty = true; });
  document.addEventListener("submit", () => { isDirty = false; });
  document.body.addEventListener("htmx:beforeRequest", (event) => { if (event.target.id === "entity-form") isDirty = false; });
  window.addEventListener("beforeunload", (event) => { if (isDirty) event.preventDefault(); });

  // Fields with very many choices: suggestions from the server while typing.
  let timer = 0;
  function suggest(input) {
    fetch(input.dataset.suggest + "&q=" + encodeURIComponent(input.value))
      .then((answer) => (answer.ok ? answer.text() : ""))
      .then((html) => { document.getElementById(input.getAttribute("list")).innerHTML = html; });
  }
  document.addEventListener("focusin", (event) => { if (event.target.matches("[data-suggest]")) suggest(event.target); });
  document.addEventListener("input", (event) => {
    if (!event.target.matches("[data-suggest]")) return;
    clearTimeout(timer);
    timer = setTimeout(() => suggest(event.target), 200);
  });
})();
