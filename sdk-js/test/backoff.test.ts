import { expect, test } from "vitest";
import { backoff, retryAfter } from "../src/backoff";

test("waits double, with a quarter of jitter either way, up to five minutes", () => {
  for (let tries = 1; tries <= 10; tries++) {
    const middle = Math.min(300_000, 1_000 * 2 ** (tries - 1));
    expect(backoff(tries, 0)).toBe(middle * 0.75);
    expect(backoff(tries, 1)).toBe(middle * 1.25);
  }
});

test("Retry-After is read as seconds or as a date, and believed for an hour at most", () => {
  const wall = Date.parse("2026-11-23T10:00:00Z");
  expect(retryAfter("30", wall)).toBe(30_000);
  expect(retryAfter("Mon, 23 Nov 2026 10:02:00 GMT", wall)).toBe(120_000);
  expect(retryAfter("999999", wall)).toBe(3_600_000);
  for (const nothing of [null, "", "soon", "0", "-5"]) expect(retryAfter(nothing, wall)).toBe(0);
});
