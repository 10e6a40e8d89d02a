/** What we keep in the browser. Blocked, full or broken storage is the same as none. */
import { key, win } from "./env";

const name = (what: string): string => `waypost:${key}:${what}`;

/** Consent not given: nothing is kept. */
let allowed = true;
export const allow = (yes: boolean): void => {
  allowed = yes;
};

export const load = <T>(
  what: string,
  area: "localStorage" | "sessionStorage" = "localStorage",
): T | undefined => {
  try {
    return JSON.parse(win[area].getItem(name(what)) || "null") ?? undefined;
  } catch {
    return;
  }
};

export const save = (
  what: string,
  value: unknown,
  area: "localStorage" | "sessionStorage" = "localStorage",
): void => {
  try {
    if (allowed && value !== undefined) win[area].setItem(name(what), JSON.stringify(value));
    else win[area].removeItem(name(what));
  } catch {}
};
