// Requests in the background: quiet in a hidden tab, a notice when the server cannot be reached, login when the session ended.
(() => {
  const isPoll = (element) => element.hasAttribute("data-poll");

  const setOffline = (offline) => {
    document.querySelectorAll("[data-offline]").forEach((notice) => { notice.hidden = !offline; });
  };

  const sessionEnded = (xhr) =>
    xhr.status === 401 || (xhr.responseURL && new URL(xhr.responseURL).pathname === document.body.dataset.loginPath);

  // A poll tells which version the page shows; the server answers 204 while there is no other.
  document.addEventListener("htmx:configRequest", (event) => {
    if (isPoll(event.detail.elt)) event.detail.parameters.seen = event.detail.elt.dataset.seen;
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (isPoll(event.detail.elt) && document.hidden) event.preventDefault();
  });
  ["htmx:sendError", "htmx:responseError", "htmx:timeout"].forEach((failure) => {
    document.addEventListener(failure, (event) => { if (isPoll(event.detail.elt)) setOffline(true); });
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (sessionEnded(event.detail.xhr)) {
      event.detail.shouldSwap = false;
      window.location.reload();
    } else if (isPoll(event.detail.elt)) {
      setOffline(event.detail.xhr.status >= 400);
      const version = event.detail.xhr.getResponseHeader("X-Page-Version");
      if (version) event.detail.elt.dataset.seen = version;
    }
  });
})();
