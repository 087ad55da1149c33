// Alarms on every page of who watches: those that nobody has seen yet stand above the page, all of them count at the bell.
(function () {
  "use strict";
  const bar = document.querySelector("[data-alarms]"), bell = document.querySelector("[data-bell]");
  if (!bar || !bell) return;
  const csrf = document.querySelector('meta[name="csrf"]').content;
  let rows = {};

  function template(name) { return document.querySelector('#alarm-words [data-alarm="' + CSS.escape(name) + '"]'); }
  function item(key, row) {
    const place = template("row").content.firstElementChild.cloneNode(true), value = template(row.kind);
    place.dataset.key = key;
    place.querySelector('[data-show="name"]').textContent = row.name;
    place.querySelector('[data-show="about"]').textContent = row.title;
    place.querySelector('[data-show="value"]').textContent = value ? value.content.textContent.trim().replace("{value}", row.value) : "";
    return place;
  }
  function draw() {
    const open = Object.entries(rows).filter(([, row]) => row.on_screen), unseen = open.filter(([, row]) => !row.seen_by);
    const there = new Set(unseen.map(([key]) => key));
    for (const place of [...bar.children]) if (!there.has(place.dataset.key)) place.remove();
    for (const [key, row] of unseen) if (!bar.querySelector('[data-key="' + key + '"]')) bar.append(item(key, row));
    bell.querySelector("[data-count]").textContent = open.length || "";
    bell.classList.toggle("has-alarms", open.length > 0);
  }
  bar.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    button.disabled = true;
    fetch("/board/alarms/" + button.closest("[data-key]").dataset.key + "/seen", { method: "POST", headers: { "X-CSRF-Token": csrf, "HX-Request": "true" } })
      .then((answer) => { if (!answer.ok) button.disabled = false; }, () => { button.disabled = false; });
  });
  document.addEventListener("live-all", (event) => { rows = { ...(event.detail.board || {}).alarms }; draw(); });
  document.addEventListener("board-rows", (event) => {
    for (const { kind, key, row } of event.detail) {
      if (kind !== "alarms") continue;
      if (row) rows[key] = row; else delete rows[key];
    }
    draw();
  });
})();
