// The live picture: one stream of server-sent events patches the page in place; timers tick here.
(function () {
  "use strict";
  const address = document.body.dataset.stream;
  if (!address || !window.EventSource) return;
  const kinds = ["queues", "agents", "calls", "phones"];
  let rows = {}, names = {}, seq = 0, skew = 0, figuresAt = 0, figuresTimer = 0;

  const words = document.getElementById("live-words");
  function word(name) {
    const found = words && words.querySelector('[data-word="' + CSS.escape(name) + '"]');
    return found ? found.content.cloneNode(true) : document.createTextNode(name);
  }
  function text(name) { return word(name).textContent.trim(); }
  function nameOf(section, key) { return (names[section] && names[section][key]) || key; }
  function put(place, content) {
    if (!place) return;
    if (typeof content === "string") { if (place.textContent !== content) place.textContent = content; return; }
    place.replaceChildren(content);
  }
  function part(root, name) { return root.querySelector('[data-show="' + name + '"]'); }
  function setTimer(place, since) {
    if (!place) return;
    if (since) { place.dataset.since = since; tick(place); }
    else { delete place.dataset.since; put(place, "—"); }
  }
  function tick(place) {
    const s = Math.max(0, Math.floor((Date.now() + skew - Date.parse(place.dataset.since)) / 1000));
    const two = (n) => String(n).padStart(2, "0");
    put(place, s >= 3600 ? Math.floor(s / 3600) + ":" + two(Math.floor(s / 60) % 60) + ":" + two(s % 60) : Math.floor(s / 60) + ":" + two(s % 60));
  }

  // A hold or a question in between does not end the call: its clock goes on.
  function sinceOf(row) { return (row.state !== "hold" && row.call_since) || row.since; }
  function stateContent(row) {
    const shown = word(row.state);
    if (row.state === "paused" && row.reason) {
      const label = shown.querySelector("span > span");
      if (label) label.textContent += " (" + text("reason-" + row.reason).replace(/^reason-/, "") + ")";
    }
    return shown;
  }

  function drawQueue(place, row) {
    put(part(place, "waiting"), row ? String(row.waiting) : "0");
    place.classList.toggle("has-waiting", Boolean(row && row.waiting));
    setTimer(part(place, "longest"), row && row.longest);
    const tallies = part(place, "agents");
    if (!tallies) return;
    const list = document.createDocumentFragment();
    for (const [state, count] of Object.entries((row && row.agents) || {})) {
      const item = word(state);
      const label = item.querySelector("span > span");
      if (label) {
        const spoken = document.createElement("span");
        spoken.className = "visually-hidden";
        spoken.textContent = " " + label.textContent;
        label.closest(".state").title = label.textContent;
        label.replaceChildren(String(count), spoken);
      }
      list.append(item);
    }
    put(tallies, list.childNodes.length ? list : "—");
  }
  function drawAgent(place, row) {
    if (row) {
      put(part(place, "state"), stateContent(row));
      setTimer(part(place, "since"), sinceOf(row));
      setTimer(part(place, "clock"), row.call_since || row.since);
      // Only who is logged in has a row, an unreachable phone or not; such a row does not tell a pause, so what is known of it stays.
      if (row.state !== "offline") place.dataset.phase = row.state === "paused" || row.state === "missed" ? "paused" : "in";
      else if (place.dataset.phase === "out") place.dataset.phase = "in";
    } else if (place.dataset.seen) {
      put(part(place, "state"), word("out"));
      setTimer(part(place, "since"), null);
      setTimer(part(place, "clock"), null);
      place.dataset.phase = "out";
    }
    if (row) place.dataset.seen = "1"; else delete place.dataset.seen;
  }
  function drawPhone(place, row) {
    const shown = part(place, "status");
    put(shown || place, word(row ? row.status : "unregistered"));
    if (!shown) return;
    put(part(place, "where"), (row && row.where) || "—");
    put(part(place, "latency"), row && row.latency_ms !== null ? row.latency_ms + " ms" : "—");
    put(part(place, "user-agent"), (row && row.user_agent) || "—");
  }
  // An extension has two phones, its own and the one in a browser; of one that is there more is told.
  function drawPhones(extension) {
    const own = rows.phones[extension], browser = rows.phones[extension + "-web"];
    const inBrowser = browser && browser.status === "registered" && !(own && own.status === "registered");
    const row = inBrowser ? { ...browser, where: "" } : own; // the address of a browser is the daemon's
    document.querySelectorAll('[data-phone="' + CSS.escape(extension) + '"]').forEach((place) => drawPhone(place, row || null));
  }
  function drawTile(place, row, key) {
    put(part(place, "name"), nameOf("agents", key));
    put(part(place, "state"), stateContent(row));
    setTimer(part(place, "since"), sinceOf(row));
    put(part(place, "note"), row.queue ? nameOf("queues", row.queue) : row.queues.map((queue) => nameOf("queues", queue)).join(", "));
    place.dataset.state = row.state;
  }
  function drawCall(place, row) {
    put(part(place, "caller"), row.caller || text("unknown-caller"));
    put(part(place, "caller_name"), row.caller_name && row.caller_name !== row.caller ? row.caller_name : "");
    put(part(place, "where"), row.held ? word("hold") : word(row.where));
    setTimer(part(place, "since"), row.since);
    put(part(place, "with"), [row.agent && nameOf("agents", row.agent), row.queue && nameOf("queues", row.queue)].filter(Boolean).join(" · ") || row.did);
  }

  function drawInList(kind, key, row, draw) {
    const list = document.querySelector('[data-list="' + kind + '"]');
    if (!list) return;
    let item = list.querySelector('[data-key="' + CSS.escape(key) + '"]');
    if (!row) { if (item) item.remove(); return; }
    if (!item) {
      item = document.getElementById("row-" + kind).content.firstElementChild.cloneNode(true);
      item.dataset.key = key;
      list.append(item);
    }
    draw(item, row, key);
  }
  function draw(kind, key) {
    const row = rows[kind][key] || null, chosen = (attribute) => document.querySelectorAll("[" + attribute + '="' + CSS.escape(key) + '"]');
    if (kind === "queues") chosen("data-queue").forEach((place) => drawQueue(place, row));
    if (kind === "agents") {
      chosen("data-agent").forEach((place) => drawAgent(place, row));
      drawInList("agents", key, row, drawTile);
    }
    if (kind === "calls") drawInList("calls", key, row, drawCall);
    if (kind === "phones") drawPhones(key.replace(/^([0-9]+)-web$/, "$1"));
  }
  // Pages with a picture of their own follow these events.
  function announce(name, detail) { document.dispatchEvent(new CustomEvent(name, { detail })); }

  function drawTotals() {
    const totals = {
      waiting: Object.values(rows.queues || {}).reduce((sum, row) => sum + row.waiting, 0),
      calls: Object.keys(rows.calls || {}).length,
      agents: Object.keys(rows.agents || {}).length, // an unreachable phone does not log anybody out
    };
    for (const place of document.querySelectorAll("[data-total]")) put(place, String(totals[place.dataset.total]));
    for (const place of document.querySelectorAll("[data-empty]")) place.hidden = totals[place.dataset.empty] > 0;
  }
  function drawAll() {
    for (const kind of kinds) {
      const there = new Set(Object.keys(rows[kind] || {}));
      const list = document.querySelector('[data-list="' + kind + '"]');
      if (list) for (const item of [...list.children]) if (!there.has(item.dataset.key)) item.remove();
      for (const attribute of ["queue", "agent", "phone"]) {
        if (attribute + "s" === kind) for (const place of document.querySelectorAll("[data-" + attribute + "]")) there.add(place.dataset[attribute]);
      }
      for (const key of there) draw(kind, key);
    }
    drawTotals();
  }
  function drawConfig(config) {
    const badge = document.querySelector("[data-config]");
    if (!badge || !config) return;
    const failed = config.error && config.tried === config.wanted;
    badge.dataset.config = failed ? "failed" : config.applied === config.wanted ? "applied" : "applying";
  }
  function drawConnection(isUp) {
    const place = document.querySelector("[data-connection]");
    if (place) place.hidden = isUp;
  }
  function drawDatabase(isThere) {
    const place = document.querySelector("[data-database]");
    if (place) place.hidden = isThere;
  }
  function askHealth() {
    fetch("/health").then((answer) => answer.json()).then((told) => drawDatabase(told.database !== "away"), () => {});
  }
  function historyChanged() {
    clearTimeout(figuresTimer);
    const wait = Math.max(0, figuresAt + 3000 - Date.now());
    figuresTimer = setTimeout(() => { figuresAt = Date.now(); document.body.dispatchEvent(new Event("figures")); }, wait);
  }

  function listen() {
    const stream = new EventSource(address);
    stream.addEventListener("snapshot", (event) => {
      const all = JSON.parse(event.data);
      for (const kind of kinds) rows[kind] = all[kind] || {};
      names = all.names || {};
      seq = all.seq;
      if (all.now) skew = Date.parse(all.now) - Date.now();
      drawConnection(all.connected);
      drawDatabase(true); // it was just read
      drawConfig(all.config);
      drawAll();
      window.live = { rows, names, skew, pages: all.pages || 0, board: all.board || {} }; // for scripts that come later
      announce("live-all", window.live);
    });
    stream.addEventListener("live", (event) => {
      const news = JSON.parse(event.data);
      drawConnection(news.connected);
      if (news.seq <= seq) return;
      seq = news.seq;
      for (const change of news.changes) {
        if (change.row) rows[change.kind][change.key] = change.row; else delete rows[change.kind][change.key];
        draw(change.kind, change.key);
        announce("live-row", change);
      }
      drawTotals();
    });
    stream.addEventListener("desk", (event) => announce("desk-news", JSON.parse(event.data)));
    stream.addEventListener("names", (event) => { names = JSON.parse(event.data); drawAll(); announce("live-names", names); });
    stream.addEventListener("board", (event) => announce("board-rows", JSON.parse(event.data)));
    stream.addEventListener("database", (event) => drawDatabase(!JSON.parse(event.data).away));
    stream.addEventListener("config", (event) => drawConfig(JSON.parse(event.data)));
    stream.addEventListener("history", (event) => { if (JSON.parse(event.data).type !== "step") historyChanged(); });
    stream.onerror = () => {
      drawConnection(false);
      if (stream.readyState !== EventSource.CLOSED) return; // it tries again by itself
      const look = new AbortController();
      fetch(address, { signal: look.signal }).then((answer) => {
        look.abort();
        if (answer.status === 401) window.location.assign("/sign-in");
        else { askHealth(); setTimeout(listen, 3000); }
      }, () => setTimeout(listen, 3000));
    };
    window.addEventListener("pagehide", () => stream.close());
  }
  document.body.addEventListener("htmx:afterSwap", () => { if (rows.agents) drawAll(); });
  document.addEventListener("live-tick", () => document.querySelectorAll("[data-since]").forEach(tick)); // after a swap
  setInterval(() => document.querySelectorAll("[data-since]").forEach(tick), 1000);
  listen();
})();
