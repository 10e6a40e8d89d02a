import { expect, test } from "vitest";
import { fits, urlHolds } from "../src/lazy/context";

const URL = "https://app.example/reports?tab=2#top";

test.each([
  [{ is: URL }, true],
  [{ is: "https://app.example/reports" }, false],
  [{ isNot: URL }, false],
  [{ contains: "tab=2" }, true],
  [{ notContains: "tab=2" }, false],
  [{ startsWith: "https://app." }, true],
  [{ notStartsWith: "https://app." }, false],
  [{ endsWith: "#top" }, true],
  [{ notEndsWith: "#top" }, false],
  [{ contains: ["nothing", "reports"] }, true],
  [{ notContains: ["nothing", "reports"] }, false],
  [{ contains: "reports", endsWith: "nothing" }, false],
])("%j of the address: %s", (want, holds) => {
  expect(urlHolds(URL, want)).toBe(holds);
});

test("a viewport fits from its least to its greatest width", () => {
  expect([599, 600, 900, 901].map((width) => fits(width, { min_width: 600, max_width: 900 }))).toEqual([
    false,
    true,
    true,
    false,
  ]);
  expect(fits(320, {})).toBe(true);
});
