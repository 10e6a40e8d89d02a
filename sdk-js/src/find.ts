/** What is on the page: anchors, and whether a person can see them. */
import { doc, win } from "./env";

/** A data-waypost name or a CSS selector; `>>>` goes into open shadow roots. */
export const find = (selector: string): Element | null => {
  let scope: ParentNode | null | undefined = doc;
  let found: Element | null | undefined;
  try {
    for (const part of selector.split(">>>")) {
      found = scope?.querySelector(/^[\w-]+$/.test(part) ? `[data-waypost="${part}"]` : part);
      scope = found?.shadowRoot;
    }
  } catch {}
  return found || null;
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
export const placements = (): string[] =>
  [...doc.querySelectorAll<HTMLElement>("[data-waypost]")]
    .filter(visible)
    .slice(0, 50)
    .map((element) => element.dataset.waypost || "");

/** A dialog of the host is open; one that holds `around` does not count. */
export const dialogOpen = (around: Element | null): boolean =>
  [...doc.querySelectorAll("dialog[open],[role$=dialog],[aria-modal=true]")].some(
    (dialog) => visible(dialog) && !dialog.contains(around),
  );
