// The check of the microphone: how loud it is, three seconds of it played back, and which devices are used.
(function () {
  "use strict";
  const Phone = window.Phone;
  const root = document.querySelector("[data-phone-check]");
  if (!root) return;
  const LOUD = 0.02;
  const meter = root.querySelector("[data-meter]"), start = root.querySelector("[data-start]"), done = root.querySelector("[data-done]");
  const said = root.querySelector("[data-said]");
  function say(name) {
    said.replaceChildren(root.querySelector('template[data-word="' + name + '"]').content.cloneNode(true));
    root.dataset.step = name;
  }

  async function showDevices() {
    const found = await Phone.sound.devices(), kept = Phone.sound.chosen();
    for (const field of root.querySelectorAll("select[data-device]")) {
      const kind = field.dataset.device;
      const options = found[kind].map((each) => new Option(each.label || each.deviceId.slice(0, 8), each.deviceId, false, each.deviceId === kept[kind]));
      field.replaceChildren(field.options[0], ...options);
      field.closest("[data-device-row]").hidden = !options.length;
    }
  }
  root.addEventListener("change", ({ target }) => {
    if (!target.matches("select[data-device]")) return;
    Phone.sound.choose(target.dataset.device, target.value);
    if (target.dataset.device === "microphone") Phone.changeMicrophone();
    if (target.dataset.device === "ringer") Phone.sound.knock();
  });

  // Calls `onloudness` many times a second with 0 to 1 until it is told to stop.
  function watch(stream, onloudness) {
    const context = Phone.sound.makeContext(), ear = new AnalyserNode(context, { fftSize: 1024 }), samples = new Float32Array(1024);
    const source = context.createMediaStreamSource(stream);
    source.connect(ear);
    const timer = setInterval(() => {
      ear.getFloatTimeDomainData(samples);
      onloudness(Math.sqrt(samples.reduce((sum, each) => sum + each * each, 0) / samples.length));
    }, 50);
    return () => { clearInterval(timer); source.disconnect(); };
  }
  function record(stream) {
    return new Promise((resolve) => {
      const recorder = new MediaRecorder(stream), pieces = [];
      recorder.ondataavailable = ({ data }) => pieces.push(data);
      recorder.onstop = () => resolve(new Blob(pieces).arrayBuffer());
      recorder.start();
      setTimeout(() => recorder.stop(), Number(root.dataset.listenMs));
    });
  }
  async function playBack(sound) {
    const context = Phone.sound.makeContext(), to = context.createMediaStreamDestination();
    const source = new AudioBufferSourceNode(context, { buffer: await context.decodeAudioData(sound) });
    const player = Phone.sound.player(to.stream, "speaker");
    source.connect(to);
    source.start();
    await new Promise((resolve) => { source.onended = resolve; });
    player.remove();
  }

  start.addEventListener("click", async () => {
    start.disabled = true;
    done.hidden = true;
    let stream = null, loudest = 0, stop = () => {};
    try {
      stream = await Phone.sound.open();
      await showDevices();
      say("speak");
      stop = watch(stream, (loudness) => { loudest = Math.max(loudest, loudness); meter.value = Math.min(1, loudness * 4); });
      const sound = await record(stream);
      stop();
      if (loudest < LOUD) say("nothing");
      else { say("listen"); await playBack(sound); say("heard"); done.hidden = false; done.focus(); }
    } catch (refused) {
      say("refused");
    } finally {
      stop();
      meter.value = 0;
      if (stream) for (const track of stream.getTracks()) track.stop();
      start.disabled = false;
    }
  });
  done.addEventListener("click", () => { say("ready"); done.hidden = true; Phone.checked(); });
  if (window.isSecureContext && navigator.mediaDevices) showDevices(); else start.disabled = true;
})();
