/** What the management API says, field by field. Times are milliseconds since 1970 UTC. */
import type { Answer } from "./reports/types";

export type Lang = "en" | "ru";
export type Days = "7" | "28";

export interface Problem {
  file: string;
  path: string;
  message: string;
  code: string;
  severity: string;
}

export interface Me {
  /** Empty outside of the demo. */
  project: string;
  write_key: string;
  /** Whether any event has arrived yet. */
  heard: boolean;
  now: number;
  version: string;
  demo: boolean;
  rules: {
    folder: string;
    loaded_at: number;
    problems: Problem[];
    /** People and accounts done, and of how many, while the history of new conditions is brought in. */
    backfill: [number, number] | null;
  };
}

export interface Held {
  code: string;
  words: string;
  users: number;
}

/** Distinct people. `goal` reached it within the window after their first view. */
export interface Stats {
  eligible: number;
  shown: number;
  engaged: number;
  dismissed: number;
  snoozed: number;
  muted: number;
  goal: number;
  /** Those to whom a tip in shadow would have been offered. */
  would_show: number;
  held_back: Held | null;
}

export type Count = Exclude<keyof Stats, "held_back">;
export type Move = "draft" | "shadow" | "live" | "paused" | "retired";
export type TipState = Move | "scheduled" | "ended";

export interface Tip {
  id: string;
  name: string;
  kind: string;
  category: string;
  surface: string;
  state: TipState;
  version: number;
  live_from: number;
  why: string;
  warnings: (string | Problem)[];
  "7": Stats;
  "28": Stats;
  /** People who viewed it, per UTC day, oldest first, 28 days. */
  daily: number[];
}

export interface Tips {
  now: number;
  tips: Tip[];
  /** Ids of rules that are not live as the folder has them. */
  differs: string[];
}

/** A text of a tip: strings and ["strong" | "em" | "code" | "a" | "ul" | …, …children]; never HTML. */
export type Node = string | readonly [string, ...Node[]];

export interface Content {
  title: readonly Node[];
  body: readonly Node[];
  cta?: string;
  secondary?: string;
}

export interface TipDetail extends Tip {
  /** The document as written. */
  rule: Record<string, unknown>;
  trigger_words: string | string[];
  held: Held[];
  /** The states it can go to. */
  moves: Move[];
  /** Locale → text as a node tree. Without it the panel shows the text as it was written. */
  content?: Record<string, Content>;
}

export interface Version {
  version: number;
  live_from: number;
  live_until: number | null;
  author: string;
  message: string;
  state: Move;
}

export interface Change {
  path: string;
  what: "added" | "removed" | "changed";
  old: unknown;
  new: unknown;
}

export interface Versions {
  /** The newest first. */
  versions: Version[];
  from: number;
  to: number;
  changes: Change[];
  differs: boolean;
}

export interface Person {
  subject: string;
  user_id: string | null;
  name: string | null;
  account: string | null;
  account_name: string | null;
  at: number;
}

export interface People {
  people: Person[];
  next: string | null;
  total: number;
}

/** What one saw of the first records until the end of a UTC day. Shares in 0…1; null while there is too little. */
export interface EffectLook {
  day: number;
  shown: number;
  shown_reached: number;
  held: number;
  held_reached: number;
  difference: number | null;
  low: number | null;
  high: number | null;
}

/** People who do not count, by the first reason that applies. */
export interface LeftOut {
  test_users: number;
  earlier: number;
  control_of_all: number;
  contaminated: number;
  immature: number;
}

/** The texts that people are drawn for; the first is what the others are compared with. `variant` −1: the rule's own. */
export interface EffectTexts {
  since: number;
  tried: { variant: number; name: string; share: number; people: number; reached: number }[];
  words: string[];
}

export interface Effect {
  tip: string;
  state: "no_goal" | "not_causal" | "mismatch" | "too_few" | "unclear" | "helps" | "hurts" | "no_difference";
  unit: "user" | "account";
  window: number;
  since: number;
  left_out: LeftOut;
  verdict: {
    looks: EffectLook[];
    fixed: { day: number; difference: number; low: number; high: number } | null;
    accounts: [number, number] | null;
  } | null;
  cohorts: { week: number; people: number; reached: number; low: number; high: number }[];
  /** Sentences; the first is the verdict. */
  words: string[];
  texts: EffectTexts | null;
}

export interface Why {
  user: string;
  tip: string;
  at: number;
  decided_at: number | null;
  outcome: "offered" | "held" | "no_decision";
  stage: number | null;
  code: string | null;
  words: string[];
  detail: Record<string, unknown>;
}

/** One part of a rule, and how it came out. */
export interface TracePart {
  part: string;
  value: unknown;
  /** False while its history is still brought in. */
  known: boolean;
  numbers: Record<string, unknown>;
  events: { at: number; name: string; props: Record<string, unknown> }[];
  /** Of the events, the last so many lie before the window. */
  outside: number;
  compares: boolean;
  parts: TracePart[];
}

export interface Explained extends Why {
  /** Whether anything is known of this person. */
  known: boolean;
  name: string | null;
  account: string | null;
  account_name: string | null;
  /** What would have to change, in sentences. */
  change: string[];
  writers: { trait: string; source: string; call: string; at: number | null; words: string }[];
  trace: TracePart[];
}

export interface Found {
  people: { user_id: string; name: string | null; account: string | null }[];
}

/** One tip under a draft, and under the live rules. `shown` is the most there can be where something is `unknown`. */
export interface TrialRow {
  tip: string;
  name: string;
  change: "new" | "changed" | "same" | "gone";
  shown: number;
  people: number;
  ghosts: number;
  first: number | null;
  last: number | null;
  held: { code: string; words: string; users: number }[];
  unknown: string[];
  live_shown: number;
  live_people: number;
  lost: number;
}

export interface Trial {
  id: number;
  state: "running" | "done" | "stopped" | "failed";
  progress: number;
  seconds_left: number | null;
  result: {
    since: number;
    until: number;
    events: number;
    people: number;
    stopped: boolean;
    rows: TrialRow[];
    attention: [number, number];
  } | null;
}

export type TaskState = "open" | "snoozed" | "done";
export type Severity = "low" | "medium" | "high";

/** A row of the inbox. */
export interface Task {
  id: number;
  /** "" for one that a person opened. */
  rule: string;
  subject: string;
  account: string | null;
  account_name: string | null;
  title: string;
  body: string;
  severity: Severity;
  owner: string;
  state: TaskState | "closed";
  opened_by: "rule" | "person" | "tip";
  opened_at: number;
  noticed_at: number;
  due_at: number | null;
  snoozed_until: number | null;
  taken_at: number | null;
  taken_by: string;
  closed_at: number | null;
  closed_by: string;
  outcome: string;
  outcome_code: string;
  last_active_at: number | null;
  /** Those that run for its person and account. */
  pauses: Pause[];
}

export interface Member {
  user_id: string;
  name: string | null;
  last_active_at: number | null;
}

/** One line of a timeline. `times`: so often on that day. */
export interface Line {
  kind: "event" | "tip" | "task" | "note";
  at: number;
  user_id?: string | null;
  times?: number;
  name?: string;
  tip?: string;
  what?: string;
  task?: number;
  did?: string;
  rule?: string;
  by?: string | null;
  outcome?: string | null;
  body?: string;
}

/** Everything needed to call. */
export interface WholeTask extends Task {
  words: string[];
  /** The numbers behind it; of a task that came of a tip, the tip and where it stood. */
  context: { tip?: string; route?: string | null; usage?: { recent: number; norm: number }[] };
  /** To surveys, the latest first. */
  answers: Answer[];
  timeline: Line[];
  tips: {
    tip: string;
    seen: number;
    ignored: number;
    clicked: number;
    dismissed: number;
    completed: number;
    at: number;
  }[];
  people: { days: number; using: number; quiet: number; use: Member[]; do_not: Member[] };
  before: {
    id: number;
    title: string;
    state: TaskState | "closed";
    opened_at: number;
    closed_at: number | null;
    closed_by: string;
    outcome_code: string;
    outcome: string;
  }[];
  webhook: { state: "sent" | "waiting" | "failed" | "off"; attempts: number; last_error: string };
}

export interface Checklist {
  id: number;
  name: string;
  begun_at: number;
  done_at: number | null;
  done: number;
  items: { id: string; text: string; due_at: number | null; done_at: number | null; done_by: string }[];
}

export interface Checklists {
  checklists: Checklist[];
  templates: { id: string; name: string; items: number }[];
}

/** Of an account, where accounts are looked at. */
export interface Health {
  score: number | null;
  band: string | null;
  coverage: number;
  override?: { words: string } | null;
  components: { id: string; words: string; value: number | null; because: string }[];
}

/** Of one person (u:…) or account (g:…). Without `until_at` an event ends it, and `ends_at` at the latest. */
export interface Pause {
  id: number;
  subject: string;
  name: string | null;
  from_at: number;
  until_at: number | null;
  until_event: string | null;
  ends_at: number;
  allow: string[];
  reason: string;
  author: string;
  created_at: number;
  ended_at: number | null;
  ended_by: string;
}

/** Of tasks that were opened in a period; lengths are medians in ms, null without a case. */
export interface TaskTimes {
  name: string;
  opened: number;
  alone: number;
  react: number | null;
  resolve: number | null;
  in_time: number;
  with_sla: number;
}

export interface Times {
  all: Omit<TaskTimes, "name">;
  owners: TaskTimes[];
  rules: TaskTimes[];
}

export interface Tasks {
  now: number;
  counts: Record<TaskState, number>;
  tasks: Task[];
  /** Where the next page begins. */
  next: string | null;
}
