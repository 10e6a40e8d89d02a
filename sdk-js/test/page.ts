/** The little of a page that the modules under test touch. */
import { vi } from "vitest";

export const kept = new Map<string, string>();

const storage = {
  getItem: (name: string) => kept.get(name) ?? null,
  setItem: (name: string, value: string) => void kept.set(name, value),
  removeItem: (name: string) => void kept.delete(name),
};

vi.stubGlobal("window", globalThis);
vi.stubGlobal("document", { currentScript: null, hidden: false });
vi.stubGlobal("navigator", {});
vi.stubGlobal("localStorage", storage);
vi.stubGlobal("sessionStorage", storage);

/** Numbers in [0, 1) that are the same in every run. */
export const dice = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
};
