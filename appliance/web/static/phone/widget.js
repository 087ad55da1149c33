// Shows the phone: its state, its calls with their keys, a field to dial. What it says stands in phone_widget.html.
(function () {
  "use strict";
  const Phone = window.Phone;
  const root = document.querySelector("[data-softphone]");
  if (!root) return;
  const part = (place, name) => place.querySelector('[data-show="' + name + '"]');
  const word = (name) => {
    const found = root.querySelector('template[data-word="' + CSS.escape(name) + '"]');
    return found ? found.content.cloneNode(true) : document.createTextNode(name);
  };
  const text = (name) => word(name).textContent.trim();
  function put(place, content) {
    const shown = typeof content === "string" ? content : content.textContent;
    if (place.textContent === shown && place.dataset.shown === shown) return;
    place.dataset.shown = shown;
    place.replaceChildren(content);
  }
  const list = root.querySelector("[data-calls]"), dial = root.querySelector("[data-dial]");

  function clock(since) {
    const s = Math.max(0, Math.floor((Date.now() - since) / 1000)), two = (n) => String(n).padStart(2, "0");
    return (s >= 3600 ? Math.floor(s / 3600) + ":" + two(Math.floor(s / 60) % 60) : Math.floor(s / 60)) + ":" + two(s % 60);
  }
  function connectionOf(call) {
    if (call.isLost) return "no-sound-now";
    return call.quality ? "quality-" + (call.quality.isSilent && call.quality.counted.received ? "silent" : call.quality.verdict) : "";
  }
  function drawQuality(place, call) {
    const name = call.state === "up" ? connectionOf(call) : "";
    put(place, name ? word(name) : "");
    if (!call.quality || call.quality.rttMs === null) return;
    const { loss, jitterMs, rttMs } = call.quality;
    place.title = text("figures").replace("{loss}", (loss * 100).toFixed(1)).replace("{jitter}", jitterMs).replace("{delay}", rttMs);
  }
  function drawCall(item, call) {
    put(part(item, "number"), call.number);
    put(part(item, "name"), call.name !== call.number ? call.name : "");
    put(part(item, "state"), word(call.isHeld ? "held" : call.reason ? "reason-" + call.reason : call.state));
    put(part(item, "since"), call.state === "up" ? clock(call.since) : "");
    item.dataset.state = call.state;
    item.dataset.began = call.since;
    drawQuality(part(item, "quality"), call);
    const shown = { answer: call.state === "ringing", hangup: call.state !== "ended", hold: call.state === "up", mute: call.state === "up", more: call.state === "up" };
    for (const [name, isShown] of Object.entries(shown)) for (const each of item.querySelectorAll('[data-do="' + name + '"]')) each.hidden = !isShown;
    for (const [name, isOn] of [["hold", call.isHeld], ["mute", call.isMuted]]) item.querySelector('[data-do="' + name + '"]').setAttribute("aria-pressed", String(isOn));
  }
  function drawCalls(calls) {
    const there = new Set(calls.map((call) => String(call.id)));
    for (const item of [...list.children]) if (!there.has(item.dataset.id)) remove(item);
    for (const call of calls) {
      let item = list.querySelector('[data-id="' + call.id + '"]');
      if (!item) {
        item = root.querySelector("template[data-call-row]").content.firstElementChild.cloneNode(true);
        item.dataset.id = call.id;
        list.append(item);
        drawCall(item, call);
        if (call.state === "ringing" && !isTyping()) item.querySelector('[data-do="answer"]').focus();
      } else drawCall(item, call);
    }
  }
  // Whoever works by keyboard is not thrown to the top of the page when a call ends.
  function remove(item) {
    const hadFocus = item.contains(document.activeElement);
    item.remove();
    if (hadFocus) dial.elements.number.focus();
  }
  const isTyping = () => document.activeElement && document.activeElement.matches("input, textarea, select, [contenteditable]") && document.activeElement.value;

  function draw({ status, calls, lost, isSilent }) {
    root.dataset.status = status;
    put(part(root, "status"), word("status-" + status));
    for (const note of root.querySelectorAll("[data-note]")) note.hidden = !note.dataset.note.split(" ").includes(status);
    dial.hidden = status !== "ready";
    const gone = root.querySelector("[data-lost]");
    gone.hidden = !lost;
    if (lost) put(part(gone, "lost"), text("lost").replace("{number}", lost.number));
    root.querySelector("[data-silent]").hidden = !isSilent;
    drawCalls(calls);
  }

  const acts = {
    answer: (id) => Phone.answer(id),
    hangup: (id) => Phone.hangup(id),
    hold: (id, button) => Phone.hold(id, button.getAttribute("aria-pressed") !== "true"),
    mute: (id, button) => Phone.mute(id, button.getAttribute("aria-pressed") !== "true"),
    key: (id, button) => Phone.dtmf(id, button.value),
    takeover: () => Phone.takeOver(),
    forget: () => Phone.forget(),
    reload: () => location.reload(),
  };
  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]"), item = event.target.closest("[data-id]");
    if (button && acts[button.dataset.do]) acts[button.dataset.do](item && item.dataset.id, button);
  });
  root.addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target, item = form.closest("[data-id]"), field = form.elements.number;
    const isTaken = item ? await transfer(item, field.value) : await Phone.dial(field.value);
    form.querySelector("[data-wrong]").hidden = isTaken;
    if (isTaken) field.value = "";
  });
  // To the other call, where there is one and no number is given.
  function transfer(item, number) {
    const other = Phone.state().calls.find((call) => call.state === "up" && String(call.id) !== item.dataset.id);
    const target = number.replace(/[^0-9*#+]/g, "") || (other && other.id);
    return target ? Phone.transfer(item.dataset.id, target) : Promise.resolve(false);
  }

  root.addEventListener("phone", (event) => draw(event.detail));
  setInterval(() => { for (const item of list.children) if (item.dataset.state === "up") put(part(item, "since"), clock(Number(item.dataset.began))); }, 1000);
  draw(Phone.state());
  Phone.start(root);
})();
