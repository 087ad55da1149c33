// The desk follows the live stream: the own state, the call that rings, who waits, what was promised, what is written to it.
(function () {
  "use strict";
  const desk = (window.desk = window.desk || {});
  const bar = document.querySelector("[data-desk]");
  if (!bar) return;
  const me = bar.dataset.agent, title = document.title;
  let row = null, rows = {}, names = {}, skew = 0, shown = "", followed = {};

  function show(text) { document.title = text ? text + " · " + title : title; }
  function drawState() {
    const state = row ? row.state : "out";
    if (bar.dataset.state !== state) { bar.dataset.state = state; document.dispatchEvent(new Event("desk-state")); }
    const call = row && rows.calls && rows.calls[row.call]; // a row that changes is another object
    if (row !== followed.row || call !== followed.call) { followed = { row, call }; followControls(); }
    drawHold();
    show(isRinging() ? "● " + bar.querySelector("[data-show=state]").textContent.trim() : "");
    drawWrapup();
  }
  // What can be done with the call: the server knows whether it is muted, recorded, or a consultation.
  const controls = document.querySelector("[data-controls]");
  let looking = 0, looked = 0, isOwnAct = false, kept = [];
  async function followControls() {
    if (!controls) return;
    const turn = (looking += 1);
    let view = { state: "none", muted: false, recording: "none" };
    try { if (row && row.call) view = await (await desk.fetch("/me/call")).json(); } catch (_error) { setTimeout(followControls, 1000); return; }
    if (turn !== looking) return;
    controls.dataset.state = view.state;
    controls.dataset.muted = view.muted ? "yes" : "no";
    controls.dataset.recording = view.recording;
    controls.dataset.message = view.message ? "yes" : "no";
    drawAsked(view);
    for (const each of controls.querySelectorAll("[data-states]")) {
      const states = each.dataset.states.split(" ");
      const on = states.includes(view.state) && (!states.includes("recorded") || view.recording !== "none") && (!states.includes("message") || view.message);
      for (const button of each.matches("button") ? [each] : each.querySelectorAll("button")) button.disabled = !on;
    }
    looked = turn;
    isOwnAct = Boolean(controls.querySelector("[data-busy]"));
    while (kept.length && !isBehind()) kept.shift()();
  }
  function drawAsked(view) {
    const place = controls.querySelector("[data-asked]"), answered = view.state === "three-way" || (row && row.state === "consult");
    place.hidden = !view.asked;
    const said = view.asked ? desk.word("asked-" + (answered ? view.state : "calling")).replace("{name}", view.asked) : "";
    if (place.textContent !== said) place.textContent = said;
  }
  // What a key does to a call depends on the state that the call is in. While the page does not know that yet, it keeps the
  // key until it does, unless that takes so long that nobody remembers. Hanging up means the same at any time.
  const isBehind = () => isOwnAct || looked !== looking;
  desk.keep = function ({ key, isReady, press }) {
    if (key === "X" || !isBehind() || (isReady && !isOwnAct)) return false;
    const pressed = Date.now();
    kept.push(() => { if (Date.now() - pressed < 5000) press(); });
    return true;
  };
  const isOfCall = (event) => Boolean(controls) && event.detail.startsWith("/me/call/");
  document.addEventListener("desk-acts", (event) => { if (isOfCall(event)) isOwnAct = true; });
  document.addEventListener("desk-tried", (event) => { if (isOfCall(event)) followControls(); });

  // The live picture does not tell when the third of three leaves.
  setInterval(() => { if (controls && controls.dataset.state === "three-way") followControls(); }, 2000);

  // The clock counts the call; how long the caller has been on hold stands beside it.
  function drawHold() {
    const place = bar.querySelector("[data-held]"), timer = place.querySelector("[data-held-since]"), held = row && row.state === "hold";
    place.hidden = !held;
    if (held) timer.dataset.since = row.since; else delete timer.dataset.since;
    if (held) document.dispatchEvent(new Event("live-tick"));
  }
  const clock = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  function drawWrapup() {
    const place = bar.querySelector("[data-wrapup]"), until = row && row.until ? Date.parse(row.until) : 0;
    const left = Math.ceil((until - Date.now() - skew) / 1000), waits = Boolean(until) && left <= 0 && row.held;
    place.hidden = !(until && left > 0) && !waits;
    if (place.hidden) return;
    const time = Math.floor(left / 60) + ":" + String(left % 60).padStart(2, "0"), end = clock.format(until - skew);
    place.querySelector("[data-wrapup-left]").textContent = waits ? desk.word("wrapup-held") : desk.word("wrapup-left").replace("{time}", time).replace("{clock}", end);
  }

  const isRinging = () => Boolean(row) && (row.state === "ringing" || row.state === "reserved");

  // The card changes with the call and its phase; who types in another call's card is asked first. Which call it is the
  // server knows: a call that only rings is nobody's yet, and not on this stream.
  const banner = document.querySelector("[data-new-call]");
  function followCall() {
    const mark = row && row.call ? row.call + (isRinging() ? " ringing" : row.state === "dialing" ? " calling" : " talking") : "";
    if (mark === shown) return;
    const isNew = mark && !shown.startsWith(row.call + " ");
    shown = mark;
    banner.hidden = !(isNew && desk.guid() && desk.isTyping());
    if (banner.hidden && (mark || desk.guid())) desk.load(mark ? "" : desk.guid());
  }
  document.querySelector("[data-show-call]").addEventListener("click", () => { banner.hidden = true; desk.load(""); });

  function drawWaiting(own) {
    const list = document.querySelector("[data-waiting-list]");
    if (!list) return;
    const queues = Object.entries(own).sort((a, b) => b[1].waiting - a[1].waiting || a[0].localeCompare(b[0]));
    document.querySelector("[data-waiting-empty]").hidden = queues.length > 0;
    const there = new Set(queues.map(([key]) => key));
    for (const item of [...list.children]) if (!there.has(item.dataset.queue)) item.remove();
    for (const [key] of queues) {
      if (list.querySelector('[data-queue="' + CSS.escape(key) + '"]')) continue;
      const item = document.getElementById("waiting-row").content.firstElementChild.cloneNode(true);
      item.dataset.queue = key;
      item.querySelector("[data-show=name]").textContent = (names.queues && names.queues[key]) || key;
      list.append(item);
    }
    desk.drawLive();
  }
  // live.js draws every [data-queue]; a row that was just added waits for it.
  desk.drawLive = () => document.body.dispatchEvent(new CustomEvent("htmx:afterSwap"));

  let owned = "", stepsTimer = 0;
  function ownQueues(all) {
    // Supervisors who are agents see every queue on the stream; here only those they serve.
    return row && row.queues ? Object.fromEntries(Object.entries(all || {}).filter(([key]) => row.queues.includes(key))) : {};
  }
  function drawAll() {
    row = (rows.agents && rows.agents[me]) || null;
    drawState();
    followCall();
    const own = ownQueues(rows.queues), names = Object.keys(own).sort().join(" ");
    if (names !== owned) { owned = names; drawWaiting(own); }
    const total = document.querySelector('[data-total="waiting"]');
    if (total) total.textContent = String(Object.values(own).reduce((sum, each) => sum + each.waiting, 0));
  }

  document.addEventListener("live-all", (event) => begin(event.detail));
  let seen = false; // after a cut, what was missed is fetched
  function begin(all) {
    ({ rows, names, skew } = all);
    owned = "";
    mirror(all.pages);
    drawAll();
    if (seen) for (const path of ["/me/messages", "/me/reminders", "/me/help", "/me/pending", "/me/shift", "/me/calls"]) desk.reload(path);
    if (seen && desk.guid()) desk.follow({ guid: desk.guid(), version: 0 });
    seen = true;
  }
  document.addEventListener("live-row", () => drawAll());
  function mirror(count) { document.querySelector("[data-mirror]").hidden = !(count > 1); }

  document.addEventListener("desk-news", (event) => {
    const news = event.detail;
    if (news.what === "work") { desk.follow(news); if (!news.version) desk.reload("/me/calls"); if (!desk.guid()) desk.load(""); }
    if (news.what === "call") followControls();
    if (news.what === "steps") { clearTimeout(stepsTimer); stepsTimer = setTimeout(() => { if (!desk.guid() || news.guid === desk.guid()) desk.load(""); }, 100); }
    if (news.what === "contact" && desk.guid() && !desk.isTyping()) desk.load(desk.guid());
    if (news.what === "reminders" || news.what === "reminder") desk.reload("/me/reminders");
    if (news.what === "messages") desk.reload("/me/messages");
    if (news.what === "help") desk.reload("/me/help");
    if (news.what === "calls") desk.reload("/me/calls");
    if (news.what === "session") for (const path of ["/me/pending", "/me/shift"]) desk.reload(path);
    if (news.what === "pages") mirror(news.count);
  });
  document.addEventListener("desk-finished", () => desk.reload("/me/calls"));
  document.addEventListener("click", (event) => {
    const open = event.target.closest("[data-open-card]");
    if (!open) return;
    event.preventDefault();
    desk.load(open.dataset.openCard);
    document.querySelector("[data-card]").scrollIntoView({ block: "nearest" });
  });
  document.addEventListener("submit", (event) => { if (event.target.matches("[data-help]")) event.target.elements.guid.value = desk.guid(); }, true);

  // The minute of a promise comes while nobody looks at the server.
  function markDue() {
    for (const each of document.querySelectorAll("[data-due]")) {
      const due = Date.parse(each.dataset.due) <= Date.now() + skew;
      each.classList.toggle("is-due", due);
    }
  }
  document.addEventListener("desk-part", markDue);
  // A shift is over at its minute; that one has begun, or that somebody changed it, is asked at each quarter of an hour.
  let turned = 0;
  function followShift() {
    const at = Date.now() + skew, line = document.querySelector("[data-shift-end]"), quarter = 900000;
    const turns = [Math.floor(at / quarter) * quarter, line ? Date.parse(line.dataset.shiftEnd) : 0];
    // Not all desks in one moment.
    if (turned && turns.some((turn) => turn > turned && turn <= at)) setTimeout(() => desk.reload("/me/shift"), Math.random() * 10000);
    turned = at;
  }
  setInterval(() => { drawWrapup(); markDue(); followShift(); }, 1000);
  if (window.live) begin(window.live);
})();
