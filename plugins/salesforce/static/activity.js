// A placeholder's button puts it where the cursor was last, in the subject or in the comment.
(() => {
  let last = null;

  document.addEventListener("focusin", (event) => {
    if (event.target.matches("[data-template]")) last = event.target;
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-inserts]");
    if (!button) return;
    const field = last ?? document.getElementById(button.dataset.insertsInto);
    field.focus();
    field.setRangeText(button.dataset.inserts, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    const announcer = document.getElementById("announcer");
    if (announcer) announcer.textContent = button.dataset.inserted;
  });
})();
