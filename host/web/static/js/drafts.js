// Keeps unsaved memo text in this browser until the server has it: a lost network or a closed tab loses nothing.
(() => {
  const memo = () => document.querySelector("form[data-draft]");
  const keyOf = (form) => `tsunagu-draft:${form.dataset.draft}`;
  const boxes = (form) => [...form.querySelectorAll("input[name=items]")];
  const say = (words) => { document.getElementById("memo-status").textContent = words ?? ""; };

  const written = (form) => ({
    text: form.elements.namedItem("text").value,
    items: boxes(form).filter((box) => box.checked).map((box) => box.value),
  });
  const onServer = (form) => JSON.parse(form.dataset.saved);
  const same = (one, other) => one.text === other.text.replaceAll("\r\n", "\n") && String(one.items) === String(other.items);

  const remember = (form) => {
    if (same(written(form), onServer(form))) {
      localStorage.removeItem(keyOf(form));
      say("");
      return;
    }
    const version = form.elements.namedItem("version").value;
    localStorage.setItem(keyOf(form), JSON.stringify({ version, ...written(form) }));
    say(form.dataset.sayUnsaved);
  };

  // The draft keeps the version it was begun on: if somebody saved meanwhile, the server shows both texts.
  const restore = (form, draft) => {
    form.elements.namedItem("text").value = draft.text;
    form.elements.namedItem("version").value = draft.version;
    boxes(form).forEach((box) => { box.checked = draft.items.includes(box.value); });
    say(form.dataset.sayRestored);
  };

  const begin = () => {
    const form = memo();
    const kept = form && localStorage.getItem(keyOf(form));
    if (!kept || form.hasAttribute("data-conflict")) return;
    const draft = JSON.parse(kept);
    if (form.hasAttribute("data-just-saved") || same(draft, onServer(form))) localStorage.removeItem(keyOf(form));
    else restore(form, draft);
  };

  const inMemo = (event) => event.target.closest?.("form[data-draft]");

  document.addEventListener("input", (event) => { if (inMemo(event)) remember(inMemo(event)); });
  document.addEventListener("keydown", (event) => {
    if (inMemo(event) && event.key === "Enter" && (event.ctrlKey || event.metaKey)) inMemo(event).requestSubmit();
  });
  ["htmx:sendError", "htmx:responseError", "htmx:timeout"].forEach((failure) => {
    document.addEventListener(failure, (event) => { if (inMemo(event)) say(inMemo(event).dataset.sayFailed); });
  });
  document.addEventListener("htmx:afterSwap", (event) => { if (event.detail.target.id === "memo") begin(); });
  window.addEventListener("online", () => { if (memo() && localStorage.getItem(keyOf(memo()))) say(memo().dataset.sayOnline); });
  begin();
})();
