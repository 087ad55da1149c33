// The supervisors' board: drawn from the live stream, narrowed by the filters, with a panel for one agent or one call.
(function () {
  "use strict";
  const panel = document.getElementById("panel");
  const lists = {};
  for (const list of document.querySelectorAll("[data-rows]")) lists[list.dataset.rows] = list;
  const csrf = document.querySelector('meta[name="csrf"]').content;
  const locale = document.documentElement.lang;
  const percents = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 });
  let live = { queues: {}, agents: {}, calls: {} }, board = {}, names = {}, skew = 0, late = {}, opened = null, asked = false;

  function template(kind, name) {
    return document.querySelector("#" + (kind === "word" ? "live-words" : "board-words") + " [data-" + kind + '="' + CSS.escape(name) + '"]');
  }
  function word(name) {
    const found = template("word", name) || document.querySelector('#board-words [data-word="' + CSS.escape(name) + '"]');
    return found ? found.content.cloneNode(true) : document.createTextNode(name);
  }
  function text(name) { return word(name).textContent.trim(); }
  function nameOf(section, key) { return (names[section] && names[section][key]) || key; }
  function byName(section) { return (one, other) => nameOf(section, one).localeCompare(nameOf(section, other), locale); }
  function part(root, name) { return root.querySelector('[data-show="' + name + '"]'); }
  function put(place, content) {
    if (typeof content === "string") { if (place.textContent !== content) place.textContent = content; }
    else place.replaceChildren(content);
  }
  function percent(share, whole) { return whole ? percents.format(share / whole) : "—"; }
  function reasonOf(key) { const said = text("reason-" + key); return said.startsWith("reason-") ? key : said; }

  // How long something lasts, and whether that is too long: a mark says so beside the colour.
  function tick(place) {
    const timer = place.firstElementChild, since = timer.dataset.from, limit = late[place.dataset.kind] || 0;
    const s = since ? Math.max(0, Math.floor((Date.now() + skew - Date.parse(since)) / 1000)) : 0;
    const two = (n) => String(n).padStart(2, "0");
    put(timer, !since ? "—" : (s >= 3600 ? Math.floor(s / 3600) + ":" + two(Math.floor(s / 60) % 60) : String(Math.floor(s / 60))) + ":" + two(s % 60));
    const level = !since || !limit || s <= limit ? "" : s <= 2 * limit ? "late" : "too-late";
    if ((place.dataset.level || "") === level) return;
    place.dataset.level = level;
    put(place.lastElementChild, level ? word(level) : "");
  }
  function lasting(root, name, since, kind) {
    const timer = part(root, name), place = timer.parentElement;
    timer.dataset.from = since || "";
    place.dataset.kind = kind;
    tick(place);
  }

  // What is shown: a supervisor of several groups may look at one of them.
  function chosen() {
    const form = document.querySelector("[data-board-filters]");
    const option = form.elements.group && form.elements.group.selectedOptions[0];
    const set = (list) => (option && option.value ? new Set((list || "").split(" ").filter(Boolean)) : null);
    return { queue: form.elements.queue.value, state: form.elements.state.value, queues: option && set(option.dataset.queues), agents: option && set(option.dataset.agents) };
  }
  function showsQueue(wanted, key) { return (!wanted.queue || wanted.queue === key) && (!wanted.queues || wanted.queues.has(key)); }
  function showsAgent(wanted, key, row) {
    const serves = !wanted.queue || row.queues.includes(wanted.queue);
    return serves && (!wanted.agents || wanted.agents.has(key)) && (!wanted.state || wanted.state === row.state || (wanted.state === "oncall" && ["consult", "dialing"].includes(row.state)));
  }

  // One element for each key, in this order; those that stay are not made anew, so focus and screen reader keep their place.
  function fill(list, kind, keys, draw) {
    const there = new Map([...list.children].map((item) => [item.dataset.key, item]));
    const wanted = new Set(keys);
    for (const [key, item] of there) if (!wanted.has(key)) item.remove();
    let before = list.firstElementChild;
    for (const key of keys) {
      let item = there.get(key);
      if (!item) { item = template("row", kind).content.firstElementChild.cloneNode(true); item.dataset.key = key; }
      if (item !== before) list.insertBefore(item, before); else before = before.nextElementSibling;
      draw(item, key);
    }
  }

  function waitersByQueue() {
    const found = {};
    for (const [key, row] of Object.entries(live.calls)) if (row.where === "queue") (found[row.queue] = found[row.queue] || []).push(key);
    for (const keys of Object.values(found)) keys.sort((one, other) => live.calls[one].since.localeCompare(live.calls[other].since));
    return found;
  }
  function drawQueue(item, key, waiters) {
    const row = live.queues[key] || { waiting: 0, longest: null, agents: {} }, day = (board.figures || {})[key] || {};
    put(part(item, "name"), nameOf("queues", key));
    put(part(item, "waiting"), String(row.waiting));
    item.classList.toggle("has-waiting", row.waiting > 0);
    lasting(item, "longest", row.longest, "waiting");
    fill(part(item, "waiters"), "waiters", waiters[key] || [], drawWaiter);
    drawTallies(part(item, "agents"), row.agents || {});
    put(part(item, "level_now"), percent(day.in_time_now, day.offered_now));
    put(part(item, "level"), percent(day.in_time, day.offered));
    put(part(item, "answered"), String(day.answered || 0));
    put(part(item, "abandoned"), String(day.abandoned || 0));
  }
  function drawWaiter(item, key) {
    const row = live.calls[key];
    put(part(item, "caller"), row.caller || text("unknown-caller"));
    lasting(item, "since", row.since, "waiting");
    item.firstElementChild.dataset.openCall = key;
  }
  function drawTallies(place, agents) {
    const said = Object.entries(agents).map(([state, count]) => state + count).join();
    if (place.dataset.said === said) return;
    place.dataset.said = said;
    const list = document.createDocumentFragment();
    for (const [state, count] of Object.entries(agents)) {
      const item = word(state), label = item.querySelector("span > span");
      if (!label) continue;
      const spoken = document.createElement("span");
      spoken.className = "visually-hidden";
      spoken.textContent = " " + label.textContent;
      label.closest(".state").title = label.textContent;
      label.replaceChildren(String(count), spoken);
      list.append(item);
    }
    put(place, list.childNodes.length ? list : "—");
  }
  function drawAgent(item, key) {
    const row = live.agents[key], call = live.calls[row.call], tile = item.firstElementChild, said = row.state + row.reason;
    put(part(item, "name"), nameOf("agents", key));
    if (tile.dataset.said !== said) {
      tile.dataset.said = said;
      const shown = word(row.state), label = shown.querySelector("span > span");
      if (label && row.state === "paused" && row.reason) label.textContent += " (" + reasonOf(row.reason) + ")";
      put(part(item, "state"), shown);
    }
    lasting(item, "since", (row.state !== "hold" && row.call_since) || row.since, row.state === "consult" ? "oncall" : row.state);
    const queues = row.queue ? nameOf("queues", row.queue) : row.queues.map((queue) => nameOf("queues", queue)).join(", ");
    put(part(item, "note"), [call && (call.caller || text("unknown-caller")), queues].filter(Boolean).join(" · "));
    tile.dataset.openAgent = key;
  }
  function drawRequest(item, key) {
    const row = board.requests[key];
    put(part(item, "kind"), text("ask-" + row.kind));
    put(part(item, "name"), nameOf("agents", row.about));
    put(part(item, "detail"), row.kind === "pause" ? reasonOf(row.detail) : row.detail);
    part(item, "name").dataset.openAgent = row.about;
    lasting(item, "since", row.since, "waiting");
    item.dataset.kind = row.kind;
  }
  function drawFigures(queues, agents) {
    const sum = (count) => queues.reduce((total, key) => total + (count(live.queues[key] || {}, (board.figures || {})[key] || {}) || 0), 0);
    const longest = queues.map((key) => (live.queues[key] || {}).longest).filter(Boolean).sort()[0];
    const states = agents.map((key) => live.agents[key].state);
    const shown = {
      waiting: String(sum((now) => now.waiting)),
      ready: String(states.filter((state) => state === "ready").length),
      busy: String(states.filter((state) => ["dialing", "oncall", "hold", "consult"].includes(state)).length),
      agents: String(agents.length),
      level_now: percent(sum((_, day) => day.in_time_now), sum((_, day) => day.offered_now)),
      level: percent(sum((_, day) => day.in_time), sum((_, day) => day.offered)),
      abandoned: String(sum((_, day) => day.abandoned)),
    };
    for (const place of document.querySelectorAll("[data-figure]")) {
      if (place.dataset.figure !== "longest") { put(place, shown[place.dataset.figure]); continue; }
      if (!place.firstElementChild) { place.replaceChildren(document.createElement("span"), document.createElement("span")); place.className = "lasting"; }
      place.firstElementChild.dataset.from = longest || "";
      place.dataset.kind = "waiting";
      tick(place);
    }
  }

  function draw() {
    asked = false;
    const wanted = chosen(), waiters = waitersByQueue();
    const queues = [...new Set([...Object.keys(names.queues || {}), ...Object.keys(live.queues)])].filter((key) => names.queues && key in names.queues && showsQueue(wanted, key)).sort(byName("queues"));
    const agents = Object.keys(live.agents).filter((key) => showsAgent(wanted, key, live.agents[key])).sort(byName("agents"));
    fill(lists.queues, "queues", queues, (item, key) => drawQueue(item, key, waiters));
    fill(lists.agents, "agents", agents, drawAgent);
    fill(lists.requests, "requests", Object.keys(board.requests || {}), drawRequest);
    document.querySelector("[data-requests]").hidden = !lists.requests.childElementCount;
    document.querySelector('[data-none="queues"]').hidden = queues.length > 0;
    document.querySelector('[data-none="agents"]').hidden = agents.length > 0;
    drawFigures(queues, agents);
  }
  function drawSoon() { if (!asked) { asked = true; requestAnimationFrame(draw); } }
  function readSetup() {
    const setup = document.getElementById("board-setup");
    late = JSON.parse(setup.dataset.late);
    drawSoon();
  }

  // The panel: fetched when it is opened, and again when its agent has another call or state.
  function open(address, from) {
    opened = address;
    if (from) panel.opener = from;
    htmx.ajax("GET", address, { target: "#panel", swap: "innerHTML" }).then(() => {
      if (!opened) return;
      panel.hidden = false;
      if (from) panel.focus();
    });
  }
  function close() {
    opened = null;
    panel.hidden = true;
    panel.replaceChildren();
    if (panel.opener && panel.opener.isConnected) panel.opener.focus();
  }
  // Fetched again, it keeps what was chosen and typed meanwhile, but not what an act has used.
  let kept = {};
  function fields() { return panel.querySelectorAll("input[id]:not([type=hidden]), select[id], textarea[id]"); }
  function shownUrl() { const shown = panel.querySelector("[data-url]"); return shown ? shown.dataset.url : ""; }
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    if (event.target === panel) kept = { url: shownUrl(), values: [...fields()].map((field) => [field.id, field.value]) };
  });
  function restore() {
    const values = kept.url && kept.url === shownUrl() ? new Map(kept.values) : new Map();
    for (const field of fields()) if (values.has(field.id)) field.value = values.get(field.id);
    kept = {};
  }
  function clear(form, sent) {
    for (const field of form.querySelectorAll("input[id]")) if (sent[field.name] === field.value) field.value = field.defaultValue;
  }
  function isTyping() { return panel.contains(document.activeElement) && document.activeElement.matches("input, select, textarea"); }
  function follow(change) {
    const shown = panel.querySelector("[data-panel]");
    if (!opened || !shown || shown.dataset.panel !== change.kind || shown.dataset.key !== change.key || isTyping()) return;
    const said = change.row ? [change.row.state, change.row.call, change.row.where, change.row.agent].join() : "";
    if (shown.dataset.said !== said) { shown.dataset.said = said; open(opened); }
  }

  document.addEventListener("click", (event) => {
    const call = event.target.closest("[data-open-call]"), agent = event.target.closest("[data-open-agent]"), page = event.target.closest("[data-open-panel]");
    if (call) open("/board/calls/" + encodeURIComponent(call.dataset.openCall), call);
    else if (agent) open("/board/agents/" + encodeURIComponent(agent.dataset.openAgent), agent);
    else if (page) { event.preventDefault(); open(page.dataset.openPanel, page); }
    else if (event.target.closest("[data-close-panel]")) close();
    const answer = event.target.closest("[data-answer]");
    if (answer) {
      answer.disabled = true;
      htmx.ajax("POST", "/board/requests/" + answer.closest("li").dataset.key + "/" + answer.dataset.answer, { swap: "none" }).then(() => { answer.disabled = false; });
    }
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && opened && !document.querySelector("dialog[open], details.dropdown-menu-own[open]")) close(); });
  document.body.addEventListener("htmx:afterRequest", (event) => {
    if (!panel.contains(event.target) || event.detail.requestConfig.verb === "get") return;
    const refused = panel.querySelector("[data-refused]");
    if (event.detail.xhr.status < 400 && opened && event.target.getAttribute("hx-swap") === "none") { clear(event.target.closest("form"), event.detail.requestConfig.parameters); open(opened); }
    else if (refused && event.detail.xhr.status >= 400) { put(refused, event.detail.xhr.responseText.slice(0, 300)); refused.hidden = false; }
  });
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "board-setup" || document.getElementById("board-setup").contains(event.target)) readSetup();
    if (event.target === panel) restore();
    const where = panel.querySelector("[data-panel-where]"), call = where && live.calls[panel.querySelector("[data-panel]").dataset.key];
    if (call) put(where, call.held ? word("hold") : word(call.where));
  });
  document.addEventListener("change", (event) => {
    const form = event.target.closest("[data-board-filters]");
    if (!form) return;
    const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value)).toString();
    history.replaceState(null, "", query ? "?" + query : location.pathname);
    document.getElementById("board-setup").setAttribute("hx-get", "/board/setup" + (query ? "?" + query : ""));
    drawSoon();
  });
  document.addEventListener("live-all", (event) => { ({ rows: live, names, skew } = event.detail); board = event.detail.board; drawSoon(); });
  document.addEventListener("live-row", (event) => { follow(event.detail); drawSoon(); });
  document.addEventListener("live-names", (event) => { names = event.detail; htmx.trigger(document.body, "board-setup"); drawSoon(); });
  document.addEventListener("board-rows", (event) => {
    for (const { kind, key, row } of event.detail) {
      board[kind] = board[kind] || {};
      if (row) board[kind][key] = row; else delete board[kind][key];
      if (kind === "messages") htmx.trigger(document.body, "board-messages");
    }
    drawSoon();
  });
  setInterval(() => document.querySelectorAll(".lasting").forEach((place) => { if (place.dataset.kind) tick(place); }), 1000);
  readSetup();
})();
