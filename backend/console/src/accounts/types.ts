/** What the API says about accounts. Instants are ms, shares 0 … 1, money in the project's currency a year. */
export type Band = "red" | "yellow" | "green" | "";

export interface Because {
  code: string;
  words: string;
}

/** One row of the portfolio. */
export interface Account {
  id: string;
  name: string;
  owner: string;
  plan: string;
  stage: string;
  stage_name: string;
  seats: number | null;
  active: number;
  wau: number;
  /** 0.43 = fell by 43 % against its own norm, below 0 = rose; null = no norm yet. */
  fell: number | null;
  health: number | null;
  band: Band;
  /** Against the week before. */
  health_change: number | null;
  arr: number | null;
  renewal: string | null;
  days_to_renewal: number | null;
  last_active_at: number | null;
  rank: number;
  why: Because[];
  /** Uses by week, the oldest first. */
  usage: number[];
  open_tasks: number;
  paused_until: number | null;
}

export interface Accounts {
  now: number;
  total: number;
  next: string | null;
  owners: { id: string; name: string; accounts: number }[];
  stages: { id: string; name: string }[];
  accounts: Account[];
}

export interface Portfolio {
  now: number;
  accounts: number;
  bands: { red: number; yellow: number; green: number; none: number };
  arr: {
    total: number | null;
    red: number | null;
    at_risk: { value: number; how: string } | null;
    renewing_at_risk: { accounts: number; arr: number };
  };
  nrr: { value: number; from: string; to: string; accounts: number } | null;
  grr: { value: number; from: string; to: string; accounts: number } | null;
  wau: { now: number; before: number };
}

export interface Component {
  id: string;
  words: string;
  value: number | null;
  weight: number;
  points: number | null;
  change: number | null;
  because: string;
}

export interface Health {
  score: number | null;
  band: Band;
  coverage: number;
  override: Because | null;
  components: Component[];
  history: { week: string; score: number | null; band: Band }[];
  explained: { week: string; from: number; to: number; words: string }[];
}

export interface Signal {
  id: string;
  words: string;
  value: number | string | null;
  unit: string;
  period: string;
  better: "up" | "down" | "";
  tone: "bad" | "good" | "";
}

export type ZoneState = "unused" | "falling" | "abandoned" | "used" | "not_entitled";

export interface AccountDetail extends Account {
  tz: string;
  first_seen_at: number | null;
  traits: Record<string, unknown>;
  health_detail: Health;
  signals: Signal[];
  opportunities: Because[];
  stage_history: { stage: string; name: string; from: number; to: number | null }[];
  zones: { feature: string; name: string; state: ZoneState; people: number; of: number }[];
  tasks: {
    id: number;
    title: string;
    state: string;
    severity: string;
    opened_at: number;
    due_at: number | null;
    closed_at: number | null;
    outcome: string;
  }[];
  pauses: {
    id: number;
    until_at: number | null;
    until_event: string | null;
    reason: string;
    author: string;
  }[];
  notes: Note[];
  people_count: number;
}

export interface Note {
  id: number;
  at: number;
  author: string;
  body: string;
}

export interface Member {
  user_id: string;
  name: string | null;
  role: string | null;
  last_active_at: number | null;
  active_days: number;
  features: string[];
}

export interface Members {
  people: Member[];
  next: string | null;
  total: number;
}

export interface Timeline {
  days: { day: string; items: TimelineItem[] }[];
  next: string | null;
}

export interface TimelineItem {
  at: number;
  kind: string;
  words: string;
  user_id: string | null;
  count: number;
}

export interface ZoneRow {
  account: string;
  account_name: string;
  feature: string;
  feature_name: string;
  state: ZoneState;
  words: string;
  people: number;
  of: number;
  worth: number;
}

export interface Zones {
  now: number;
  features: { id: string; name: string }[];
  accounts: { id: string; name: string; owner: string; arr: number | null }[];
  cells: { account: string; feature: string; state: ZoneState; people: number; of: number }[];
  ranked: ZoneRow[];
  total: number;
  next: string | null;
}

export interface ZonePeople {
  people: {
    user_id: string;
    name: string | null;
    role: string | null;
    last_active_at: number | null;
    last_used_at: number | null;
  }[];
  next: string | null;
  total: number;
}

export interface Stage {
  id: string;
  name: string;
  accounts: number;
  arr: number | null;
  median_days: number | null;
  stuck: { id: string; name: string; days: number }[];
  words: { quote: string; who: string; account: string; at: number; kind: string }[];
}

export interface Today {
  now: number;
  first: Account[];
  tasks: { overdue: TodayTask[]; today: TodayTask[] };
  renewals: Account[];
  changes: { account: string; name: string; from: number; to: number; words: string }[];
  zones: ZoneRow[];
}

export interface TodayTask {
  id: number;
  title: string;
  account: string | null;
  account_name: string | null;
  severity: string;
  owner: string;
  due_at: number | null;
}
