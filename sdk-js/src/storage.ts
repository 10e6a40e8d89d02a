/** What we keep in the browser. Blocked, full or broken storage is the same as none. */
import { key, win } from "./env";

/** Consent not given: nothing is kept. */
let allowed = true;
export const allow = (yes: boolean): void => {
  allowed = yes;
};

const area = (what: string): Storage => (what === "page" ? win.sessionStorage : win.localStorage);
const name = (what: string): string => `waypost:${key}:${what}`;

export const load = <T>(what: string): T | undefined | null => {
  try {
    return JSON.parse(area(what).getItem(name(what)) || "null");
  } catch {
    return;
  }
};

export const save = (what: string, value: unknown): void => {
  try {
    if (allowed && value) area(what).setItem(name(what), JSON.stringify(value));
    else area(what).removeItem(name(what));
  } catch {}
};
