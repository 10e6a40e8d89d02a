import { describe, expect, it } from "vitest";
import { csv } from "../src/csv";
import { formatFor, largest } from "../src/format";
import { keyOf } from "../src/keys";
import { safeUrl } from "../src/parts/nodes";
import { sheet as reportSheet } from "../src/reports/sheets";
import { REPORTS, type Reports } from "../src/reports/types";
import { having, href, parse } from "../src/router";
import { firstLang } from "../src/session";
import { grouped, groupOf, searched, sheet as taskSheet } from "../src/tasks/page";
import { runningPauses } from "../src/tasks/pause";
import { inAWeek, inTwoWeeks, nextFriday, nextMonday, tomorrow } from "../src/tasks/times";
import { ticks } from "../src/tips/effect";
import { filtered, sheet } from "../src/tips/page";
import { losing } from "../src/tips/try";
import type { Stats, Task, Tip, TrialRow } from "../src/types";
import { meant } from "../src/why/page";
import { plural } from "../src/words/plural";

const NOON = new Date(2026, 10, 23, 12).getTime(); // a Monday
const HOUR = 3_600_000;
const stats: Stats = {
  eligible: 4,
  shown: 3,
  engaged: 1,
  dismissed: 1,
  snoozed: 0,
  muted: 0,
  goal: 1,
  would_show: 0,
  held_back: null,
};
const tip = (id: string, name: string, state: Tip["state"]): Tip => ({
  id,
  name,
  state,
  kind: "tip",
  category: "general",
  surface: "corner",
  version: 1,
  live_from: 0,
  why: "",
  warnings: [],
  daily: [],
  "7": stats,
  "28": stats,
});
const task = (id: number, due: number | null, opened: number) =>
  ({ id, due_at: due, opened_at: opened, taken_at: null, snoozed_until: null, closed_at: null }) as Task;

describe("addresses", () => {
  it("read a page, an id and a part, and write them back", () => {
    const route = parse("/console/tips/a%2Fb/why", "?user=ivan");
    expect([route.page, route.id, route.tab, route.query.get("user")]).toEqual([
      "tips",
      "a/b",
      "why",
      "ivan",
    ]);
    expect(href("tips", "a/b", "why", route.query)).toBe("/console/tips/a%2Fb/why?user=ivan");
  });
  it("know no other page, and take broken escapes as they stand", () => {
    expect(parse("/console/nope", "").page).toBeNull();
    expect(parse("/console/tips/%", "").id).toBe("%");
  });
  it("drop a key that is set to nothing", () => {
    expect(having(new URLSearchParams("a=1&b=2"), { a: null, b: "3" }).toString()).toBe("b=3");
  });
});

describe("keys", () => {
  it("are those of a Latin layout, whatever layout is on", () => {
    expect(keyOf({ key: "о", code: "KeyJ" })).toBe("j");
    expect(keyOf({ key: "л", code: "KeyK" })).toBe("k");
    expect(keyOf({ key: ".", code: "Slash" })).toBe("/");
    expect(keyOf({ key: ",", code: "Slash" })).toBe("?");
    expect(keyOf({ key: "q", code: "KeyA" })).toBe("q");
    expect(keyOf({ key: "Escape", code: "Escape" })).toBe("Escape");
  });
});

describe("words", () => {
  it("have three Russian plurals and two English ones", () => {
    const ru = (n: number) => plural("ru", n, { one: "день", few: "дня", many: "дней", other: "дня" });
    expect([1, 2, 5, 11, 21, 22, 25].map(ru)).toEqual(["день", "дня", "дней", "дней", "день", "дня", "дней"]);
    expect([1, 2].map((n) => plural("en", n, { one: "day", other: "days" }))).toEqual(["day", "days"]);
  });
  it("follow the reader's choice, then the browser", () => {
    expect(firstLang("ru", ["en-US"])).toBe("ru");
    expect(firstLang(null, ["de-DE", "ru-RU"])).toBe("ru");
    expect(firstLang(null, ["de-DE"])).toBe("en");
  });
  it("say lengths in the largest unit", () => {
    expect(largest(26 * HOUR)).toEqual([1, "day"]);
    expect(largest(59_000)).toEqual([1, "minute"]);
    expect(formatFor("en").span(3 * 24 * HOUR)).toBe("3 days");
  });
});

describe("the chart of a difference", () => {
  const points = (values: number[]) => ticks(values).map((value) => Math.round(value * 1000) / 10);
  it("has zero among its round marks and everything between them", () => {
    expect(points([-0.0044, 0.0764])).toEqual([-2, 0, 2, 4, 6, 8]);
    expect(points([0.0069, 0.0594])).toEqual([0, 2, 4, 6]);
    expect(points([-0.3, -0.1])).toEqual([-30, -20, -10, 0]);
    expect(points([0, 0])).toEqual([0, 0.1]);
  });
  it("is labelled in points, with a sign", () => {
    expect([0.036, 0, -0.0123].map(formatFor("en").points)).toEqual(["+3.6", "0", "−1.2"]);
    expect(formatFor("ru").share(0.0843)).toBe("8,4\u202f%");
  });
});

describe("export", () => {
  it("quotes, marks the encoding and disarms formulas", () => {
    expect(csv([["a,b", "=1+1", 'say "x"', -1]])).toBe('\ufeff"a,b",\'=1+1,"say ""x""",-1\r\n');
  });
  it("has one row a tip under one head", () => {
    const rows = sheet([tip("a", "A", "live")], "7");
    expect(rows[0]?.length).toBe(rows[1]?.length);
    expect(rows[1]?.slice(0, 6)).toEqual(["a", "A", "live", "general", 7, 4]);
    const [head, row] = taskSheet([task(1, NOON, NOON)]);
    expect(row?.length).toBe(head?.length);
    expect(row?.[head?.indexOf("due_at") ?? 0]).toBe(new Date(NOON).toISOString());
  });
});

describe("lists", () => {
  it("are filtered by state and by name or id", () => {
    const tips = [tip("export", "Schedule it", "live"), tip("bulk", "Edit many", "ended")];
    expect(filtered(tips, "live", "").map((each) => each.id)).toEqual(["export"]);
    expect(filtered(tips, "", "EDIT").map((each) => each.id)).toEqual(["bulk"]);
  });
  it("are searched by title, account, owner and rule", () => {
    const found = searched(
      [{ ...task(1, null, 1), title: "Blue Pine", subject: "g:a", owner: "max" } as Task],
      "MAX",
    );
    expect(found.map((each) => each.id)).toEqual([1]);
    expect(searched(found, "nobody")).toEqual([]);
  });
  it("group tasks by deadline, the earliest first", () => {
    expect(groupOf(NOON - 1, NOON)).toBe("overdue");
    expect(groupOf(NOON, NOON)).toBe("today");
    expect(groupOf(NOON + 12 * HOUR, NOON)).toBe("later");
    const found = grouped([task(1, null, 1), task(2, NOON - 1, 1), task(3, NOON - 5, 1)], NOON);
    expect(found.map(([group, tasks]) => [group, tasks.map((each) => each.id)])).toEqual([
      ["overdue", [3, 2]],
      ["undated", [1]],
    ]);
  });
});

describe("snoozing", () => {
  it("comes back at nine in the morning", () => {
    const day = (at: number) => [new Date(at).getDate(), new Date(at).getHours()];
    expect(day(tomorrow(NOON))).toEqual([24, 9]);
    expect(day(nextMonday(NOON))).toEqual([30, 9]);
    expect(day(nextMonday(NOON - 24 * HOUR))).toEqual([23, 9]);
    expect(day(inTwoWeeks(NOON))).toEqual([7, 9]);
    expect(day(inAWeek(NOON))).toEqual([30, 9]);
    expect(day(nextFriday(NOON))).toEqual([27, 9]);
    expect(day(nextFriday(NOON + 4 * 24 * HOUR))).toEqual([4, 9]);
    expect(day(nextFriday(NOON + 5 * 24 * HOUR))).toEqual([4, 9]);
  });
});

describe("pauses", () => {
  it("run until the millisecond they end, the longest first", () => {
    const pauses = [1, 3, 2].map((hours) => ({ id: hours, ends_at: NOON + hours * HOUR }));
    const paused = { ...task(1, null, 1), pauses } as Task;
    const left = (at: number) => runningPauses(paused, at).map((pause) => pause.id);
    expect(left(NOON)).toEqual([3, 2, 1]);
    expect(left(NOON + 2 * HOUR - 1)).toEqual([3, 2]);
    expect(left(NOON + 2 * HOUR)).toEqual([3]);
    expect(runningPauses(task(2, null, 1), NOON)).toEqual([]);
  });
});

describe("links in texts", () => {
  it.each(["javascript:alert(1)", "//host", "data:x", "/\\x", "java\tscript:x", ""])("refuse %s", (url) => {
    expect(safeUrl(url)).toBeNull();
  });
  it.each(["https://a.b/", "mailto:a@b.c", "/reports", "#x", "?y"])("let %s pass", (url) => {
    expect(safeUrl(url)).toBe(url);
  });
});

describe("why and try", () => {
  it("takes an id as it stands, and a name that one person has", () => {
    const people = [
      { user_id: "ivan", name: "Иван", account: null },
      { user_id: "i2", name: "Olga", account: null },
      { user_id: "i3", name: "Olga", account: null },
    ];
    expect(meant(" ivan ", people)).toBe("ivan");
    expect(meant("иван", people)).toBe("ivan");
    expect(meant("Olga", people)).toBe("Olga");
    expect(meant("nobody", people)).toBe("nobody");
  });

  it("lists the other tips that lose, the largest loss first", () => {
    const row = (tip: string, shown: number, live_shown: number) => ({ tip, shown, live_shown }) as TrialRow;
    const rows = [row("mine", 0, 9), row("a", 4, 5), row("b", 1, 5), row("c", 5, 5)];
    expect(losing(rows, "mine").map((each) => each.tip)).toEqual(["b", "a"]);
  });
});

describe("the exports of reports", () => {
  const all: Reports = {
    now: NOON,
    today: 20_780,
    log_from: 20_700,
    cut: false,
    activity: {
      period: { dau: 1.5, wau: 2, mau: 3, stickiness: 0.5 },
      year_ago: null,
      weeks: [{ day: 20_774, active: null, year_ago: 7 }],
    },
    adoption: { active: 3, seats: null, features: [] },
    activation: {
      events: ["a"],
      within: 1,
      people: 4,
      activated: 1,
      immature: 0,
      rate: 0.25,
      cohorts: [[0, 4, 1]],
    },
    value: null,
    onboarding: [],
    funnel: [
      {
        tip: "x",
        name: "X",
        has_goal: true,
        stages: [{ stage: "eligible", people: 5, of_previous: null, of_viewed: null }],
        ghosts: 2,
        held: [["paused", 3]],
      },
    ],
    support: null,
    words: {},
  };
  it("leave a cell empty where nothing can be said", () => {
    expect(reportSheet("activity", all)).toEqual([
      ["measure", "value", "year_ago"],
      ["dau_mean_28d", 1.5, ""],
      ["wau", 2, ""],
      ["mau_28d", 3, ""],
      ["stickiness", 0.5, ""],
      ["week 2026-11-17", "", 7],
    ]);
  });
  it("have as many cells in each row as names above them", () => {
    for (const name of REPORTS) {
      const [head, ...rows] = reportSheet(name, all);
      expect(rows.map((row) => row.length)).toEqual(rows.map(() => head?.length));
    }
  });
  it("keep the control group and what was held back apart from the stages", () => {
    expect(reportSheet("funnel", all).slice(1)).toEqual([
      ["x", "eligible", 5, "", ""],
      ["x", "ghost", 2, "", ""],
      ["x", "held:paused", 3, "", ""],
    ]);
  });
});
