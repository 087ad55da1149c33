// Runs before the page is drawn: the theme that was chosen, else the system's; and the time zone for the server.
(function () {
  var root = document.documentElement;
  var system = window.matchMedia("(prefers-color-scheme: dark)");
  function show() {
    var chosen = localStorage.getItem("theme");
    root.setAttribute("data-bs-theme", chosen || (system.matches ? "dark" : "light"));
  }
  show();
  system.addEventListener("change", show);
  root.classList.add("js");
  window.toggleTheme = function () {
    var next = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
    if ((system.matches ? "dark" : "light") === next) localStorage.removeItem("theme");
    else localStorage.setItem("theme", next);
    show();
  };
  var zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone) document.cookie = "zone=" + zone + "; path=/; max-age=31536000; SameSite=Lax";
})();
