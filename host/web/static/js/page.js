// Small things the pages share: menus, confirmation, copying, forms that send themselves.
(() => {
  const confirmation = document.getElementById("confirmation");

  const ask = (words, agreed) => {
    confirmation.querySelector("[data-title]").textContent = words.confirmTitle ?? "";
    confirmation.querySelector("[data-text]").textContent = words.confirm;
    const button = confirmation.querySelector("[data-agree]");
    button.textContent = words.confirmAction ?? button.dataset.default;
    button.className = `btn ${words.confirmDanger === undefined ? "btn-primary" : "btn-danger"}`;
    confirmation.returnValue = "";
    confirmation.onclose = () => { if (confirmation.returnValue === "agree") agreed(); };
    confirmation.showModal();
  };

  document.addEventListener("submit", (event) => {
    const source = event.submitter?.dataset.confirm ? event.submitter : event.target;
    if (!source.dataset.confirm || event.target.dataset.agreed) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const submitter = event.submitter;
    ask(source.dataset, () => {
      event.target.dataset.agreed = "yes";
      event.target.requestSubmit(submitter);
      delete event.target.dataset.agreed;
    });
  }, true);

  document.addEventListener("submit", (event) => {
    if (event.target.dataset.once === undefined) return;
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = "yes";
  });

  document.addEventListener("click", (event) => {
    const toggle = event.target.closest("[data-toggles]");
    if (toggle) {
      const open = toggle.getAttribute("aria-expanded") !== "true";
      toggle.setAttribute("aria-expanded", String(open));
      document.getElementById(toggle.dataset.toggles).classList.toggle("is-open", open);
    }
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector("details.menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
  });

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copies]");
    if (!button) return;
    const source = document.getElementById(button.dataset.copies);
    try {
      await navigator.clipboard.writeText(source.value);
      button.querySelector("[data-label]").textContent = button.dataset.copied;
    } catch {
      source.focus();
      source.select();
    }
  });

  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-agreed]").forEach((form) => delete form.dataset.agreed);
    document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
  });
})();
