/** The rows of each report's CSV: ids and plain numbers, an empty cell where nothing can be said. */
import type { ReportName, Reports } from "./types";

type Cell = string | number;
const date = (day: number) => new Date(day * 86_400_000).toISOString().slice(0, 10);
const some = (value: number | null | undefined): Cell => value ?? "";

const SHEETS: Record<ReportName, (all: Reports) => Cell[][]> = {
  activity: ({ activity: { period, year_ago, weeks } }) => [
    ["measure", "value", "year_ago"],
    ["dau_mean_28d", period.dau, some(year_ago?.dau)],
    ["wau", period.wau, some(year_ago?.wau)],
    ["mau_28d", period.mau, some(year_ago?.mau)],
    ["stickiness", some(period.stickiness), some(year_ago?.stickiness)],
    ...weeks.map((week): Cell[] => [`week ${date(week.day)}`, some(week.active), some(week.year_ago)]),
  ],
  adoption: ({ adoption }) => [
    ["feature", "adopters", "active", "breadth", "median_uses", "sustained", "sustained_share", "of_seats"],
    ...adoption.features.map((row): Cell[] => [
      row.feature,
      row.adopters,
      row.active,
      some(row.breadth),
      some(row.per_adopter),
      row.sustained,
      some(row.sustained_share),
      some(row.of_seats),
    ]),
  ],
  activation: ({ activation }) => [
    ["week", "new_people", "activated", "rate"],
    ...(activation?.cohorts ?? []).map(([week, people, done]): Cell[] => [
      date(week),
      people,
      done,
      done / people,
    ]),
  ],
  value: ({ value }) => [
    ["days", "share"],
    ...(value?.curve ?? []).map(([days, share]): Cell[] => [days, share]),
  ],
  onboarding: ({ onboarding }) => [
    ["chain", "step", "event", "attempts", "of_launches", "of_step_before", "median_ms", "index"],
    ...onboarding.flatMap((row) =>
      row.steps.map((step, at): Cell[] => [
        row.chain,
        at + 1,
        row.events[at] ?? "",
        step.reached,
        step.share,
        some(step.conversion),
        some(step.median_ms),
        some(row.index),
      ]),
    ),
  ],
  funnel: ({ funnel }) => [
    ["tip", "stage", "people", "of_previous", "of_viewed"],
    ...funnel.flatMap((row) => [
      ...row.stages.map((stage): Cell[] => [
        row.tip,
        stage.stage,
        stage.people,
        some(stage.of_previous),
        some(stage.of_viewed),
      ]),
      [row.tip, "ghost", row.ghosts, "", ""],
      ...row.held.map(([code, people]): Cell[] => [row.tip, `held:${code}`, people, "", ""]),
    ]),
  ],
  support: ({ support }) => [
    ["tip", "when", "topic", "people", "again", "share", "too_early"],
    ...(support?.topics ?? []).map((row): Cell[] => [
      "",
      "",
      row.topic,
      row.people,
      row.again,
      some(row.share),
      row.early,
    ]),
    ...(support?.tips ?? []).flatMap((tip) =>
      tip.topics.flatMap((row) =>
        (["before", "after"] as const).map((when): Cell[] => [
          tip.tip,
          when,
          row.topic,
          row[when].people,
          row[when].again,
          some(row[when].share),
          row[when].early,
        ]),
      ),
    ),
  ],
};

export const sheet = (name: ReportName, all: Reports): Cell[][] => SHEETS[name](all);
