/** Routes over the history API. A pattern's `:id` matches one segment. */
const routes = [];
let notFound = () => {};

export const route = (pattern, show) => routes.push([pattern.split("/"), show]);
export const otherwise = (show) => (notFound = show);

export function go(path, { replace = false } = {}) {
  if (path !== location.pathname + location.search + location.hash) {
    history[replace ? "replaceState" : "pushState"](null, "", path);
  }
  render();
}

export function render() {
  const parts = location.pathname.replace(/(.)\/$/, "$1").split("/");
  for (const [pattern, show] of routes) {
    const found = match(pattern, parts);
    if (found) return show(found);
  }
  return notFound();
}

function match(pattern, parts) {
  if (pattern.length !== parts.length) return null;
  const found = {};
  for (const [i, piece] of pattern.entries()) {
    if (piece.startsWith(":")) found[piece.slice(1)] = decodeURIComponent(parts[i]);
    else if (piece !== parts[i]) return null;
  }
  return found;
}

/** Plain left clicks on links of this site stay in the page. */
export function followLinks() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    if (link.origin !== location.origin || link.hasAttribute("download")) return;
    event.preventDefault();
    go(link.pathname + link.search + link.hash);
  });
  window.addEventListener("popstate", render);
}
