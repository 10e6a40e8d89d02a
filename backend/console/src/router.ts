/** The address is the state: which page, which panel, which filters. History API, no hashes. */
import { useEffect, useState } from "preact/hooks";

export const BASE = "/console/";
export type Page = "today" | "accounts" | "zones" | "tips" | "tasks" | "reports" | "why" | "settings";
const PAGES: readonly string[] = [
  "today",
  "accounts",
  "zones",
  "tips",
  "tasks",
  "reports",
  "why",
  "settings",
] satisfies Page[];

export interface Route {
  page: Page | null;
  id: string | null;
  /** A part of the panel: people, why, rule, try; empty = its first. */
  tab: string;
  query: URLSearchParams;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function parse(pathname: string, search: string): Route {
  const [page = "", id = "", tab = ""] = pathname.slice(BASE.length).split("/").map(decode);
  const known = page === "" ? "tips" : PAGES.includes(page) ? (page as Page) : null;
  return { page: known, id: id || null, tab, query: new URLSearchParams(search) };
}

export function href(page: Page, id?: string | null, tab?: string, query?: URLSearchParams): string {
  const path = [page, id, tab]
    .filter((part): part is string => !!part)
    .map(encodeURIComponent)
    .join("/");
  const search = query?.toString();
  return `${BASE}${path}${search ? `?${search}` : ""}`;
}

/** The same query with some keys set; null or "" takes a key out. */
export function having(query: URLSearchParams, change: Record<string, string | null>): URLSearchParams {
  const next = new URLSearchParams(query);
  for (const [key, value] of Object.entries(change)) {
    if (value) next.set(key, value);
    else next.delete(key);
  }
  return next;
}

export function go(to: string, how: "push" | "replace" = "push"): void {
  if (to === location.pathname + location.search) return;
  history[how === "push" ? "pushState" : "replaceState"](null, "", to);
  dispatchEvent(new Event("waypost:route"));
}

/** Own links stay in the page; everything a browser does with a modified click stays the browser's. */
function follow(event: MouseEvent): void {
  if (
    event.defaultPrevented ||
    event.button ||
    event.metaKey ||
    event.ctrlKey ||
    event.shiftKey ||
    event.altKey
  )
    return;
  const link = (event.target as Element).closest?.("a");
  if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
  if (!link.pathname.startsWith(BASE)) return;
  event.preventDefault();
  go(link.pathname + link.search);
}

export function useRoute(): Route {
  const read = () => parse(location.pathname, location.search);
  const [route, set] = useState(read);
  useEffect(() => {
    const update = () => set(read());
    addEventListener("popstate", update);
    addEventListener("waypost:route", update);
    document.addEventListener("click", follow);
    return () => {
      removeEventListener("popstate", update);
      removeEventListener("waypost:route", update);
      document.removeEventListener("click", follow);
    };
  }, []);
  return route;
}
