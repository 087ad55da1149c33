// A board on the wall: draws what its stream tells, connects again by itself, and loads anew after an update.
(function () {
  "use strict";
  const late = Number(document.body.dataset.late), locale = document.documentElement.lang;
  const percents = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 });
  let picture = null, skew = 0, heardAt = Date.now(), isAway = false;

  function percent(share, whole) { return whole ? percents.format(share / whole) : "—"; }
  function seconds(since) { return Math.max(0, Math.floor((Date.now() + skew - Date.parse(since)) / 1000)); }
  function clock(since) {
    if (!since) return "—";
    const s = seconds(since), two = (n) => String(n).padStart(2, "0");
    return (s >= 3600 ? Math.floor(s / 3600) + ":" + two(Math.floor(s / 60) % 60) : String(Math.floor(s / 60))) + ":" + two(s % 60);
  }
  function put(place, text) { if (place.textContent !== text) place.textContent = text; }
  function putWait(place, since) {
    const s = since ? seconds(since) : 0, level = !late || s <= late ? "" : s <= 2 * late ? "late" : "too-late";
    place.className = level;
    put(place, clock(since) + (level === "late" ? " !" : level ? " !!" : ""));
  }
  function rowsOf(list, template, count) {
    while (list.children.length > count) list.lastElementChild.remove();
    while (list.children.length < count) list.append(document.getElementById(template).content.firstElementChild.cloneNode(true));
    return list.children;
  }

  function drawTotals(totals) {
    const shown = { ...totals, level: percent(totals.in_time, totals.offered), level_now: percent(totals.in_time_now, totals.offered_now) };
    for (const place of document.querySelectorAll("[data-figure]")) {
      if (place.dataset.figure === "longest") putWait(place, totals.longest); else put(place, String(shown[place.dataset.figure]));
    }
  }
  function drawQueues(list, queues) {
    list.closest("table").style.setProperty("--row", "min(2.3rem, " + (34 / Math.max(4, queues.length + 1)).toFixed(1) + "vh)");
    const rows = rowsOf(list, "wall-queue", queues.length);
    queues.forEach((queue, index) => {
      const [name, waiting, longest, ready, level, answered, abandoned] = rows[index].children;
      if (!longest.firstElementChild) longest.replaceChildren(document.createElement("span"));
      if (!level.firstElementChild) level.replaceChildren(document.createElement("span"));
      put(name, queue.name);
      put(waiting, String(queue.waiting));
      putWait(longest.firstElementChild, queue.longest);
      put(ready, String(queue.ready));
      const isLow = queue.offered > 0 && queue.in_time / queue.offered * 100 < queue.goal_pct;
      level.firstElementChild.className = isLow ? "late" : "";
      put(level.firstElementChild, percent(queue.in_time, queue.offered) + (isLow ? " !" : ""));
      put(answered, String(queue.answered));
      put(abandoned, String(queue.abandoned));
    });
  }
  function drawTeam(list, agents) {
    const rows = rowsOf(list, "wall-agent", agents.length);
    agents.forEach((agent, index) => {
      const [name, state, timer] = rows[index].children;
      put(name, agent.name);
      if (state.dataset.state !== agent.state) {
        const word = document.querySelector('#live-words [data-word="' + CSS.escape(agent.state) + '"]');
        state.replaceChildren(word ? word.content.cloneNode(true) : document.createTextNode(agent.state));
        state.dataset.state = agent.state;
      }
      put(timer, clock(agent.since));
    });
    document.querySelector("[data-nobody]").hidden = agents.length > 0;
  }
  function draw() {
    const time = new Date(Date.now() + skew);
    put(document.querySelector("[data-clock]"), time.toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit" }));
    document.querySelector("[data-connection]").hidden = Boolean(picture && picture.connected && Date.now() - heardAt < 60000);
    document.querySelector("[data-database]").hidden = !isAway;
    if (!picture) return;
    drawTotals(picture.totals);
    const queues = document.querySelector("[data-queues]"), team = document.querySelector("[data-team]");
    if (queues) drawQueues(queues, picture.queues);
    if (team) drawTeam(team, picture.agents);
  }

  function listen() {
    const stream = new EventSource(location.pathname.replace(/\/$/, "") + "/stream");
    stream.addEventListener("wall", (event) => {
      const told = JSON.parse(event.data);
      if (told.build !== document.body.dataset.build) { location.reload(); return; }
      picture = told.picture;
      isAway = picture.away;
      skew = Date.parse(told.now) - Date.now();
      heardAt = Date.now();
      draw();
    });
    stream.addEventListener("beat", () => { heardAt = Date.now(); });
    stream.onerror = () => {
      if (picture) picture.connected = false;
      if (stream.readyState !== EventSource.CLOSED) return; // it tries again by itself
      fetch("/health").then((answer) => answer.json()).then((told) => { isAway = told.database === "away"; }, () => {});
      setTimeout(listen, 5000);
    };
  }
  const full = document.querySelector("[data-full]");
  full.addEventListener("click", () => { document.documentElement.requestFullscreen(); });
  setInterval(draw, 1000);
  draw();
  listen();
})();
