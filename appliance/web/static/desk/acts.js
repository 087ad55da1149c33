// Buttons of the desk: each acts without leaving the page, says beside itself what went wrong, and has a key.
(function () {
  "use strict";
  const csrf = document.querySelector('meta[name="csrf"]').content;
  const desk = (window.desk = window.desk || {});

  desk.word = function (name) {
    const found = document.querySelector('#desk-words [data-word="' + name + '"]');
    return found ? found.content.textContent.trim() : "";
  };
  desk.send = function (path, body, headers) {
    return fetch(path, { method: "POST", body, headers: { "X-CSRF-Token": csrf, "HX-Request": "true", Accept: "application/json", ...headers } });
  };
  desk.fetch = async function (path) {
    const answer = await fetch(path, { headers: { "HX-Request": "true" } });
    if (answer.status === 401) window.location.assign("/sign-in");
    if (!answer.ok) throw new Error(String(answer.status));
    return answer;
  };
  desk.say = function (near, text) {
    const place = near.querySelector("[data-act-error]") || (near.parentElement?.closest("section, dialog, form") || document).querySelector("[data-act-error]");
    if (!place) return;
    place.textContent = text;
    place.hidden = !text;
  };

  desk.act = async function (form) {
    const dialog = form.closest("dialog"); // what was found in it may be found anew meanwhile, and the form be gone
    const body = new FormData(form), button = form.querySelector("button[type=submit], button:not([type])");
    if (form.dataset.busy) return;
    form.dataset.busy = "1";
    announce("desk-acts", form);
    if (button) button.setAttribute("aria-busy", "true");
    try {
      const answer = await desk.send(form.action, body);
      if (answer.status === 401) { window.location.assign("/sign-in"); return; }
      const text = answer.ok ? "" : (await answer.text()).slice(0, 300) || desk.word("failed");
      if (answer.headers.get("X-Question") && desk.ask(form, text)) { desk.say(form, ""); return; }
      desk.say(form, text);
      if (answer.ok && answer.status === 200) answerHere(await answer.json().catch(() => ({})));
      if (answer.ok) acted(form, dialog);
    } catch (_error) {
      desk.say(form, desk.word("failed"));
    } finally {
      delete form.dataset.busy;
      if (button) button.removeAttribute("aria-busy");
      announce("desk-tried", form);
    }
  };
  // What is done only where it is asked for once more: the dialog that asks has a form of its own, with the same values.
  desk.ask = function (form, text) {
    const dialog = document.querySelector('dialog[data-asks="' + form.getAttribute("action") + '"]');
    if (!dialog || dialog.contains(form)) return false;
    dialog.querySelector("[data-question]").textContent = text;
    for (const field of dialog.querySelectorAll("input[data-same]")) field.value = form.elements[field.name].value;
    desk.say(dialog, "");
    dialog.showModal();
    return true;
  };
  // Where the phone is in this page, no telephone can be told to answer: the page does.
  function answerHere(told) {
    if (told.answers !== "page" || !window.Phone || !Phone.state) return;
    const ringing = Phone.state().calls.find((each) => each.state === "ringing");
    if (ringing) Phone.answer(ringing.id);
  }
  function acted(form, dialog) {
    if ("clear" in form.dataset) form.reset();
    const menu = form.closest("details.dropdown-menu-own");
    if (menu) menu.open = false;
    if (dialog && "close" in form.dataset) dialog.close();
    announce("desk-acted", form);
  }
  function announce(name, form) { document.dispatchEvent(new CustomEvent(name, { detail: form.getAttribute("action") })); }
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-act]")) return;
    event.preventDefault();
    desk.act(event.target);
  });

  // A part of the page is fetched anew, but not under the hands of somebody who types in it.
  const late = new Set();
  desk.reload = async function (path) {
    const place = document.querySelector('[data-part="' + path + '"]');
    if (!place) return;
    if (isTyping(place)) { late.add(path); return; }
    late.delete(path);
    try { place.innerHTML = await (await desk.fetch(path)).text(); } catch (_error) { return; }
    document.dispatchEvent(new Event("live-tick"));
    document.dispatchEvent(new CustomEvent("desk-part", { detail: path }));
  };
  function isTyping(place) {
    const at = document.activeElement;
    return place.contains(at) && at.matches("input, textarea, select") && (at.value !== "" || at.matches("select"));
  }
  document.addEventListener("focusout", () => setTimeout(() => { for (const path of [...late]) desk.reload(path); }, 0));

  for (const button of document.querySelectorAll("[data-open]")) {
    button.addEventListener("click", () => {
      const dialog = document.getElementById(button.dataset.open);
      desk.say(dialog, "");
      dialog.showModal();
      const field = dialog.querySelector("input:not([type=hidden])");
      if (field) { field.value = ""; field.focus(); field.dispatchEvent(new Event("input", { bubbles: true })); }
    });
  }

  // Alt and a key: goes to a field, opens a menu, or presses a button that can be seen.
  document.addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey || event.repeat) return;
    const key = event.code.replace(/^(Key|Digit)/, "");
    if (!/^[A-Z0-9]$/.test(key)) return;
    const seen = seenBy(key);
    if (!seen.length) return;
    event.preventDefault();
    const found = seen.find(isOn), isOfCall = (found ? [found] : seen).some((each) => each.closest("[data-controls]"));
    if (isOfCall && desk.keep && desk.keep({ key, isReady: Boolean(found), press: () => press(seenBy(key).find(isOn)) })) return;
    press(found);
  });
  const isOn = (each) => !each.disabled;
  function seenBy(key) {
    const inside = document.querySelector("dialog[open]") || document;
    return [...inside.querySelectorAll('[data-key="' + key + '"]')].filter((each) => each.offsetParent !== null);
  }
  function press(found) {
    if (!found) return;
    if (found.matches("textarea, select, input:not([type=radio]):not([type=checkbox])")) { found.focus(); return; }
    if (found.matches("input")) { (found.form.querySelector('[name="' + found.name + '"]:checked') || found).focus(); return; }
    if (found.matches("summary")) {
      found.parentElement.open = true;
      const first = found.parentElement.querySelector("button, a");
      (first || found).focus();
      return;
    }
    found.click();
  }

  // Arrows move through an open menu of the bar, as in any menu.
  document.addEventListener("keydown", (event) => {
    const menu = event.target.closest && event.target.closest(".desk-pauses");
    if (!menu || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
    event.preventDefault();
    const buttons = [...menu.querySelectorAll("button")], step = event.key === "ArrowDown" ? 1 : -1;
    buttons[(buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length].focus();
  });
})();
