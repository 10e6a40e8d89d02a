/** Client context: for each condition, in how many milliseconds it can hold. 0 = now, Infinity = not by waiting. */
import { now, win } from "./env";
import { dialogOpen, find, visible } from "./find";
import { dwelled, exitAt, inputAt, onRoute, typedAt } from "./page";
import { list } from "./route";
import type { At } from "./types";

const TYPING_MS = 2_000;
const never = (holds: unknown): number => (holds ? 0 : Infinity);

/** is, contains, startsWith, endsWith; isNot, notContains, notStartsWith, notEndsWith. One of a list is enough. */
export const urlHolds = (url: string, want: Record<string, unknown>): boolean =>
  Object.keys(want).every((name) => {
    const hit = list(want[name]).some((text) =>
      /Con|con/.test(name)
        ? url.includes(text)
        : /tarts/.test(name)
          ? url.startsWith(text)
          : /nds/.test(name)
            ? url.endsWith(text)
            : url === text,
    );
    return hit !== /not/i.test(name);
  });

const inWindow = (want: Record<string, number>): boolean =>
  Object.keys(want).every((name) => {
    const width = win.innerWidth;
    return name === "max_width" ? width <= want[name] : width >= want[name];
  });

export const notTyping = (): number => typedAt + TYPING_MS - now();

type Test = (want: never, anchor: Element | null) => number;
const TESTS: Record<string, Test> = {
  route: (want) => never(onRoute(want)),
  route_not: (want) => never(!onRoute(want)),
  url: (want) => never(urlHolds(win.location.href, want)),
  element: (want) => never(visible(find(want))),
  dwell: (want) => want - dwelled(),
  idle: (want) => inputAt + want - now(),
  typing: (want) => (want ? never(notTyping() > 0) : notTyping()),
  exit_intent: (want) => never(!want || now() - exitAt < 2_000),
  viewport: (want) => never(inWindow(want)),
  no_modal: (want, anchor) => never(!want || !dialogOpen(anchor)),
};

/** A condition that this version does not know is unknown, not false: it waits. */
export const holdsIn = (at: At, anchor: Element | null): number => {
  let left = 0;
  for (const name of Object.keys(at)) {
    const test = TESTS[name];
    left = Math.max(left, test ? test(at[name as keyof At] as never, anchor) : Infinity);
  }
  return left;
};
