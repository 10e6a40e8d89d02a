/** Which of the offered tips stands when: the first whose context holds, one intrusive a page view, under a live lease. */
import { holdsIn, notTyping } from "./at";
import { base, doc, emit, guard, later, listen, now, warn, win } from "./env";
import { dialogOpen, find, inView, placements, visible } from "./find";
import { isLocal } from "./nodes";
import { onRoute, pageView, startedAt, watchInput } from "./page";
import { persist, push } from "./queue";
import { type Deeds, GONE, stand } from "./surface";
import { follow } from "./tooltip";
import type { Make, Offer, Props, Reply, Standing } from "./types";
import { safeUrl } from "./urls";
import { link, told, wake } from "./wire";

declare const __CHUNKS__: Record<string, string>;
const ANCHOR_MS = 10_000;
const NEW_PLACES_MS = 10_000;
const DEBOUNCE_MS = 150;

export let offers: Offer[] = [];
export let reasons: Reply["reasons"];
export const standing = new Map<string, Standing>();

let leaseUntil = 0;
let spent = false;
let timer = 0;
let mutated = 0;
let watches: (() => void)[] = [];
let channel: BroadcastChannel | undefined;

/** Of this page view, by tip: since when its context holds, since when its anchor is looked for, what was missed or shown. */
const holds = new Map<string, number>();
const sought = new Map<string, number>();
const missed = new Set<string>();
const shown = new Set<string>();
const places = new Set<string>();

/** Parts that few pages need. */
export const part = async (name: string): Promise<{ default: (...args: unknown[]) => void }> =>
  import(/* @vite-ignore */ base + __CHUNKS__[name]);

const report = (offer: Offer, what: string, extra?: Props): void => {
  push(1, { offer_id: offer.offer_id, what, ...extra }, link.me());
  wake(0);
  emit("tip", { tip: offer.tip, what });
  if (/^(di|sn|mu|cl)/.test(what)) channel?.postMessage([offer.tip, link.me()]);
};

/** The primary action. A route of the host is its own to open; else we go there. */
const act = (tip: Standing): void => {
  const { track, open, snooze, dismiss } = tip.offer.content.action || {};
  const url = safeUrl(open);
  tip.end(snooze ? "snoozed" : dismiss ? "dismissed" : "clicked", snooze ? { until_ms: snooze } : {});
  if (track) link.track(track);
  if (!url || !emit("open", { url, tip: tip.offer.tip })) return;
  persist();
  if (isLocal(url)) win.location.assign(url);
  else win.open(url, "_blank", "noopener");
};

const deeds: Deeds = {
  report,
  act,
  menu: (tip) => {
    part("menu").then((it) => it.default(tip), warn);
  },
  gone: ({ offer }) => {
    standing.delete(offer.tip);
    tick();
  },
};

const intrusive = (): boolean => [...standing.values()].some((tip) => tip.offer.intrusive);
export const leased = (): boolean => leaseUntil > now();

/** Zero while its target can be seen, Infinity for another try on the next change; it is missed once, after a while. */
const anchorIn = (offer: Offer, target: Element | null): number => {
  const { tip } = offer;
  if (visible(target)) return inView(target as Element) ? 0 : Infinity;
  const since = sought.get(tip) ?? now();
  sought.set(tip, since);
  const patience = since + ANCHOR_MS - now();
  if (patience > 0) return patience;
  if (!missed.has(tip)) report(offer, GONE);
  missed.add(tip);
  return Infinity;
};

/** In how many milliseconds it is worth looking at this one again. 0: it may stand now. */
export const readyIn = (offer: Offer): number => {
  const { tip, preview } = offer;
  const target = offer.anchor ? find(offer.anchor) : null;
  if (doc.hidden || (offer.intrusive && !preview && (spent || !leased() || intrusive()))) return Infinity;
  let left = preview ? 0 : holdsIn(offer.at || {}, target);
  if (offer.intrusive && !preview) left = Math.max(left, notTyping(), dialogOpen(target) ? Infinity : 0);
  if (left <= 0 && offer.surface === "tooltip" && !offer.ghost) left = anchorIn(offer, target);
  if (left > 0) {
    holds.delete(tip);
    return left;
  }
  const since = holds.get(tip) ?? now();
  holds.set(tip, since);
  return preview ? 0 : Math.max(0, since + (offer.settle || 0) - now());
};

/** Look at all offers once; stand the first that may. */
export const tick = guard((): void => {
  clearTimeout(timer);
  const fresh = startedAt + NEW_PLACES_MS - now();
  let soon = fresh > 0 ? fresh : Infinity;
  for (const offer of offers) {
    const left = readyIn(offer);
    if (left <= 0) {
      take(offer);
      tick();
      return;
    }
    soon = Math.min(soon, Math.max(left, 1));
  }
  if (soon < Infinity) timer = later(tick, soon);
  watch(offers.length + standing.size > 0 || fresh > 0);
});

const put = (offer: Offer, build: (make: Make) => void): void => {
  try {
    build((css, tag) => {
      const tip = stand(offer, deeds, css, tag);
      standing.set(offer.tip, tip);
      return tip;
    });
  } catch (error) {
    failed(offer, error);
  }
};

/** What could not be rendered takes nobody's turn. */
const failed = (offer: Offer, error: unknown): void => {
  warn(error);
  standing.get(offer.tip)?.end();
  spent = false;
  report(offer, "render_failed");
};

export const take = (offer: Offer): void => {
  const view = pageView;
  offers = offers.filter((other) => other !== offer);
  shown.add(offer.tip);
  spent ||= offer.intrusive;
  if (offer.ghost) report(offer, "ghost");
  else if (offer.surface === "tooltip") {
    put(offer, (make) => {
      const tip = make();
      follow(tip, () => tip.end(GONE));
    });
  } else {
    part(offer.surface).then(
      (it) => view === pageView && put(offer, it.default),
      (error) => failed(offer, error),
    );
  }
};

export const receive = (reply: Reply): void => {
  leaseUntil = reply.lease ? now() + reply.lease.expires_in_ms : 0;
  offers = (Array.isArray(reply.offers) ? reply.offers : []).filter(
    (offer) => !link.off && !shown.has(offer.tip),
  );
  reasons = reply.reasons;
  tick();
  emit("sync");
};

/** Something intrusive stands, or waits for more than an anchor that is not there. */
export const held = (): boolean =>
  intrusive() || (!spent && offers.some((offer) => offer.intrusive && !missed.has(offer.tip)));

/** Another page view, or another person, begins. */
export const clear = (all?: boolean): void => {
  offers = [];
  leaseUntil = 0;
  for (const memory of [holds, sought, missed, shown, places]) memory.clear();
  for (const tip of [...standing.values()]) {
    const { at } = tip.offer;
    if (all || (at?.route && !onRoute(at.route))) tip.end();
    else {
      shown.add(tip.offer.tip);
      tip.look();
    }
  }
  spent = intrusive();
  tick();
};

export const endAll = (): void => {
  for (const tip of [...standing.values()]) tip.end();
};

/** Stand a tip that was offered, without waiting for its context. */
export const start = (id: string): boolean => {
  const offer = offers.find((one) => one.tip === id);
  if (offer && !intrusive()) take(offer);
  return !!offer;
};

const changed = (): void => {
  if (mutated) return;
  mutated = later(() => {
    mutated = 0;
    for (const tip of standing.values()) tip.look();
    for (const place of placements()) {
      if (!told.includes(place) && !places.has(place)) wake(0);
      places.add(place);
    }
    tick();
  }, DEBOUNCE_MS);
};

/** Observers and input listeners live only while something waits. */
const watch = (on: boolean): void => {
  if (on === watches.length > 0) return;
  for (const end of watches) end();
  watches = [];
  if (!on) return;
  const observer = new MutationObserver(guard(changed));
  observer.observe(doc.documentElement, {
    subtree: true,
    childList: true,
    attributeFilter: ["class", "style", "hidden", "open", "aria-hidden", "data-waypost"],
  });
  watches = [
    () => observer.disconnect(),
    ...watchInput(tick),
    listen(win, "scroll resize", changed, { capture: true, passive: true }),
  ];
};

/** A tip that was closed in one tab closes in the others. */
export const openChannel = (): void => {
  if (!win.BroadcastChannel) return;
  channel = new BroadcastChannel("waypost");
  listen(channel, "message", (event) => {
    const [tip, who] = (event as MessageEvent).data;
    const me = link.me();
    if (who.a !== me.a && (!me.u || who.u !== me.u)) return;
    standing.get(tip)?.end();
    offers = offers.filter((offer) => offer.tip !== tip);
    shown.add(tip);
  });
};
