/** The public face: `window.waypost`, its life from stub to bfcache, and who is in front of the page. */
import { part } from "./deeds";
import { doc, guard, key, later, listen, now, options, uuid, warn, win } from "./env";
import {
  clear,
  endAll,
  held,
  leased,
  offers,
  openChannel,
  readyIn,
  reasons,
  receive,
  standing,
  start,
  tick,
} from "./guide";
import { here, onVisibility, pageView, startedAt, turn, typed, watchRoute } from "./page";
import { finish, items, persist, push } from "./queue";
import { allow, load, save } from "./storage";
import type { Identity, Props } from "./types";
import { afresh, beacon, link, listened, openWire, wake } from "./wire";

type Call = [name: string, args: ArrayLike<unknown>, at?: number];
let me: Identity = { a: "" };
let locale = options.lang || navigator.language;
let consent = options.consent || "granted";
let seq = 0;
let path = "";
let byHand = false;
let at: number | undefined;
let waiting: Call[] | undefined = [];
/** What happened lately, for the debug panel. */
const log: [number, string][] = [];

const copy = (value: unknown): Props => JSON.parse(JSON.stringify(value ?? {}));
const text = (value: unknown): string => (value == null ? "" : String(value));

const named = (value: unknown): string => {
  if (!text(value)) throw "a name or an id is missing";
  return text(value);
};

const record = (type: string, name: string, fields: Props, ms: number): void => {
  if (consent === "denied") return;
  const context = me.g ? { groupId: me.g } : undefined;
  const ids = { anonymousId: me.a, userId: me.u, pageViewId: pageView, seq: ++seq, context };
  push(0, { ...ids, ...fields, type }, me, at);
  log.push([now(), name]);
  if (log.length > 50) log.shift();
  wake(listened.has(name) || items.length >= 20 ? 0 : ms);
};

const know = (next: Identity): void => {
  const other = next.a !== me.a || next.u !== me.u;
  me = next;
  save("i", me);
  if (!other) return;
  clear(true);
  wake(0);
};

const newPage = (route: string, name: string, props: Props): void => {
  turn(route);
  clear();
  afresh();
  // A moment for the host to render, so that the server hears of the places that are there.
  record("page", "page_viewed", { name: name || undefined, properties: { ...props, route } }, 60);
};

const autoPage = (): void => {
  const { pathname, hash } = win.location;
  if (byHand || pathname + hash === path) return;
  path = pathname + hash;
  newPage(here(), "", {});
};

const api = {
  identify(id: unknown, traits?: unknown): void {
    const u = named(id);
    know(me.u && u !== me.u ? { a: uuid(), u } : { ...me, u });
    record("identify", "$identify", { traits: copy(traits) }, 0);
  },
  group(id: unknown, traits?: unknown): void {
    know({ ...me, g: text(id) || undefined });
    if (me.g) record("group", "$group", { groupId: me.g, traits: copy(traits) }, 0);
  },
  alias(to: unknown, from?: unknown): void {
    record("alias", "$link", { userId: text(to), previousId: text(from) || me.a }, 0);
  },
  track(name: unknown, props?: unknown): void {
    const event = named(name);
    record("track", event, { event, properties: copy(props) }, 5_000);
  },
  page(name?: unknown, props?: unknown): void {
    const more = copy(props);
    byHand = true;
    newPage(text(more.route) || here(), text(name), more);
  },
  reset(): void {
    know({ a: uuid() });
  },
  ready(job: () => void): void {
    job();
  },
  start,
  endAll,
  isStarted: (tip?: string): boolean => (tip ? standing.has(tip) : standing.size > 0),
  on: (name: string, job: EventListener): void => doc.addEventListener(`waypost:${name}`, job),
  off: (name: string, job: EventListener): void => doc.removeEventListener(`waypost:${name}`, job),
  setLocale(to: string): void {
    locale = to;
    wake(0);
  },
  consent(state: string): void {
    consent = state;
    link.ready = state === "granted";
    allow(link.ready);
    if (state === "denied") {
      finish(items);
      clear(true);
    }
    save("i", me);
    persist();
    wake(0);
  },
  debug(): void {
    link.debug = true;
    const look = () => ({ offers, reasons, standing, readyIn, leased: leased(), log, items, me });
    part("debug").then((it) => it.default(look), warn);
    wake(0);
  },
};

const call = guard((name: string, args: ArrayLike<unknown>, when: number): unknown => {
  if (waiting) return void waiting.push([name, args, when]);
  at = when;
  const result = (api as unknown as Record<string, (...all: unknown[]) => unknown>)[name]?.(
    ...Array.from(args),
  );
  at = undefined;
  return result;
});

const boot = guard((): void => {
  const search = new URLSearchParams(win.location.search);
  const ready = consent === "granted";
  allow(ready);
  me = { a: uuid(), ...load<Identity>("i") };
  save("i", me);
  Object.assign(link, {
    me: () => me,
    locale: () => locale,
    track: api.track,
    reply: receive,
    held: held,
    off: search.get("waypost") === "off" || "__WAYPOST_DISABLED__" in win,
    preview: search.get("waypost_preview"),
    ready,
  });
  openWire();
  openChannel();
  listen(win, "input", typed, { capture: true, passive: true });
  listen(doc, "visibilitychange", () => {
    onVisibility();
    if (doc.hidden) return beacon();
    wake(0);
    tick();
  });
  listen(win, "pagehide", beacon);
  listen(win, "pageshow", (event) => {
    if ((event as PageTransitionEvent).persisted) newPage(here(), "", {});
  });
  listen(win, "online", () => {
    afresh();
    wake(Math.random() * 2_000);
  });
  const calls = waiting || [];
  waiting = undefined;
  if (options.pages === "manual" || calls.some(([name]) => name === "page")) byHand = true;
  watchRoute(() => later(autoPage, 0));
  autoPage();
  if (!startedAt) turn(here());
  for (const [name, args, when] of calls) call(name, args, when ?? now());
  wake(60);
});

const face = (win as unknown as { waypost?: Props & { q?: Call[] } }).waypost || {};
if (!face.version) {
  waiting?.push(...(face.q || []));
  const methods: Props = { version: "0.1.0" };
  for (const name in api) methods[name] = (...args: unknown[]) => call(name, args, now());
  Object.assign(face, methods, { q: undefined });
  (win as unknown as Props).waypost = face;
  const begin = (): void => {
    later(boot, 0);
  };
  if (!key) {
    warn("no data-key");
    consent = "denied";
  }
  if ((doc as unknown as Props).prerendering) listen(doc, "prerenderingchange", begin, { once: true });
  else begin();
}
