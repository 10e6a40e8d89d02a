/** The public face: `window.waypost`, its life from stub to bfcache, and who is in front of the page. */
import { doc, guard, key, later, listen, now, options, uuid, warn, win } from "./env";
import {
  clear,
  endAll,
  held,
  leased,
  offers,
  openChannel,
  part,
  readyIn,
  reasons,
  receive,
  standing,
  start,
  tick,
} from "./guide";
import { here, onVisibility, pageView, startedAt, turn, typed, watchRoute } from "./page";
import { forget, items, persist, push } from "./queue";
import { allow, load, save } from "./storage";
import type { Props } from "./types";
import { afresh, beacon, link, listened, openWire, wake } from "./wire";

type Call = [name: string, args: ArrayLike<unknown>, at?: number];
interface Identity {
  a: string;
  u?: string;
  g?: string;
}

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
    const named = typeof id !== "object";
    const user = named ? text(id) : me.u;
    if (named && !user) return warn("identify needs a user id");
    if (me.u && user !== me.u) know({ a: uuid(), u: user });
    else know({ ...me, u: user });
    record("identify", "$identify", { traits: copy(named ? traits : id) }, 0);
  },
  group(id: unknown, traits?: unknown): void {
    know({ ...me, g: text(id) || undefined });
    if (me.g) record("group", "$group", { groupId: me.g, traits: copy(traits) }, 0);
  },
  alias(to: unknown, from?: unknown): void {
    record("alias", "$link", { userId: text(to), previousId: text(from) || me.a }, 0);
  },
  track(event: unknown, props?: unknown): void {
    if (!text(event)) return warn("track needs an event name");
    record("track", text(event), { event: text(event), properties: copy(props) }, 5_000);
  },
  page(name?: unknown, props?: unknown): void {
    const more = copy(typeof name === "object" ? name : props);
    byHand = true;
    newPage(text(more.route) || here(), typeof name === "object" ? "" : text(name), more);
  },
  reset(): void {
    know({ a: uuid() });
  },
  ready(job: () => void): void {
    job();
  },
  start,
  endAll,
  setLocale(to: string): void {
    locale = to;
    wake(0);
  },
  consent(state: string): void {
    if (state === "denied") {
      forget();
      clear(true);
    }
    consent = state;
    allow(state === "granted");
    link.ready = state === "granted";
    if (!link.ready) return void save("i", undefined);
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

const listeners = new Map<unknown, () => void>();
/** These answer at once, whether we have started or not. */
const direct = {
  on(name: string, job: (event: Event) => void): void {
    listeners.set(job, listen(doc, `waypost:${name}`, job, {}));
  },
  off(_name: string, job: unknown): void {
    listeners.get(job)?.();
  },
  isStarted: (tip?: string): boolean => (tip ? standing.has(tip) : standing.size > 0),
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
  allow(consent === "granted");
  me = { a: uuid(), ...load<Identity>("i") };
  save("i", me);
  Object.assign(link, {
    me: () => me,
    locale: () => locale,
    track: api.track,
    reply: receive,
    held: held,
    off: search.get("waypost") === "off" || "__WAYPOST_DISABLED__" in win,
    preview: search.get("waypost_preview") || undefined,
    ready: consent === "granted",
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
  for (const name of ["on", "off", "isStarted"] as const)
    methods[name] = guard(direct[name] as () => unknown);
  Object.assign(face, methods, { q: undefined });
  (win as unknown as Props).waypost = face;
  const begin = (): void => {
    later(boot, 0);
  };
  if (!key) warn("no data-key on the script tag");
  else if ((doc as unknown as Props).prerendering) listen(doc, "prerenderingchange", begin, { once: true });
  else begin();
}
