import { beforeEach, expect, test, vi } from "vitest";
import { loadId, uuid } from "../src/env";
import * as queue from "../src/queue";
import type { Item } from "../src/types";
import { dice, kept } from "./page";

const DISK = "waypost::q";
const disk = (): Item[] => JSON.parse(kept.get(DISK) ?? "[]");
const item = (n: number, size = 0): Item => ({
  k: 0,
  e: { type: "track", event: "x".repeat(size) },
  t: n,
  w: n,
  l: "other-load",
  a: "anon",
  id: `id-${String(n).padStart(5, "0")}`,
});

vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });

beforeEach(() => {
  queue.finish(queue.items);
  vi.runAllTimers();
  kept.clear();
});

test("keeps the newest hundred and counts what it drops", () => {
  const before = queue.dropped;
  for (let n = 0; n < 130; n++) queue.push(0, { n }, { a: "anon" });
  expect(queue.items.map((one) => one.e.n)).toEqual(Array.from({ length: 100 }, (_, i) => i + 30));
  expect(queue.dropped - before).toBe(30);
});

test("keeps no more than 64 KB", () => {
  const all = Array.from({ length: 40 }, (_, n) => item(n, 4_000));
  const left = queue.merge([], all, new Set());
  expect(JSON.stringify(left).length).toBeLessThanOrEqual(queue.MOST_BYTES + left.length + 1);
  expect(left[left.length - 1]).toEqual(all[39]);
  expect(left.length).toBeGreaterThan(10);
});

test("writes lazily, once for many events", () => {
  queue.push(0, { event: "a" }, { a: "anon" });
  queue.push(0, { event: "b" }, { a: "anon" });
  expect(disk()).toEqual([]);
  vi.runAllTimers();
  expect(disk().map((one) => one.e.event)).toEqual(["a", "b"]);
});

test("tabs merge on disk and neither loses what the other wrote", () => {
  kept.set(DISK, JSON.stringify([item(1), item(2)]));
  queue.push(0, { event: "mine" }, { a: "anon" });
  queue.persist();
  expect(disk().map((one) => one.id.slice(0, 8))).toContain("id-00001");
  expect(disk()).toHaveLength(3);
});

test("what the server took leaves memory and disk, also when another tab writes it again", () => {
  const mine = queue.push(0, { event: "mine" }, { a: "anon" });
  queue.persist();
  queue.finish([mine]);
  kept.set(DISK, JSON.stringify([mine, item(9)]));
  queue.persist();
  expect(disk().map((one) => one.id)).toEqual(["id-00009"]);
});

test("adopts what another page load left behind, and survives rubbish on disk", () => {
  kept.set(DISK, JSON.stringify([item(3)]));
  queue.adopt();
  expect(queue.items.map((one) => one.id)).toEqual(["id-00003"]);
  queue.finish(queue.items);
  for (const rubbish of ["{", "7", '{"a":1}', "[null,3]", '"text"']) {
    kept.set(DISK, rubbish);
    queue.adopt();
    expect(queue.items).toEqual([]);
  }
});

test("an event remembers its load, its clock and who did it", () => {
  const made = queue.push(0, { event: "a" }, { a: "anon", u: "ivan" }, 5);
  expect(made).toMatchObject({ l: loadId, t: 5, a: "anon", u: "ivan" });
});

test("merging is the same in any order and drops doubles", () => {
  const random = dice(7);
  for (let round = 0; round < 200; round++) {
    const all = Array.from({ length: 30 }, (_, n) => item(n));
    const some = () => all.filter(() => random() < 0.6).sort(() => random() - 0.5);
    const [a, b] = [some(), some()];
    const once = queue.merge(a, b, new Set());
    expect(queue.merge(b, [...a, ...a], new Set())).toEqual(once);
    expect(new Set(once.map((one) => one.id)).size).toBe(once.length);
  }
});

test("identifiers are version 7, differ, and sort by time", () => {
  const clock = vi.spyOn(Date, "now");
  const made = Array.from({ length: 500 }, (_, i) => {
    clock.mockReturnValue(1_790_000_000_000 + i);
    return uuid();
  });
  clock.mockRestore();
  for (const one of made) expect(one).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-8[\da-f]{3}-[\da-f]{12}$/);
  expect([...made].sort()).toEqual(made);
  expect(new Set(made).size).toBe(500);
});
