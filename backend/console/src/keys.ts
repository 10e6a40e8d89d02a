/** Single-key shortcuts. They rest while someone types, while a dialog is open, and with ctrl, alt or ⌘. */
import { useLayoutEffect, useRef } from "preact/hooks";

export type Keys = Record<string, (event: KeyboardEvent) => void>;

/** What this keyboard writes on the key that opens the palette. */
export const PALETTE_KEY = /Mac|iP/.test(globalThis.navigator?.platform ?? "") ? "⌘K" : "Ctrl K";

/** The key as a Latin layout names it: a Russian layout says "о" for j and "." for /. */
export function keyOf({ key, code }: Pick<KeyboardEvent, "key" | "code">): string {
  if (code === "Slash" && (key === "." || key === ",")) return key === "." ? "/" : "?";
  const foreign = key.length === 1 && key > "\u007f";
  return foreign && code.startsWith("Key") ? code.slice(3).toLowerCase() : key;
}

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && !!target.closest("input, textarea, select, [contenteditable]");
}

const taken = new WeakSet<Event>(); // several parts may answer to one key

/** Escape works while someone types too: nothing else leads out of a field. */
export function useKeys(keys: Keys): void {
  const latest = useRef(keys);
  latest.current = keys;
  // with the page and not after it is painted: no key between two pages may be lost
  useLayoutEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented && !taken.has(event)) return;
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const key = keyOf(event);
      if (document.querySelector("dialog[open]") || (typing(event.target) && key !== "Escape")) return;
      const act = latest.current[key];
      if (!act) return;
      if (key.length === 1) {
        // a field that takes the focus now must not take the letter too
        event.preventDefault();
        taken.add(event);
      }
      act(event);
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
}
