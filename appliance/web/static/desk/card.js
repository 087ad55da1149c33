// The card of the call: kept while one types, in step with the agent's other pages, and never swapped under the hands.
(function () {
  "use strict";
  const desk = (window.desk = window.desk || {});
  const place = document.querySelector("[data-card]");
  if (!place) return;
  const WAIT_MS = 700;
  let base = {}, timer = 0, saving = null, retryMs = 1000, popped = new Set(JSON.parse(sessionStorage.getItem("desk-pops") || "[]"));

  const section = () => place.querySelector("[data-guid]");
  const form = () => place.querySelector("form[data-work]");
  desk.guid = () => (section() ? section().dataset.guid : "");
  desk.isTyping = () => place.contains(document.activeElement) && document.activeElement.matches("textarea, input:not([type=radio]):not([type=checkbox]), select");

  // What is written: notes, answers, the mark. The disposition is sent at the end only.
  function fields(work) {
    return [...work.elements].filter((each) => each.name === "notes" || each.name.startsWith("answer-") || each.matches("[data-mark]"));
  }
  function read(work) {
    const values = {};
    for (const each of fields(work)) values[each.name] = each.matches("[data-mark]") ? (each.checked ? "yes" : "no") : each.value;
    return values;
  }
  function isChanged(work) {
    const now = read(work);
    return Object.keys(now).some((name) => now[name] !== base[name]);
  }
  function stored(told) {
    const values = { notes: told.notes, marked_box: told.is_marked ? "yes" : "no" };
    for (const [key, text] of Object.entries(told.answers)) values["answer-" + key] = String(text);
    return values;
  }
  // What somebody else stored comes in where nothing was typed here since; what was typed here stays.
  function take(work, told) {
    const news = stored(told), mine = read(work);
    let both = false;
    for (const each of fields(work)) {
      const theirs = news[each.name] || (each.matches("[data-mark]") ? "no" : "");
      if (mine[each.name] === base[each.name]) {
        if (each.matches("[data-mark]")) each.checked = theirs === "yes"; else if (each.value !== theirs) put(each, theirs);
      } else if (each.name === "notes" && theirs !== base.notes && theirs !== mine.notes) {
        put(each, join(base.notes || "", mine.notes, theirs));
        both = true;
      }
      base[each.name] = theirs;
    }
    work.dataset.version = told.version;
    work.querySelector("[name=version]").value = told.version;
    showConditional(work);
    return both;
  }
  function put(field, text) {
    const start = field.selectionStart, end = field.selectionEnd;
    field.value = text;
    if (document.activeElement === field && start !== null && field.setSelectionRange && field.matches("textarea")) field.setSelectionRange(start, end);
  }
  // Both wrote: what each added to the common beginning follows the other's.
  function join(before, mine, theirs) {
    if (theirs.startsWith(before) && mine.startsWith(before)) return theirs + (theirs.endsWith("\n") || !mine.slice(before.length) ? "" : "\n") + mine.slice(before.length).replace(/^\n/, "");
    return theirs + "\n" + mine;
  }

  function say(name) {
    const state = place.querySelector("[data-save-state]");
    if (state) { state.textContent = name ? desk.word(name) : ""; state.dataset.state = name; }
  }
  function body(work) {
    const values = new FormData();
    values.set("version", work.dataset.version);
    for (const [name, text] of Object.entries(read(work))) values.set(name === "marked_box" ? "marked" : name, text);
    if (work.querySelector("[name=has_form]")) values.set("has_form", "yes");
    return values;
  }
  function showErrors(work, errors) {
    for (const each of work.querySelectorAll(".field-error")) {
      const key = each.id.replace(/-error$/, "").replace(/^answer-/, ""), text = errors[key] || "";
      each.textContent = text;
      each.hidden = !text;
      const field = each.id === "disposition-error" ? null : work.querySelector('[aria-describedby~="' + each.id + '"]');
      if (field && text) field.setAttribute("aria-invalid", "true"); else if (field) field.removeAttribute("aria-invalid");
    }
  }
  function firstError(work) {
    const error = [...work.querySelectorAll(".field-error")].find((each) => !each.hidden);
    if (!error) return;
    const near = error.id === "disposition-error" ? work.querySelector("[name=disposition]") : work.querySelector('[aria-describedby~="' + error.id + '"]');
    if (near) { near.focus(); near.scrollIntoView({ block: "center" }); }
  }

  async function save() {
    clearTimeout(timer);
    const work = form();
    if (!work || !isChanged(work)) return;
    say("saving");
    const sent = read(work);
    try {
      const answer = await desk.send(work.getAttribute("action"), body(work));
      if (answer.status === 401) { window.location.assign("/sign-in"); return; }
      if (answer.status === 409) {
        const both = take(work, await answer.json());
        if (isChanged(work)) await save();
        say(both ? "merged" : "saved");
        return;
      }
      if (!answer.ok) throw new Error(String(answer.status));
      const told = await answer.json();
      Object.assign(base, sent);
      work.dataset.version = told.version;
      work.querySelector("[name=version]").value = told.version;
      showErrors(work, told.errors);
      retryMs = 1000;
      say("saved");
    } catch (_error) {
      say("unsaved");
      timer = setTimeout(desk.flush, retryMs);
      retryMs = Math.min(retryMs * 2, 15000);
    }
  }
  desk.flush = function () {
    const next = (saving || Promise.resolve()).then(save);
    saving = next.catch(() => {});
    return saving;
  };
  desk.isUnsaved = () => Boolean(form() && isChanged(form()));

  place.addEventListener("input", (event) => {
    const work = event.target.closest("form[data-work]");
    if (!work) return;
    showConditional(work);
    clearTimeout(timer);
    timer = setTimeout(desk.flush, WAIT_MS);
  });
  place.addEventListener("focusout", (event) => { if (event.target.closest("form[data-work]") && desk.isUnsaved()) desk.flush(); });
  window.addEventListener("beforeunload", (event) => { if (desk.isUnsaved()) { desk.flush(); event.preventDefault(); } });

  function showConditional(work) {
    const shown = new Set();
    for (const each of work.querySelectorAll("[data-field]")) {
      const on = each.dataset.shownIf;
      const field = on && work.elements["answer-" + on];
      const visible = !on || (shown.has(on) && field && field.value.trim() === each.dataset.shownValue);
      each.hidden = !visible;
      if (visible) shown.add(each.dataset.field);
    }
    const when = work.querySelector("[data-when]"), chosen = work.querySelector("[name=disposition]:checked");
    if (when) when.hidden = !(chosen && "callback" in chosen.dataset);
  }

  place.addEventListener("submit", async (event) => {
    const work = event.target;
    if (work.matches("form[data-contact]")) { event.preventDefault(); await saveContact(work); return; }
    if (!work.matches("form[data-work]")) return;
    event.preventDefault();
    await desk.flush();
    await finish(desk.guid(), 2);
  });

  // The card may be fetched anew while the answer is on its way: what counts is the form that is shown then. Where another
  // page of the agent was faster, its words are taken in and it is sent once more.
  async function finish(guid, tries) {
    const work = form();
    if (!work || desk.guid() !== guid) return;
    const values = body(work);
    for (const name of ["disposition", "due", "whose"]) {
      const given = new FormData(work).get(name);
      if (given) values.set(name, given);
    }
    const answer = await desk.send(work.getAttribute("action") + "/finish", values).catch(() => null);
    const shown = desk.guid() === guid ? form() : null;
    if (!answer) { say("unsaved"); return; }
    const told = await answer.json().catch(() => ({ errors: {} }));
    if (answer.status === 409) { if (shown) { take(shown, told); say("merged"); if (tries > 1) await finish(guid, tries - 1); } return; }
    if (!answer.ok) { if (shown) { showErrors(shown, told.errors || {}); firstError(shown); } return; }
    if (shown) base = read(shown);
    await desk.load("");
    document.dispatchEvent(new CustomEvent("desk-finished", { detail: told.done }));
  }

  // Fetch the card; what is typed and not stored yet is stored first, and the focus stays where it was.
  let loading = 0, last = "";
  desk.load = async function (guid) {
    const turn = (loading += 1);
    await desk.flush();
    let html;
    try { html = await (await desk.fetch("/me/card" + (guid ? "?guid=" + encodeURIComponent(guid) : ""))).text(); } catch (_error) { return; }
    if (turn !== loading) return;
    const at = document.activeElement, id = place.contains(at) ? at.id : "", before = desk.guid();
    const range = id && "selectionStart" in at ? [at.selectionStart, at.selectionEnd] : null;
    const typed = form() && isChanged(form()) ? read(form()) : null;
    const chosen = form() && form().querySelector("[name=disposition]:checked");
    const keptChoice = chosen && !chosen.defaultChecked ? chosen.value : "", open = keepContactForm();
    const errors = [...place.querySelectorAll(".work .field-error")].filter((each) => !each.hidden).map((each) => [each.id, each.textContent]);
    if (html === last && !open) return; // nothing is swapped that is the same
    last = html;
    place.innerHTML = html;
    adopt();
    if (desk.guid() === before && form()) {
      if (typed) for (const each of fields(form())) if (typed[each.name] !== undefined && typed[each.name] !== base[each.name] && !each.matches("[data-mark]")) each.value = typed[each.name];
      if (keptChoice) { const again = form().querySelector('[name=disposition][value="' + keptChoice + '"]'); if (again) again.checked = true; }
      for (const [name, text] of errors) { const error = document.getElementById(name); if (error) { error.textContent = text; error.hidden = false; } }
      if (open) place.querySelector("[data-contact-form]").replaceChildren(open);
      showConditional(form());
    }
    const again = id && desk.guid() === before && document.getElementById(id);
    if (again) { again.focus({ preventScroll: true }); if (range && range[0] !== null && again.setSelectionRange) again.setSelectionRange(range[0], range[1]); }
    document.dispatchEvent(new Event("live-tick"));
    document.dispatchEvent(new Event("desk-card"));
  };
  function keepContactForm() {
    const inside = place.querySelector("[data-contact-form] form");
    return inside || null;
  }
  function adopt() {
    base = form() ? read(form()) : {};
    if (form()) showConditional(form());
    frame();
    pop();
  }

  // A page of another system inside the desk stays as it is for as long as the desk shows its call.
  function frame() {
    const holder = document.querySelector("[data-frame-place]"), wanted = place.querySelector("[data-frame]");
    const path = wanted ? wanted.dataset.frame : "";
    if ((holder.dataset.path || "") === path) return;
    holder.dataset.path = path;
    holder.replaceChildren();
    if (!path) return;
    const inner = document.createElement("iframe");
    inner.className = "pop-frame";
    inner.title = wanted.dataset.frameTitle;
    inner.src = path;
    holder.append(inner);
  }

  // A page of another system opens once for a call; a browser that keeps it shut leaves the link.
  const blocked = new Set();
  function pop() {
    const link = place.querySelector('[data-pop="tab"]'), guid = desk.guid();
    if (!link) return;
    if (!popped.has(guid) && section().dataset.callPhase !== "after") {
      popped.add(guid);
      sessionStorage.setItem("desk-pops", JSON.stringify([...popped].slice(-50)));
      const opened = window.open(link.href, "_blank");
      if (opened) opened.opener = null; else blocked.add(guid);
    }
    place.querySelector("[data-pop-blocked]").hidden = !blocked.has(guid);
  }

  // What another page of the same agent stored.
  desk.follow = async function (news) {
    if (news.guid !== desk.guid()) return;
    const work = form();
    if (!work || !news.version) { await desk.load(desk.guid()); return; }
    if (Number(news.version) <= Number(work.dataset.version)) return;
    await desk.flush();
    if (Number(news.version) <= Number(work.dataset.version)) return;
    try {
      const told = await (await desk.fetch(work.getAttribute("action"))).json();
      take(work, told);
      if (told.is_complete && told.disposition) await desk.load("");
    } catch (_error) { /* the next news will tell */ }
  };

  // The customer's card beside the call.
  place.addEventListener("click", async (event) => {
    const edit = event.target.closest("[data-edit-contact]"), close = event.target.closest("[data-close-contact]"), pick = event.target.closest("[data-contact-id]");
    const holder = place.querySelector("[data-contact-form]");
    if (close) { holder.replaceChildren(); place.querySelector("[data-edit-contact]").focus(); }
    if (edit) {
      holder.innerHTML = await (await desk.fetch(edit.dataset.editContact)).text();
      holder.querySelector("input:not([type=hidden])").focus();
    }
    if (pick) {
      const values = new FormData();
      values.set("contact", pick.dataset.contactId);
      await desk.send(place.querySelector("[data-choose]").dataset.choose, values);
    }
  });
  async function saveContact(contact) {
    const answer = await desk.send(contact.getAttribute("action"), new FormData(contact)).catch(() => null);
    if (answer && answer.status === 204) { place.querySelector("[data-contact-form]").replaceChildren(); await desk.load(desk.guid()); return; }
    if (answer && answer.status === 422) {
      place.querySelector("[data-contact-form]").innerHTML = await answer.text();
      const wrong = place.querySelector("[data-contact-form] [aria-invalid]");
      if (wrong) wrong.focus();
      return;
    }
    desk.say(contact, answer ? await answer.text() : desk.word("failed"));
  }
  let finding = 0;
  place.addEventListener("input", (event) => {
    const field = event.target.closest("[data-find]");
    if (!field) return;
    clearTimeout(finding);
    finding = setTimeout(async () => {
      const found = field.parentElement.querySelector("[data-found]");
      try { found.innerHTML = await (await desk.fetch(field.dataset.find + "?q=" + encodeURIComponent(field.value))).text(); } catch (_error) { /* typed on */ }
    }, 200);
  });

  adopt();
})();
