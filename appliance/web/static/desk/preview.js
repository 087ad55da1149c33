// Whom to call next: is called by itself after a while, and goes when the stream tells that the agent is not ready any more.
(function () {
  "use strict";
  const desk = window.desk, bar = document.querySelector("[data-desk]");
  if (!bar) return;
  const began = new WeakMap(); // when each card was shown first
  const isReady = () => bar.dataset.state === "ready";
  const shown = () => document.querySelector("[data-preview]");

  let looks = 0; // twice: what was asked for just before may come in just after
  function leave() {
    if (!shown() || isReady() || !looks) return;
    looks -= 1;
    htmx.trigger(shown(), "look-again");
  }
  function turn() { looks = 2; leave(); }
  document.addEventListener("desk-state", turn);
  document.body.addEventListener("htmx:afterSwap", leave);
  for (const failure of ["htmx:responseError", "htmx:sendError"]) {
    document.body.addEventListener(failure, (event) => { if (event.target === shown()) setTimeout(turn, 3000); });
  }

  setInterval(() => {
    const card = shown();
    if (!card || !isReady()) return;
    if (!began.has(card)) began.set(card, Date.now());
    const form = card.querySelector("form[data-after]");
    if (!form) return;
    const left_s = Math.ceil(Number(form.dataset.after) - (Date.now() - began.get(card)) / 1000);
    const told = form.querySelector("[data-left]");
    told.textContent = told.textContent.replace(/\d+/, Math.max(0, left_s));
    if (left_s > 0) return;
    delete form.dataset.after; // once: what was refused is for the agent to decide
    desk.act(form);
  }, 500);
})();
