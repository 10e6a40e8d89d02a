/** Client context: for each condition, in how many milliseconds it can hold. 0 = now, Infinity = not by waiting. */
import { part } from "./deeds";
import { now, warn } from "./env";
import { dialogOpen, find, visible } from "./find";
import { dwelled, inputAt, onRoute, typedAt } from "./page";
import type { At, Test } from "./types";

const TYPING_MS = 2_000;
const never = (holds: unknown): number => (holds ? 0 : Infinity);

export const notTyping = (): number => typedAt + TYPING_MS - now();

const TESTS: Record<string, Test | undefined> = {
  route: (want) => never(onRoute(want)),
  route_not: (want) => never(!onRoute(want)),
  element: (want) => never(visible(find(want))),
  dwell: (want) => want - dwelled(),
  idle: (want) => inputAt + want - now(),
  typing: (want) => (want ? never(notTyping() > 0) : notTyping()),
  no_modal: (want, anchor) => never(!want || !dialogOpen(anchor)),
};
let asked = false;

/** A condition that is not known is unknown, not false: it waits. The rarer ones are fetched when one is met. */
export const holdsIn = (at: At, anchor: Element | null, again: () => void): number => {
  let left = 0;
  for (const name in at) {
    const test = TESTS[name];
    left = Math.max(left, test ? test(at[name as keyof At] as never, anchor) : Infinity);
    if (test || asked) continue;
    asked = true;
    part("context").then((it) => it.default(TESTS, again), warn);
  }
  return left;
};
