/** What is done with a tip, by the person or by us, and who hears of it. */
import { base, emit, warn, win } from "./env";
import { isLocal } from "./nodes";
import { persist, push } from "./queue";
import type { Offer, Props, Standing } from "./types";
import { safeUrl } from "./urls";
import { link, wake } from "./wire";

declare const __PARTS__: string;

/** Reported only of a tip that nobody has seen yet. */
export const GONE = "anchor_missing";

export const channel = win.BroadcastChannel && new BroadcastChannel("waypost");

/** Parts that few pages need. */
export const part = (name: string): Promise<{ default: (...args: unknown[]) => void }> =>
  import(/* @vite-ignore */ `${base + name}-${__PARTS__}.js`);

/** What a part does with a tip. */
export const more = (name: string, standing: Standing): unknown =>
  part(name).then((it) => it.default(standing), warn);

export const report = ({ offer_id, tip }: Offer, what: string, extra?: Props): void => {
  const me = link.me();
  push(1, { offer_id, what, ...extra }, me);
  wake(0);
  emit("tip", { tip, what });
  if (/^[cdsm]/.test(what)) channel?.postMessage([tip, me.a]);
};

/** The primary action. A route of the host is its own to open; else we go there. */
export const act = (standing: Standing): void => {
  const { offer } = standing;
  const { track, open, snooze, dismiss, talk } = offer.content.action;
  const url = safeUrl(open);
  standing.end(snooze ? "snoozed" : dismiss ? "dismissed" : "clicked", { until_ms: snooze, talk });
  if (talk) more("talk", standing);
  if (track) link.track(track);
  if (!url || !emit("open", { url, tip: offer.tip })) return;
  persist();
  if (isLocal(url)) win.location.assign(url);
  else win.open(url, "_blank", "noopener");
};
