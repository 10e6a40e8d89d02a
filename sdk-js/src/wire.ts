/** The one road to the server: one request in flight, one timer, polite retries, beacons at the end. */
import { backoff, MOST_TRIES, retryAfter } from "./backoff";
import { doc, key, later, loadId, now, server } from "./env";
import { placements } from "./find";
import { before, pageView, route } from "./page";
import { adopt, dropped, finish, items, persist } from "./queue";
import { load, save } from "./storage";
import type { Identity, Item, Props, Reply } from "./types";

const REQUEST_MS = 10_000;
const RENEW_MS = 25_000;
const BATCH_MS = 5_000;

/** What the other parts tell this one; filled at the start, before the first request. */
export const link = {} as {
  me: () => Identity;
  locale: () => string;
  track: (event: string) => void;
  reply: (reply: Reply) => void;
  /** An intrusive tip waits or stands: the lease must live on. */
  held: () => boolean;
  off: boolean;
  debug: boolean;
  preview: string | null;
  ready: boolean;
};

export let listened = new Set<string>();
export let told: string[] = [];

let busy = false;
let again = false;
let stopped = false;
let due = Infinity;
let timer = 0;
let tries = 0;
let notBefore = 0;
const beaconed = new Set<string>();

export const openWire = (): void => {
  adopt();
  notBefore = Math.min(load<number>("r") || 0, Date.now() + 3_600_000);
};

/** Sync in `ms` milliseconds, or earlier if that was already wanted. */
export const wake = (ms: number): void => {
  if (now() + ms >= due) return;
  due = now() + ms;
  clearTimeout(timer);
  timer = later(run, ms);
};

/** The network came back, or the person moved on: failures of before no longer count. */
export const afresh = (): void => {
  tries = 0;
};

const iso = (wall = Date.now()): string => new Date(wall).toISOString();

/** Milliseconds since then, by a clock that nobody can set; known inside one page load only. */
const age = ({ l, t }: Item): number | undefined => (l === loadId ? Math.round(now() - t) : undefined);

const wire = (item: Item): Props => ({
  ...item.e,
  messageId: item.id,
  timestamp: iso(item.w),
  loadId: item.l,
  ageMs: age(item),
});

const batch = (list: Item[]): string =>
  JSON.stringify({ writeKey: key, sentAt: iso(), batch: list.map(wire) });

const question = (list: Item[], { a, u }: Identity): string => {
  told = placements();
  return JSON.stringify({
    write_key: key,
    user_id: u,
    anon_id: a,
    load_id: loadId,
    page_view_id: pageView,
    previous_page_view_ids: before,
    sent_at: iso(),
    context: {
      path: route,
      locale: link.locale(),
      tz: Intl.DateTimeFormat().resolvedOptions().timeZone,
      placements: told,
      dropped,
    },
    events: list.filter((item) => !item.k).map(wire),
    feedback: list
      .filter((item) => item.k)
      .map((item) => ({ ...item.e, at: age(item) ?? Math.max(0, Date.now() - item.w) })),
    preview: link.preview,
    debug: link.debug,
  });
};

/** False: never send this again. Throws when it is worth another try. */
const ask = async (body: string, hurry: boolean): Promise<Reply | false> => {
  const stop = new AbortController();
  const limit = later(() => stop.abort(), REQUEST_MS);
  try {
    const keepalive = hurry && body.length < 6e4;
    const answer = await fetch(`${server}/v1/sync`, {
      method: "POST",
      body,
      credentials: "omit",
      keepalive,
      signal: stop.signal,
    });
    const { status } = answer;
    if (status >= 400 && status < 500 && status !== 429) {
      stopped = status < 404 && status > 400;
      return false;
    }
    if (!answer.ok) throw retryAfter(answer.headers.get("retry-after"), Date.now());
    const reply = await answer.json();
    if (typeof reply.accepted !== "number") throw 0;
    return reply;
  } finally {
    clearTimeout(limit);
  }
};

const failed = (wait: unknown): void => {
  const asked = typeof wait === "number" ? wait : 0;
  const pause = Math.max(asked, backoff(++tries, Math.random()));
  notBefore = Date.now() + pause;
  if (asked) save("r", notBefore);
  if (tries < MOST_TRIES) wake(pause);
};

const run = async (): Promise<void> => {
  due = Infinity;
  again ||= busy;
  if (busy || stopped || !link.ready || tries >= MOST_TRIES) return;
  const wait = notBefore - Date.now();
  if (wait > 0) return wake(wait);
  if (doc.hidden) return beacon();
  // Feedback belongs to the identity that got the offer: another one's goes first and by itself.
  const who = items.filter((item) => item.a !== link.me().a).pop() || link.me();
  const sent = items.filter((item) => item.a === who.a);
  const view = pageView;
  busy = true;
  again = false;
  try {
    const reply = await ask(
      question(sent, who),
      sent.some((item) => item.k),
    );
    tries = 0;
    finish(sent);
    if (reply) {
      listened = new Set(reply.listen);
      if (view === pageView && who === link.me()) {
        link.reply(reply);
        if (reply.next_in_ms) wake(reply.next_in_ms);
      } else again = true;
    }
    if (items.length) wake(BATCH_MS);
    if (link.held()) wake(RENEW_MS);
    if (again) wake(0);
  } catch (error) {
    failed(error);
  }
  busy = false;
};

/** The page may be gone in a moment: keep everything, then hand over what fits. The server knows doubles by their id. */
export const beacon = (): void => {
  persist();
  if (stopped || !link.ready || notBefore > Date.now()) return;
  hand(items.filter((item) => !item.k && !beaconed.has(item.id)));
};

const hand = (list: Item[]): void => {
  if (!list.length || !navigator.sendBeacon) return;
  if (navigator.sendBeacon(`${server}/v1/b?writeKey=${encodeURIComponent(key)}`, batch(list))) {
    for (const item of list) beaconed.add(item.id);
  } else if (list.length > 1) {
    hand(list.slice(0, list.length >> 1));
    hand(list.slice(list.length >> 1));
  }
};
