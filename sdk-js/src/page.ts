/** The page view: its id, its route, how long it was looked at, and the signs of life in it. */
import { part } from "./deeds";
import { doc, listen, now, uuid, win } from "./env";
import { list, matches, routeOf } from "./route";
import { load, save } from "./storage";

export let pageView = "";
export let before: string[] = [];
export let route = "";
export let startedAt = 0;
/** When something was typed, when there was any input. */
export let typedAt = -1e9;
export let inputAt = 0;

let seen = 0;
let visibleSince = 0;

export const here = (): string => routeOf(win.location.pathname, win.location.hash);

export const onRoute = (want: unknown): boolean => list(want).some((pattern) => matches(pattern, route));

/** A new page view begins. Those before it in this tab are named to the server, which hands their lease on. */
export const turn = (to: string): void => {
  before = load<string[]>("page") || [];
  pageView = uuid();
  save("page", [...before, pageView].slice(-8));
  route = to;
  seen = 0;
  startedAt = visibleSince = inputAt = now();
};

/** Milliseconds for which this page view was in front. */
export const dwelled = (): number => seen + (doc.hidden ? 0 : now() - visibleSince);

export const onVisibility = (): void => {
  if (doc.hidden) seen += now() - visibleSince;
  else visibleSince = now();
};

export const typed = (): void => {
  typedAt = inputAt = now();
};

/** Listen for input only while something waits for it. */
export const watchInput = (): (() => void)[] => [
  listen(
    win,
    "keydown pointerdown pointermove wheel",
    () => {
      inputAt = now();
    },
    { capture: true, passive: true },
  ),
];

/** Calls back after each change of the route within the page. Restored by the way back. */
export const watchRoute = (changed: () => void): void => {
  const { navigation } = win as unknown as { navigation?: EventTarget };
  if (navigation) {
    listen(navigation, "currententrychange", changed);
    return;
  }
  listen(win, "popstate hashchange", changed);
  part("history").then(
    (it) => it.default(changed),
    () => {},
  );
};
