import { expect, test } from "vitest";
import cases from "../../tests/conformance/urls.json";
import { safeUrl } from "../src/urls";

const NO_TEXTS = [null, undefined, 7, true, ["/a"], { toString: () => "/a" }, () => "/a"];

test.each(cases.good)("$what may be opened: $url", ({ url }) => {
  expect(safeUrl(url)).toBe(url);
});

test.each(cases.bad)("$what may not: $url", ({ url }) => {
  expect(safeUrl(url)).toBeNull();
});

test.each(NO_TEXTS)("%o is no text", (url) => {
  expect(safeUrl(url)).toBeNull();
});

test.each(["a", "ж", "\u{1f600}"])("a URL has 2,048 characters: %s", (letter) => {
  const fits = `/${letter.length === 2 ? "a" : ""}${letter.repeat(2_047 / letter.length)}`;
  expect(fits.length).toBe(2_048);
  expect(safeUrl(fits)).toBe(fits);
  expect(safeUrl(fits + letter)).toBeNull();
});

test("there are enough cases", () => {
  expect(cases.good.length).toBeGreaterThanOrEqual(12);
  expect(cases.bad.length).toBeGreaterThanOrEqual(40);
});
