/** The one road to the server: one request in flight, one timer, polite retries, beacons at the end. */
import { backoff, MOST_TRIES, retryAfter } from "./backoff";
import { doc, key, later, loadId, now, server } from "./env";
import { placements } from "./find";
import { pageView, previous, route } from "./page";
import { adopt, dropped, finish, items, persist } from "./queue";
import { load, save } from "./storage";
import type { Item, Props, Reply } from "./types";

const REQUEST_MS = 10_000;
const RENEW_MS = 25_000;
const BATCH_MS = 5_000;

/** What the other parts tell this one; set once at the start. */
export const link = {
  me: (): { a: string; u?: string } => ({ a: "" }),
  locale: (): string => "en",
  reply: (_reply: Reply): void => {},
  /** An intrusive tip waits or stands: the lease must live on. */
  held: (): boolean => false,
  track: (_event: string): void => {},
  off: false,
  debug: false,
  preview: undefined as string | undefined,
  ready: false,
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

const wire = (item: Item): Props => ({
  ...item.e,
  messageId: item.id,
  timestamp: new Date(item.w).toISOString(),
  loadId: item.l,
  ageMs: item.l === loadId ? Math.round(now() - item.t) : undefined,
});

const feedback = (item: Item): Props => ({
  ...item.e,
  at: Math.max(0, Math.round(item.l === loadId ? now() - item.t : Date.now() - item.w)),
});

const sentAt = (): string => new Date().toISOString();

const batch = (list: Item[]): string =>
  JSON.stringify({ writeKey: key, sentAt: sentAt(), batch: list.map(wire) });

const question = (list: Item[], who: { a: string; u?: string }): string => {
  told = placements();
  return JSON.stringify({
    write_key: key,
    user_id: who.u,
    anon_id: who.a,
    load_id: loadId,
    page_view_id: pageView,
    previous_page_view_id: previous || undefined,
    sent_at: sentAt(),
    context: {
      path: route,
      locale: link.locale(),
      tz: Intl.DateTimeFormat().resolvedOptions().timeZone,
      placements: told,
      dropped: dropped || undefined,
    },
    events: list.filter((item) => !item.k).map(wire),
    feedback: list.filter((item) => item.k).map(feedback),
    preview: link.preview,
    debug: link.debug || undefined,
  });
};

/** False: never send this again. Throws when it is worth another try. */
const ask = async (path: string, body: string, hurry: boolean): Promise<Reply | false> => {
  const stop = new AbortController();
  const limit = later(() => stop.abort(), REQUEST_MS);
  try {
    const keepalive = hurry && body.length < 6e4;
    const answer = await fetch(server + path, {
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
  const me = link.me();
  // Feedback belongs to the identity that got the offer: another one's goes first and by itself.
  const who = items.find((item) => item.a !== me.a) || me;
  const sent = items.filter((item) => item.a === who.a);
  const user = who === me ? me.u : sent[sent.length - 1].u;
  const view = pageView;
  busy = true;
  again = false;
  try {
    const body = link.off ? batch(sent.filter((item) => !item.k)) : question(sent, { a: who.a, u: user });
    const reply = await ask(
      link.off ? "/v1/b" : "/v1/sync",
      body,
      sent.some((item) => item.k),
    );
    tries = 0;
    finish(sent);
    if (reply && !link.off) {
      listened = new Set(reply.listen);
      if (view === pageView && who.a === link.me().a && user === link.me().u) {
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
