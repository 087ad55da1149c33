// The drawing of a sound shows how far it is played; a click in it goes there.
(function () {
  "use strict";
  for (const wave of document.querySelectorAll("[data-wave]")) {
    const audio = wave.querySelector("audio"), drawing = wave.querySelector("svg");
    if (!audio || !drawing) continue;
    const played = drawing.querySelector(".wave-played");
    const show = () => played.setAttribute("width", String(audio.duration ? (600 * audio.currentTime) / audio.duration : 0));
    audio.addEventListener("timeupdate", show);
    audio.addEventListener("seeked", show);
    drawing.addEventListener("click", (event) => {
      const place = (event.clientX - drawing.getBoundingClientRect().left) / drawing.clientWidth;
      const go = () => { audio.currentTime = place * audio.duration; audio.play(); };
      if (audio.readyState) go();
      else { audio.addEventListener("loadedmetadata", go, { once: true }); audio.load(); }
    });
  }
})();
