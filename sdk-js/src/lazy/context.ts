/** The rarer conditions of `at`: url, viewport, exit_intent. */
import type { Test } from "../types";

const EXIT_MS = 2_000;
const never = (holds: unknown): number => (holds ? 0 : Infinity);
const list = (value: unknown): string[] => (Array.isArray(value) ? value : [value]).map(String);

/** is, contains, startsWith, endsWith; isNot, notContains, notStartsWith, notEndsWith. One of a list is enough. */
export const urlHolds = (url: string, want: Record<string, unknown>): boolean =>
  Object.keys(want).every((name) => {
    const how = name.replace(/^not./, (not) => not[3].toLowerCase());
    const hit = list(want[name]).some((text) =>
      how === "contains"
        ? url.includes(text)
        : /With$/.test(how)
          ? url[how as "endsWith"](text)
          : url === text,
    );
    return hit !== /not/i.test(name);
  });

export const fits = (width: number, { min_width = 0, max_width = Infinity }): boolean =>
  min_width <= width && width <= max_width;

export default (tests: Record<string, Test>, again: () => void): void => {
  let leftAt = -EXIT_MS;
  document.addEventListener(
    "mouseout",
    (event) => {
      if (event.relatedTarget || event.clientY > 0) return;
      leftAt = performance.now();
      again();
    },
    { passive: true },
  );
  tests.url = (want) => never(urlHolds(location.href, want));
  tests.viewport = (want) => never(fits(innerWidth, want));
  tests.exit_intent = (want) => never(!want || performance.now() - leftAt < EXIT_MS);
  again();
};
