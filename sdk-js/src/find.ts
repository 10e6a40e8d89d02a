/** What is on the page: anchors, and whether a person can see them. */
import { doc, win } from "./env";

/** A data-waypost name or a CSS selector; `>>>` goes into open shadow roots. */
export const find = (selector: string): Element | null => {
  let scope: ParentNode | null = doc;
  let found: Element | null = null;
  for (const part of selector.split(">>>")) {
    const name = part.trim();
    found = null;
    try {
      if (/^[\w-]+$/.test(name)) found = scope.querySelector(`[data-waypost="${name}"]`);
      found ||= scope.querySelector(name);
    } catch {}
    scope = found?.shadowRoot || null;
    if (!scope) scope = doc.createDocumentFragment();
  }
  return found;
};

export const visible = (element: Element | null): boolean => {
  if (!element?.isConnected) return false;
  const { width, height } = element.getBoundingClientRect();
  return width * height > 0 && getComputedStyle(element).visibility === "visible";
};

export const inView = (element: Element): boolean => {
  const box = element.getBoundingClientRect();
  return box.bottom > 0 && box.right > 0 && box.top < win.innerHeight && box.left < win.innerWidth;
};

/** Names of the places that the host marked and that can be seen. */
export const placements = (): string[] => {
  const names = new Set<string>();
  for (const element of doc.querySelectorAll("[data-waypost]")) {
    if (names.size < 50 && visible(element)) names.add(element.getAttribute("data-waypost") || "");
  }
  return [...names];
};

/** A dialog of the host is open; one that holds `around` does not count. */
export const dialogOpen = (around?: Element | null): boolean => {
  for (const dialog of doc.querySelectorAll(
    "dialog[open],[role=dialog],[role=alertdialog],[aria-modal=true]",
  )) {
    if (visible(dialog) && !dialog.contains(around || null)) return true;
  }
  return false;
};
