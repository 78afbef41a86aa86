// The agents' page: asks for its cards whenever the server says that something changed, announces calls, runs the clocks.
(() => {
  const desk = document.getElementById("desk");
  const SECOND = 1000;
  const QUIET = 60 * SECOND; // asks at least so often, whatever the server says
  const live = document.getElementById("desk-live");
  const storeKey = `tsunagu-desk:${desk.dataset.owner}`;
  const cards = () => [...desk.children];
  const idOf = (card) => card.dataset.call;

  // Which calls are on the desk of this browser, and which were closed there: calls that are over are only shown if they are.
  const stored = () => ({ opened: [], closed: [], ...JSON.parse(localStorage.getItem(storeKey) ?? "{}") });
  const store = (opened, closed) => localStorage.setItem(storeKey, JSON.stringify({ opened: opened.slice(-20), closed: closed.slice(-40) }));
  const noteShown = () => {
    const { opened, closed } = stored();
    const shown = cards().map(idOf);
    const kept = opened.filter((id) => shown.includes(id));
    store([...kept, ...shown.filter((id) => !kept.includes(id))], closed);
  };

  const look = () => htmx.trigger(desk, "look");
  let looked = 0;

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt !== desk) return;
    const { opened, closed } = stored();
    Object.assign(event.detail.parameters, { seen: desk.dataset.seen, since: desk.dataset.since, opened: opened.join(","), closed: closed.join(",") });
  });

  // Beside the heading stands how the page learns of changes; nothing while it learns of none.
  const how = { live: null, offline: false };
  const sayHow = () => {
    const words = how.live ? live.dataset.sayLive : live.dataset.sayPolling;
    live.textContent = how.offline || how.live === null ? "" : words;
  };
  const setOffline = (offline) => {
    document.querySelectorAll("[data-offline]").forEach((notice) => { notice.hidden = !offline; });
    how.offline = offline;
    sayHow();
  };
  ["htmx:sendError", "htmx:timeout", "htmx:responseError"].forEach((failure) => {
    document.addEventListener(failure, (event) => { if (event.detail.elt === desk) setOffline(true); });
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.elt !== desk) return;
    const { xhr } = event.detail;
    if (xhr.status >= 400) return;
    looked = Date.now();
    setOffline(false);
    desk.dataset.seen = xhr.getResponseHeader("X-Page-Version") ?? "";
    desk.dataset.since = xhr.getResponseHeader("X-Calls-Since") ?? desk.dataset.since;
  });

  // What was passed by while somebody typed there is asked for again.
  desk.addEventListener("memo:rested", () => {
    desk.dataset.seen = "";
    look();
  });

  // Clocks count from when their element appeared, so that a wrong clock of this computer does not matter.
  const began = new WeakMap();
  const clock = (seconds) => {
    const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60];
    const two = (number) => String(number).padStart(2, "0");
    return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
  };
  const runClocks = () => desk.querySelectorAll("[data-timer]").forEach((element) => {
    if (!began.has(element)) began.set(element, performance.now() - Number(element.dataset.timer) * SECOND);
    element.textContent = clock((performance.now() - began.get(element)) / SECOND);
  });

  // Announcements: to screen readers, in the tab's title, and as a notification where the person asked for them.
  const title = document.title;
  const announced = new Map();
  const announcer = document.getElementById("announcer");
  const notifying = () => "Notification" in window && Notification.permission === "granted" && localStorage.getItem("tsunagu-notify") === "yes";
  const notify = (head) => {
    if (!notifying() || !document.hidden) return;
    const note = new Notification(head.dataset.who, { body: head.dataset.state, tag: head.id });
    note.onclick = () => { window.focus(); note.close(); };
  };
  const announce = () => {
    const heads = [...desk.querySelectorAll(".desk-head")];
    heads.forEach((head) => {
      const words = `${head.dataset.state}: ${head.dataset.who}`;
      if (announced.get(head.id) === words) return;
      announced.set(head.id, words);
      announcer.textContent = words;
      if (head.dataset.part === "ringing" && head.dataset.inbound) notify(head);
    });
    const ringing = heads.find((head) => head.dataset.part === "ringing");
    document.title = ringing ? `${ringing.dataset.state}: ${ringing.dataset.who}` : title;
  };

  const refreshed = () => {
    runClocks();
    announce();
  };
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== desk) return;
    noteShown();
    refreshed();
  });

  desk.addEventListener("click", (event) => {
    const card = event.target.closest("[data-close]")?.closest("[data-call]");
    if (!card) return;
    const { opened, closed } = stored();
    store(opened.filter((id) => id !== idOf(card)), [...closed, idOf(card)]);
    const next = card.nextElementSibling ?? card.previousElementSibling;
    card.remove();
    (next?.querySelector("[data-close]") ?? document.getElementById("main")).focus({ preventScroll: true });
    desk.dataset.seen = "";
    announce();
  });

  const bell = document.getElementById("desk-notify");
  const showBell = () => {
    const blocked = Notification.permission === "denied";
    bell.hidden = false;
    bell.disabled = blocked;
    bell.setAttribute("aria-pressed", String(notifying()));
    bell.querySelector("[data-label]").textContent = blocked ? bell.dataset.sayBlocked : notifying() ? bell.dataset.sayOn : bell.dataset.sayOff;
  };
  if ("Notification" in window && window.isSecureContext) {
    bell.addEventListener("click", async () => {
      const wanted = !notifying();
      if (wanted) await Notification.requestPermission();
      localStorage.setItem("tsunagu-notify", wanted ? "yes" : "no");
      showBell();
    });
    showBell();
  }

  // One tab of a browser holds the lasting connection and tells the others: browsers allow few connections to one server.
  const others = new BroadcastChannel("tsunagu-calls");
  others.onmessage = (event) => { sayLive(event.data === "live"); look(); };
  const sayLive = (yes) => { how.live = yes; sayHow(); };
  let polling = null;
  const lookEverywhere = (means) => { look(); others.postMessage(means); };
  const poll = (on) => {
    if (on && !polling) polling = setInterval(() => lookEverywhere("polling"), SECOND);
    if (!on) { clearInterval(polling); polling = null; }
    sayLive(!on);
  };
  const listen = () => {
    const source = new EventSource(desk.dataset.events);
    source.addEventListener("look", () => {
      poll(false);
      lookEverywhere("live");
    });
    // The browser comes back by itself, unless there is no stream here: then this page asks, and tries again in a while.
    source.onerror = () => {
      poll(true);
      if (source.readyState === EventSource.CLOSED) setTimeout(listen, 60 * SECOND);
    };
  };
  if (navigator.locks) navigator.locks.request(`tsunagu-calls ${desk.dataset.owner}`, () => { listen(); return new Promise(() => {}); });
  else listen();

  setInterval(runClocks, SECOND);
  setInterval(() => { if (Date.now() - looked > QUIET) look(); }, QUIET / 4);
  window.addEventListener("online", look);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
  refreshed();
  look();
})();
