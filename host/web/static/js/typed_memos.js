// Saves memos by themselves while they are typed (form[data-typed]). What the server does not have yet is kept in this
// browser: a lost network, a closed tab or an ended session loses nothing.
(() => {
  const REST = 700; // milliseconds without a key before it is saved
  const LIVES_ON = 60000; // bytes: browsers finish larger requests only while their page is open
  const AGAIN = 3000; // before a save that did not arrive is tried again
  const RENEWED = "tsunagu-renewed"; // that the page was loaded again for a new token, and nothing was saved since
  const timers = new WeakMap();
  const sending = new WeakSet();
  const waiting = new Set(); // forms whose text did not reach the server

  const field = (form, name) => form.elements.namedItem(name);
  const boxes = (form) => [...form.querySelectorAll("input[name=items]")];
  const part = (form) => form.closest("[data-version]");
  const written = (form) => ({
    text: field(form, "text").value,
    items: boxes(form).filter((box) => box.checked).map((box) => box.value),
  });
  const same = (one, other) => one.text === other.text.replaceAll("\r\n", "\n") && String(one.items) === String(other.items);
  const onServer = (form) => JSON.parse(form.dataset.saved);
  const theirs = (form) => form.querySelector("[data-theirs]");

  const say = (form, words, bad = false) => {
    const status = form.querySelector("[data-status]");
    if (status.textContent !== words) status.textContent = words;
    status.classList.toggle("is-bad", bad);
  };

  const setOffline = (offline) => {
    document.querySelectorAll("[data-offline]").forEach((notice) => { notice.hidden = !offline; });
  };

  const fill = (form, memo) => {
    field(form, "text").value = memo.text;
    boxes(form).forEach((box) => { box.checked = memo.items.includes(box.value); });
  };

  const later = (form, wait) => {
    clearTimeout(timers.get(form));
    timers.set(form, setTimeout(() => save(form), wait));
  };

  const remember = (form) => {
    const kept = { version: field(form, "version").value, ...written(form) };
    localStorage.setItem(form.dataset.key, JSON.stringify(kept));
    part(form).setAttribute("data-busy", "");
  };

  const rested = (form) => {
    localStorage.removeItem(form.dataset.key);
    part(form).removeAttribute("data-busy");
    if (!part(form).hasAttribute("data-passed-by")) return;
    part(form).removeAttribute("data-passed-by");
    form.dispatchEvent(new CustomEvent("memo:rested", { bubbles: true }));
  };

  const settle = (form, sent, answer) => {
    field(form, "version").value = answer.version;
    part(form).dataset.version = answer.part;
    form.dataset.saved = JSON.stringify(sent);
    waiting.delete(form);
    sessionStorage.removeItem(RENEWED);
    delete form.dataset.sent;
    if (!same(sent, written(form))) {
      remember(form);
      later(form, REST);
      return;
    }
    rested(form);
  };

  const showTheirs = (form, answer) => {
    const box = theirs(form);
    form.dataset.conflict = JSON.stringify(answer);
    box.querySelector("[data-by]").textContent = form.dataset.sayTheirs.replace("{}", answer.by);
    box.querySelector("[data-their-items]").textContent = answer.items.join(", ");
    box.querySelector("[data-their-text]").textContent = answer.text;
    box.hidden = false;
    say(form, answer.message, true);
  };

  const lost = (form) => {
    waiting.add(form);
    say(form, form.dataset.sayLost, true);
    setOffline(true);
    later(form, AGAIN);
  };

  // A save whose answer was lost may have arrived: what stands there then is this form's own text, and no conflict.
  const unanswered = (form) => JSON.parse(form.dataset.sent ?? "[]");
  const noteSent = (form, sent) => {
    const before = unanswered(form).filter((one) => !same(sent, one));
    form.dataset.sent = JSON.stringify([...before, sent].slice(-10));
  };
  const conflict = (form, answer) => {
    const own = unanswered(form).some((sent) => same(answer, sent));
    delete form.dataset.sent;
    if (!own) {
      showTheirs(form, answer);
      return;
    }
    field(form, "version").value = answer.version;
    remember(form);
    later(form, 0);
  };

  const refused = async (form, answer) => {
    if (answer.status === 401) window.location.reload(); // the session ended: after the login the kept text is here again
    else if (answer.status === 400 && !sessionStorage.getItem(RENEWED)) { // logged in anew in another tab: this one's token is over
      sessionStorage.setItem(RENEWED, "yes");
      window.location.reload();
    }
    else if (answer.status === 409) conflict(form, await answer.json());
    else if (answer.status === 422) say(form, (await answer.json()).message, true);
    else if (answer.status === 404) say(form, form.dataset.sayGone, true);
    else lost(form);
  };

  const post = (form, sent, more) => {
    const fields = new URLSearchParams({ csrf_token: field(form, "csrf_token").value, version: field(form, "version").value, text: sent.text, ...more });
    sent.items.forEach((item) => fields.append("items", item));
    const body = fields.toString();
    const headers = { "HX-Request": "true", "Content-Type": "application/x-www-form-urlencoded" };
    return fetch(form.dataset.typed, { method: "POST", body, headers, keepalive: body.length < LIVES_ON });
  };

  const save = async (form, done = false) => {
    if (sending.has(form)) { if (done) form.dataset.done = ""; return; }
    if (form.dataset.conflict) return;
    clearTimeout(timers.get(form));
    const sent = written(form);
    sending.add(form);
    noteSent(form, sent);
    say(form, form.dataset.saySaving);
    try {
      const answer = await post(form, sent, done ? {} : { typing: "1" });
      if (answer.ok) {
        setOffline(false);
        say(form, done ? form.dataset.saySaved : form.dataset.sayKept);
        settle(form, sent, await answer.json());
      } else {
        await refused(form, answer);
      }
    } catch {
      lost(form);
    } finally {
      sending.delete(form);
      if ("done" in form.dataset) { delete form.dataset.done; save(form, true); }
    }
  };

  const typed = (form) => {
    remember(form);
    if (form.dataset.conflict) return;
    later(form, waiting.has(form) ? AGAIN : REST);
  };

  const resolve = (form, keepTheirs) => {
    const answer = JSON.parse(form.dataset.conflict);
    delete form.dataset.conflict;
    theirs(form).hidden = true;
    field(form, "version").value = answer.version;
    form.dataset.saved = JSON.stringify({ text: answer.text, items: answer.items });
    if (keepTheirs) {
      fill(form, answer);
      rested(form);
      say(form, "");
    } else {
      remember(form);
      save(form, true);
    }
    field(form, "text").focus();
  };

  // A text kept from before is put back and saved, on the version it was begun on: if somebody saved since, both are shown.
  const restore = (form) => {
    if (form.dataset.known !== undefined) return;
    form.dataset.known = "";
    const kept = localStorage.getItem(form.dataset.key);
    if (!kept) return;
    const draft = JSON.parse(kept);
    if (same(draft, onServer(form))) {
      localStorage.removeItem(form.dataset.key);
      return;
    }
    fill(form, draft);
    field(form, "version").value = draft.version;
    part(form).setAttribute("data-busy", "");
    save(form);
  };

  const forms = () => [...document.querySelectorAll("form[data-typed]")];
  const inMemo = (event) => event.target.closest?.("form[data-typed]");

  document.addEventListener("input", (event) => { if (inMemo(event)) typed(inMemo(event)); });
  document.addEventListener("submit", (event) => {
    if (!inMemo(event)) return;
    event.preventDefault();
    save(inMemo(event), true);
  });
  document.addEventListener("keydown", (event) => {
    if (inMemo(event) && event.key === "Enter" && (event.ctrlKey || event.metaKey)) inMemo(event).requestSubmit();
  });
  document.addEventListener("click", (event) => {
    if (!inMemo(event)) return;
    if (event.target.closest("[data-mine]")) resolve(inMemo(event), false);
    if (event.target.closest("[data-take]")) resolve(inMemo(event), true);
  });
  document.addEventListener("htmx:afterSwap", () => forms().forEach(restore));
  window.addEventListener("online", () => [...waiting].filter((form) => form.isConnected).forEach((form) => save(form)));
  window.addEventListener("pagehide", () => {
    forms().filter((form) => part(form).hasAttribute("data-busy") && !form.dataset.conflict).forEach((form) => save(form));
  });
  forms().forEach(restore);
})();
