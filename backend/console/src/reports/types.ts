/** What GET /api/reports says. Days are local day numbers since 1970; shares 0…1; null where nothing can be said. */
import type { Person } from "../types";

export const REPORTS = [
  "activity",
  "adoption",
  "activation",
  "value",
  "onboarding",
  "funnel",
  "support",
] as const;
export type ReportName = (typeof REPORTS)[number];

export interface Period {
  dau: number;
  wau: number;
  mau: number;
  stickiness: number | null;
}

export interface Week {
  day: number;
  /** null: the log began later. */
  active: number | null;
  year_ago: number | null;
}

export interface Feature {
  feature: string;
  adopters: number;
  active: number;
  breadth: number | null;
  per_adopter: number | null;
  sustained: number;
  sustained_share: number | null;
  of_seats: number | null;
  not_yet: number;
}

export interface Activation {
  events: string[];
  within: number;
  people: number;
  activated: number;
  immature: number;
  rate: number | null;
  /** The Monday of a week, new people, activated. */
  cohorts: [number, number, number][];
}

export interface Value {
  event: string;
  people: number;
  reached: number;
  /** Days. */
  median: number | null;
  by_30: number | null;
  longest: number;
  /** Days, share that is there. */
  curve: [number, number][];
}

export interface Onboarding {
  chain: string;
  scope: "user" | "account";
  eligible: number;
  events: string[];
  launches: number;
  open: number;
  done: number;
  abandoned: number;
  interrupted: number;
  abandonment: number | null;
  steps: { reached: number; share: number; conversion: number | null; median_ms: number | null }[];
  launch: number | null;
  middle: number | null;
  finish: number | null;
  index: number | null;
}

export interface Funnel {
  tip: string;
  name: string;
  has_goal: boolean;
  stages: { stage: string; people: number; of_previous: number | null; of_viewed: number | null }[];
  ghosts: number;
  held: [string, number][];
}

export interface Side {
  people: number;
  again: number;
  early: number;
  share: number | null;
}

export interface Support {
  event: string;
  topics: (Side & { topic: string; asking: number })[];
  tips: { tip: string; name: string; topics: { topic: string; before: Side; after: Side }[] }[];
}

export interface Reports {
  now: number;
  today: number;
  /** The first day of the log; null: it is empty. */
  log_from: number | null;
  cut: boolean;
  activity: { period: Period; year_ago: Period | null; weeks: Week[] };
  adoption: { active: number; seats: number | null; features: Feature[] };
  activation: Activation | null;
  value: Value | null;
  onboarding: Onboarding[];
  funnel: Funnel[];
  support: Support | null;
  /** What held tips back, by code. */
  words: Record<string, string>;
}

export interface ReportPeople {
  people: (Omit<Person, "at"> & { last_active_at: number | null })[];
  next: string | null;
  total: number;
}

/** A value with its 95 % interval. */
export interface Estimate {
  value: number;
  low: number;
  high: number;
}

export interface Survey {
  id: string;
  name: string;
  scale: "nps" | "csat" | "ces" | "text";
  /** People with a score; for words only, answers. */
  answers: number;
  viewed: number;
  answered: number;
  rate: Estimate | null;
  /** null: too few answers, or words only. */
  score: Estimate | null;
  easy: Estimate | null;
  /** How many, and the mean of their own scores. */
  accounts: [number, number] | null;
  /** Answers by score, from the least on. */
  counts: number[];
  /** The Monday of a week, answers, score. */
  weeks: [number, number, number][];
  comments: number;
}

export interface Surveys {
  least: number;
  surveys: Survey[];
}

export interface Answer {
  id: number;
  survey: string;
  scale: Survey["scale"];
  at: number;
  score: number | null;
  comment: string;
  route: string;
  plan: string;
  recent: string[];
  user_id: string | null;
  name: string | null;
  account: string | null;
  account_name: string | null;
}

export interface SurveyDetail extends Survey {
  comments_listed: Answer[];
  next: number | null;
}
