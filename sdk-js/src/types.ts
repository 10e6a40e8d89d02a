/** The nouns of the wire (POST /v1/sync) and of a page. */

export type Props = Record<string, unknown>;

/** A typed tree: text, or [tag, ...children]; "a" and "img" carry a URL first. */
export type Node = string | [string, ...unknown[]];

export interface At {
  route?: string | string[];
  route_not?: string | string[];
  url?: Record<string, string | string[]>;
  element?: string;
  dwell?: number;
  idle?: number;
  typing?: boolean;
  exit_intent?: boolean;
  viewport?: Record<string, number>;
  no_modal?: boolean;
}

export interface Action {
  open?: string;
  track?: string;
  snooze?: number;
  dismiss?: boolean;
  talk?: boolean;
}

/** What a survey asks beside its title. `scores`: the least and the greatest; null = words only. */
export interface Question {
  scores: [number, number] | null;
  low: string;
  high: string;
  comment: string;
  send: string;
  thanks: string;
}

export interface Content {
  lang: string;
  dir: string;
  title: Node[];
  body: Node[];
  cta: string;
  secondary: string;
  action: Action;
  why: string;
  ui: Record<string, string>;
  question?: Question;
}

export interface Offer {
  offer_id: string;
  tip: string;
  /** What a person opened it by: another opening is another showing. */
  key?: string;
  version: number;
  surface: string;
  anchor: string;
  intrusive: boolean;
  at: At;
  settle: number;
  ghost?: boolean;
  preview?: boolean;
  content: Content;
}

export interface Reply {
  accepted: number;
  lease: { id: string; expires_in_ms: number } | null;
  listen: string[];
  offers: Offer[];
  next_in_ms: number | null;
  reasons?: { tip: string; code: string; words: string }[];
}

/** Who is in front of the page: anonymous id, user, account. */
export interface Identity {
  a: string;
  u?: string;
  g?: string;
}

/** One thing that waits for the server: an event, or (k = 1) what was done with an offer. */
export interface Item {
  k: number;
  e: Props;
  /** performance.now() when it happened; means something inside page load `l` only */
  t: number;
  w: number;
  l: string;
  a: string;
  u?: string;
  id: string;
}

/** A tip that stands on the page. */
export interface Standing {
  offer: Offer;
  root: ShadowRoot;
  panel: HTMLElement;
  /** Run when it goes. */
  ends: (() => void)[];
  /** Look again: place, or leave when the target has gone. */
  look: () => void;
  /** Report what was done with it; it stays. */
  say: (what: string, extra?: Props) => void;
  /** Take it away; `what` is reported when given. */
  end: (what?: string, extra?: Props) => void;
}

/** Builds the common part of a tip, with a style and an element of its own. */
export type Make = (css?: string, tag?: string) => Standing;

/** Milliseconds until a condition can hold: 0 = it does, Infinity = not by waiting. */
export type Test = (want: never, anchor: Element | null) => number;
