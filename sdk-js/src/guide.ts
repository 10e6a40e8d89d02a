/** Which of the offered tips stands when: the first whose context holds, one intrusive a page view, under a live lease. */
import { holdsIn, notTyping } from "./at";
import { channel, GONE, part, report } from "./deeds";
import { doc, guard, later, listen, now, warn, win } from "./env";
import { dialogOpen, find, inView, placements, visible } from "./find";
import { onRoute, pageView, startedAt, watchInput } from "./page";
import { stand } from "./surface";
import { follow } from "./tooltip";
import type { Make, Offer, Reply, Standing } from "./types";
import { link, told, wake } from "./wire";

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

/**
 * Memory of this page view, when it was first so: "h" + tip its context holds, "a" + tip its anchor is looked for,
 * "m" + tip its anchor was missed, "s" + tip (or what it was opened by) it was shown, "p" + name this place was told to the server.
 */
let since: Record<string, number> = {};

const crowded = (): boolean => [...standing.values()].some((tip) => tip.offer.intrusive);
export const leased = (): boolean => leaseUntil > now();

/** Zero while its target can be seen, Infinity for another try on the next change; it is missed once, after a while. */
const anchorIn = (offer: Offer, target: Element | null): number => {
  const { tip } = offer;
  if (visible(target)) return inView(target as Element) ? 0 : Infinity;
  since[`a${tip}`] ||= now();
  const patience = since[`a${tip}`] + ANCHOR_MS - now();
  if (patience > 0) return patience;
  if (!since[`m${tip}`]) report(offer, GONE);
  since[`m${tip}`] = 1;
  return Infinity;
};

/** In how many milliseconds it is worth looking at this one again. 0: it may stand now. */
export const readyIn = (offer: Offer): number => {
  const { tip, preview, intrusive, anchor, surface, at, settle } = offer;
  const target = anchor ? find(anchor) : null;
  const loud = intrusive && !preview;
  if (doc.hidden || (loud && (spent || !leased() || crowded()))) return Infinity;
  let left = preview ? 0 : holdsIn(at || {}, target, tick);
  if (loud) left = Math.max(left, notTyping(), dialogOpen(target) ? Infinity : 0);
  if (left <= 0 && surface === "tooltip" && !offer.ghost) left = anchorIn(offer, target);
  if (left > 0) {
    since[`h${tip}`] = 0;
    return left;
  }
  since[`h${tip}`] ||= now();
  return preview ? 0 : since[`h${tip}`] + (settle || 0) - now();
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
  const { tip } = offer;
  try {
    build((css, tag) => {
      const made = stand(offer, css, tag);
      standing.set(tip, made);
      made.ends.push(() => {
        standing.delete(tip);
        later(tick, 0);
      });
      return made;
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
  since[`s${offer.key || offer.tip}`] = 1;
  spent ||= offer.intrusive;
  if (offer.ghost) report(offer, "ghost");
  else if (offer.surface === "tooltip") put(offer, (make) => follow(make()));
  else {
    part(offer.surface).then(
      (it) => view === pageView && put(offer, it.default),
      (error) => failed(offer, error),
    );
  }
};

export const receive = (reply: Reply): void => {
  leaseUntil = reply.lease ? now() + reply.lease.expires_in_ms : 0;
  offers = (reply.offers || []).filter(
    (offer) => !link.off && !since[`s${offer.key || offer.tip}`] && !standing.has(offer.tip),
  );
  reasons = reply.reasons;
  tick();
};

/** Something intrusive stands, or waits for more than an anchor that is not there. */
export const held = (): boolean =>
  crowded() || (!spent && offers.some((offer) => offer.intrusive && !since[`m${offer.tip}`]));

/** Another page view, or another person, begins. */
export const clear = (all?: boolean): void => {
  offers = [];
  leaseUntil = 0;
  since = {};
  for (const tip of standing.values()) {
    const { at } = tip.offer;
    if (all || (at?.route && !onRoute(at.route))) tip.end();
    else {
      since[`s${tip.offer.tip}`] = 1;
      tip.look();
    }
  }
  spent = crowded();
  tick();
};

export const endAll = (): void => {
  for (const tip of standing.values()) tip.end();
};

/** Stand a tip that was offered, without waiting for its context. */
export const start = (id: string): boolean => {
  const offer = offers.find((one) => one.tip === id);
  if (offer && !crowded()) take(offer);
  return !!offer;
};

const changed = (): void => {
  if (mutated) return;
  mutated = later(() => {
    mutated = 0;
    for (const tip of standing.values()) tip.look();
    for (const place of placements()) {
      if (!told.includes(place) && !since[`p${place}`]) wake(0);
      since[`p${place}`] = 1;
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
    ...watchInput(),
    listen(win, "scroll resize", changed, { capture: true, passive: true }),
  ];
};

/** A tip that was closed in one tab closes in the others. */
export const openChannel = (): void => {
  if (!channel) return;
  listen(channel, "message", (event) => {
    const [tip, a] = (event as MessageEvent).data;
    if (a !== link.me().a) return;
    standing.get(tip)?.end();
    offers = offers.filter((offer) => offer.tip !== tip);
    since[`s${tip}`] = 1;
  });
};
