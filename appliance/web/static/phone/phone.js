// The phone of this page. A page that has the element with data-softphone gets it by Phone.start(element).
//
//   Phone.state()            {status, calls, lost, isSilent}; each change of it is an event "phone" of the element, which bubbles
//   Phone.answer(id)         Phone.hangup(id)       Phone.hold(id, on)      Phone.mute(id, on)      Phone.dtmf(id, keys)
//   Phone.dial(number)       Phone.transfer(id, number or other id)         Phone.takeOver()        Phone.checked()
//
// status: off, insecure (no HTTPS), denied (no microphone), check (the microphone was not tried yet), connecting, ready,
// waiting (cut off, tries again), refused (by Asterisk), elsewhere, taken, signed-out. A call: see row() in call.js.
(function () {
  "use strict";
  const Phone = (window.Phone = window.Phone || {});
  const CHECKED = "phone-checked", LAST = "phone-call";
  const CLOSED = { 4000: "elsewhere", 4001: "taken", 4003: "signed-out" };
  const MEASURE_MS = 2000, SHOWN_MS = 4000, REFUSED_MS = 8000, EXPIRES_S = 300;
  let place = null, agent = null, socket = null, status = "off", wasCut = false, lost = null;
  const calls = new Map();

  const all = () => [...calls.values()];
  const call = (id) => calls.get(Number(id)) || all().find((each) => !each.isOver);
  const busy = () => all().some((each) => !each.isOver);

  Phone.state = () => ({ status, calls: all().map((each) => each.row()), lost, isSilent: Phone.sound.isMuted() });
  function tell() { if (place) place.dispatchEvent(new CustomEvent("phone", { bubbles: true, detail: Phone.state() })); }
  function become(now) { status = now; tell(); }

  Phone.start = async function (element) {
    if (place) return;
    place = element;
    lost = JSON.parse(sessionStorage.getItem(LAST));
    sessionStorage.removeItem(LAST);
    if (!window.isSecureContext || !navigator.mediaDevices) return become("insecure");
    const permission = await navigator.permissions.query({ name: "microphone" }).catch(() => ({ state: "granted" }));
    if (permission.state === "denied") { permission.onchange = () => location.reload(); return become("denied"); }
    if (permission.state !== "granted" || !localStorage.getItem(CHECKED)) return become("check");
    return connect();
  };
  // The microphone was tried here, and works.
  Phone.checked = function () {
    localStorage.setItem(CHECKED, new Date().toISOString());
    if (place && !agent) connect();
  };
  Phone.forget = function () { lost = null; tell(); };

  async function connect() {
    become("connecting");
    const answer = await fetch(place.dataset.account, { cache: "no-store" }).catch(() => null);
    if (!answer || !answer.ok) return answer && answer.status < 500 ? become(answer.status === 401 ? "signed-out" : "refused") : again();
    const account = await answer.json();
    socket = new Phone.Socket(new URL(place.dataset.socket, location.href).href, () => !busy(), (code) => become(CLOSED[code] || "refused"));
    agent = new JsSIP.UA({
      sockets: [socket], uri: "sip:" + account.user + "@phone.invalid", password: account.password, display_name: account.name,
      register_expires: EXPIRES_S, session_timers: false, user_agent: "Browser phone",
      connection_recovery_min_interval: 1, connection_recovery_max_interval: 5,
    });
    agent.on("registered", registered);
    agent.on("registrationFailed", ({ response }) => { if (response) refused(); });
    agent.on("disconnected", () => { wasCut = true; if (!socket.refused) become("waiting"); });
    agent.on("newRTCSession", ({ session, request }) => begins(new Phone.Call(session, request, changed)));
    agent.start();
  }
  function again() { become("waiting"); setTimeout(connect, 2000 + Math.random() * 3000); }
  // A new extension is known to Asterisk a moment later than to this page.
  function refused() {
    become("refused");
    setTimeout(() => { if (status === "refused" && !socket.refused) agent.register(); }, REFUSED_MS);
  }
  function registered() {
    become("ready");
    if (wasCut) for (const each of all()) each.renew(); // Asterisk is told where this page is now
    wasCut = false;
  }

  function begins(each) {
    calls.set(each.id, each);
    if (each.answersItself && !all().some((other) => other.isUp)) { Phone.sound.knock(); Phone.answer(each.id); }
    changed(each);
  }
  function changed(each) {
    if (each.isOver && calls.has(each.id)) setTimeout(() => { calls.delete(each.id); tell(); }, SHOWN_MS);
    const ringing = all().filter((other) => other.state === "ringing" && !other.answersItself);
    const isTalking = all().some((other) => other.isUp);
    if (!ringing.length || isTalking) Phone.sound.hush(); else Phone.sound.ring();
    if (each.state === "ringing" && isTalking && !each.wasTold) { each.wasTold = true; Phone.sound.knock(); }
    const up = all().find((other) => other.isUp);
    if (up) sessionStorage.setItem(LAST, JSON.stringify({ number: up.number, name: up.name })); else sessionStorage.removeItem(LAST);
    tell();
  }
  // Nobody talks to two at once, unless they are put together.
  function holdOthers(id) { for (const each of all()) if (each.id !== id) each.hold(true); }

  Phone.answer = async function (id) {
    const each = call(id);
    if (!each) return;
    holdOthers(each.id);
    await each.answer().catch(() => { each.hangup(); become("denied"); });
  };
  Phone.dial = async function (number) {
    const wanted = String(number).replace(/^tel:/, "").replace(/[\s().\/-]/g, "");
    if (status !== "ready" || !/^\+?[0-9*#]{1,32}$/.test(wanted)) return false;
    const stream = await Phone.sound.open().catch(() => null);
    if (!stream) { become("denied"); return false; }
    holdOthers(0);
    Phone.Call.dial(agent, wanted, stream);
    all().at(-1).stream = stream;
    return true;
  };
  Phone.hangup = (id) => { const each = call(id); if (each) each.hangup(); };
  Phone.hold = (id, on) => { const each = call(id); if (!each) return; if (!on) holdOthers(each.id); each.hold(on); };
  Phone.mute = (id, on) => { const each = call(id); if (each) each.mute(on); };
  Phone.dtmf = (id, keys) => { const each = call(id); if (each && each.isUp) each.dtmf(keys); };
  Phone.transfer = (id, target) => { const each = call(id); return each ? each.transfer(calls.get(target) || target) : Promise.resolve(false); };
  Phone.takeOver = () => { if (socket) { become("connecting"); socket.takeOver(); } };

  setInterval(() => { for (const each of all()) each.measure(); }, MEASURE_MS);
  addEventListener("beforeunload", (event) => { if (busy()) event.preventDefault(); });
  // A page that goes takes its calls with it: who is at the other end need not wait until Asterisk misses the sound.
  addEventListener("pagehide", () => {
    const last = sessionStorage.getItem(LAST);
    for (const each of all()) each.hangup();
    if (last) sessionStorage.setItem(LAST, last);
  });
  if (navigator.mediaDevices) navigator.mediaDevices.addEventListener("devicechange", () => {
    for (const each of all()) if (each.isUp && each.stream.getAudioTracks().every((track) => track.readyState === "ended")) each.changeMicrophone();
  });
  Phone.changeMicrophone = () => { for (const each of all()) if (each.isUp) each.changeMicrophone(); };
})();
