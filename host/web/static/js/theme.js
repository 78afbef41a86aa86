// Sets light or dark before the first paint. The choice itself is a cookie, rendered by the server as data-theme.
(() => {
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const choice = root.dataset.theme;
    root.dataset.bsTheme = choice === "auto" ? (dark.matches ? "dark" : "light") : choice;
  };
  apply();
  dark.addEventListener("change", apply);
  root.classList.add("has-js");
})();
