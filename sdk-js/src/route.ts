/** Which route of the host this is: its path with numbers and UUIDs as :id, so that no id leaves the page. */

const ID = /^(\d+|[\da-f]{8}-([\da-f]{4}-){3}[\da-f]{12})$/i;

/** A hash that begins with a slash is the route of a host that routes by hash. */
export const routeOf = (path: string, hash = ""): string =>
  (hash.startsWith("#/") ? hash.slice(1).split("?")[0] : path)
    .split("/")
    .map((part) => (ID.test(part) ? ":id" : part))
    .join("/")
    .replace(/(.)\/$/, "$1");

/** `:x` is one segment, `*` the rest. */
export const matches = (pattern: string, route: string): boolean => {
  const want = pattern.split("/");
  const have = route.split("/");
  for (let i = 0; i < want.length; i++) {
    if (want[i] === "*") return true;
    if (have[i] === undefined || (want[i] !== have[i] && !(want[i][0] === ":" && have[i]))) return false;
  }
  return want.length === have.length;
};

export const list = (value: unknown): string[] => (Array.isArray(value) ? value : [value]).map(String);
