// The microphone, the loudspeaker and the bell: which devices they are, and what is to be heard from them.
(function () {
  "use strict";
  const Phone = (window.Phone = window.Phone || {});
  const KEPT = "phone-devices";
  let context = null, bell = null, ringing = 0;

  function chosen() {
    try { return JSON.parse(localStorage.getItem(KEPT)) || {}; } catch (broken) { return {}; }
  }
  function choose(kind, device) {
    localStorage.setItem(KEPT, JSON.stringify({ ...chosen(), [kind]: device }));
    if (kind === "ringer" && bell) send(bell, "ringer");
    if (kind === "speaker") for (const place of document.querySelectorAll("audio[data-call]")) send(place, "speaker");
  }
  // A device that was unplugged gives way to the usual one.
  function open() {
    const device = chosen().microphone;
    const wishes = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    return navigator.mediaDevices.getUserMedia({ audio: device ? { ...wishes, deviceId: { ideal: device } } : wishes });
  }
  async function devices() {
    const all = await navigator.mediaDevices.enumerateDevices();
    const of = (kind) => all.filter((each) => each.kind === kind && each.deviceId);
    return { microphone: of("audioinput"), speaker: of("audiooutput"), ringer: of("audiooutput") };
  }
  function send(place, kind) {
    const device = chosen()[kind];
    if (place.setSinkId && device) place.setSinkId(device).catch(() => place.setSinkId(""));
  }
  function makeContext() {
    context = context || new AudioContext();
    if (context.state === "suspended") context.resume();
    return context;
  }
  // An <audio> that plays a stream; the page's own, so that a call is heard whatever is shown.
  function player(stream, kind) {
    const place = document.createElement("audio");
    place.autoplay = true;
    place.srcObject = stream;
    send(place, kind);
    document.body.append(place);
    return place;
  }
  function tones(frequencies, startS, lengthS, out) {
    for (const frequency of frequencies) {
      const source = new OscillatorNode(context, { frequency }), volume = new GainNode(context, { gain: 0 });
      volume.gain.setTargetAtTime(0.12, context.currentTime + startS, 0.01);
      volume.gain.setTargetAtTime(0, context.currentTime + startS + lengthS, 0.02);
      source.connect(volume).connect(out);
      source.start(context.currentTime + startS);
      source.stop(context.currentTime + startS + lengthS + 0.3);
    }
  }
  function bellOut() {
    const to = makeContext().createMediaStreamDestination();
    if (bell) bell.srcObject = to.stream; else bell = player(to.stream, "ringer");
    return to;
  }
  function ring() {
    if (ringing) return;
    const out = bellOut();
    const once = () => { tones([620, 780], 0, 0.4, out); tones([620, 780], 0.6, 0.4, out); };
    once();
    ringing = setInterval(once, 3000);
  }
  function hush() {
    clearInterval(ringing);
    ringing = 0;
  }
  // Before a call is answered by itself, and when a second one rings during a call.
  function knock() { tones([880], 0, 0.15, bellOut()); }

  // Browsers stay silent until somebody has touched the page.
  function isMuted() { return Boolean(context) && context.state === "suspended"; }
  for (const touch of ["pointerdown", "keydown"]) addEventListener(touch, () => { if (context) context.resume(); }, { capture: true });

  Phone.sound = { chosen, choose, devices, open, player, ring, hush, knock, isMuted, makeContext };
})();
