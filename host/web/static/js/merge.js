// hx-swap="merge": replaces only what is new or changed, so that focus, open details and reading position stay.
//
// The answer holds elements with an id and a data-version. One that is in the page with the same version is left alone;
// one with another version is replaced. If the target has data-list, its children are also put into the answer's order,
// new ones are added, missing ones are taken away, and new ones are announced through the element #announcer.
//
// An element with data-parts is looked into when its version is the same: the parts of it that have a data-version are
// settled in the same way. What has data-busy is left alone whatever its version: a person is working in it. If it was another
// version, it gets data-passed-by, so that it can be asked for again when the person is done.
(() => {
  const openDetails = (element) => [...element.querySelectorAll("details[open][id]")].map((details) => details.id);

  const focusPath = (element) => {
    const active = document.activeElement;
    if (!element.contains(active)) return null;
    return active.dataset.focus ? `[data-focus="${CSS.escape(active.dataset.focus)}"]` : null;
  };

  const replace = (present, fresh) => {
    const opened = openDetails(present);
    const focused = focusPath(present);
    present.replaceWith(fresh);
    opened.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
    if (focused) fresh.querySelector(focused)?.focus({ preventScroll: true });
    return fresh;
  };

  const settled = (fresh) => {
    const present = document.getElementById(fresh.id);
    if (!present) return null;
    if (present.hasAttribute("data-busy")) {
      if (present.dataset.version !== fresh.dataset.version) present.setAttribute("data-passed-by", "");
      return present;
    }
    if (present.dataset.version !== fresh.dataset.version) return replace(present, fresh);
    if (fresh.hasAttribute("data-parts")) [...fresh.querySelectorAll("[id][data-version]")].forEach(settled);
    return present;
  };

  const announce = (target, count) => {
    const announcer = document.getElementById("announcer");
    if (!announcer || !target.dataset.announceOne || count === 0) return;
    announcer.textContent = (count === 1 ? target.dataset.announceOne : target.dataset.announceMany).replace("{}", count);
  };

  const mergeList = (target, items) => {
    const added = [];
    const kept = items.map((item) => {
      const element = settled(item);
      if (!element) added.push(item);
      return element ?? item;
    });
    const wanted = new Set(kept);
    [...target.children].filter((child) => !wanted.has(child)).forEach((child) => child.remove());
    kept.forEach((element, place) => {
      if (target.children[place] !== element) target.insertBefore(element, target.children[place] ?? null);
    });
    added.forEach((element) => element.classList.add("just-arrived"));
    announce(target, added.length);
    return added;
  };

  htmx.defineExtension("merge", {
    isInlineSwap: (style) => style === "merge",
    handleSwap: (style, target, fragment) => {
      if (style !== "merge") return false;
      const items = [...fragment.children].filter((child) => child.id);
      const touched = target.hasAttribute("data-list") ? mergeList(target, items) : items.map(settled).filter(Boolean);
      touched.forEach((element) => htmx.process(element));
      return true;
    },
  });
})();
