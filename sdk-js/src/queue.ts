/** What waits for the server: bounded by count and bytes, kept over page loads, merged over tabs. */
import { later, loadId, now, uuid } from "./env";
import { load, save } from "./storage";
import type { Item, Props } from "./types";

export const MOST = 100;
export const MOST_BYTES = 65_536;

export let items: Item[] = [];
export let dropped = 0;
const done = new Set<string>();
let saving = 0;
/** Wall time of the newest event: never goes back, so that the order of one page load is the true one. */
let wall = 0;

/** Union by id in order of age, without what is done, the newest that fit. */
export const merge = (disk: Item[], mine: Item[], gone: Set<string>): Item[] => {
  const byId = new Map<string, Item>();
  for (const item of [...disk, ...mine]) if (item?.id && !gone.has(item.id)) byId.set(item.id, item);
  const all = [...byId.values()].sort((a, b) => a.w - b.w);
  let bytes = 0;
  let from = all.length;
  while (from && all.length - from < MOST) {
    bytes += JSON.stringify(all[from - 1]).length;
    if (bytes > MOST_BYTES) break;
    from--;
  }
  return all.slice(from);
};

const kept = (): Item[] => {
  const disk = load<Item[]>("q");
  return Array.isArray(disk) ? disk : [];
};

/** Bring memory and disk together, at once. */
export const persist = (): void => {
  saving = 0;
  save("q", merge(kept(), items, done));
};

/** The same, lazily and under the lock that all tabs share. */
export const persistSoon = (): void => {
  if (saving) return;
  saving = later(() => {
    const locks = navigator.locks;
    if (locks) locks.request("waypost", persist).catch(() => {});
    else persist();
  }, 200);
};

/** What other page loads left behind is ours to send, too. */
export const adopt = (): void => {
  items = merge(kept(), items, done);
};

export const push = (k: number, e: Props, who: { a: string; u?: string }, at = now()): Item => {
  wall = Math.max(wall, Date.now() - Math.round(now() - at));
  const item = { k, e, t: at, w: wall, l: loadId, a: who.a, u: who.u, id: uuid() };
  const before = items.length + 1;
  items = merge(items, [item], done);
  dropped += before - items.length;
  persistSoon();
  return item;
};

/** The server has these, or will never take them. */
export const finish = (sent: Item[]): void => {
  for (const item of sent) done.add(item.id);
  items = items.filter((item) => !done.has(item.id));
  persistSoon();
};
