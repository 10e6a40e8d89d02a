/** Tasks: the inbox of the CSM, grouped by what is due; a row opens the panel. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { readTasks } from "../api";
import { csv, download } from "../csv";
import type { Format } from "../format";
import { useKeys } from "../keys";
import { type Loaded, useLoad } from "../load";
import { Icon } from "../parts/icon";
import { PAGE } from "../parts/more";
import { Search } from "../parts/search";
import { Empty, Failed, Skeleton, Stale } from "../parts/states";
import { go, having, href, type Route } from "../router";
import { useSession } from "../session";
import type { Task, TaskState, Tasks } from "../types";
import { useWalk } from "../walk";
import type { Words } from "../words/en";
import { nameOf } from "./names";
import { TaskPanel } from "./panel";
import { PauseMark } from "./pause";
import { Reaction } from "./reaction";

const STATES: TaskState[] = ["open", "snoozed", "done"];
const GROUPS = ["overdue", "today", "later", "undated"] as const;
export type Group = (typeof GROUPS)[number];

/** Where a task stands by its deadline: past, within the same local day, later, or without one. */
export function groupOf(due: number | null, now: number): Group {
  if (due === null) return "undated";
  if (due < now) return "overdue";
  return due < new Date(now).setHours(24, 0, 0, 0) ? "today" : "later";
}

/** Groups in order, none empty; inside a group the earliest deadline first, then the longest open. */
export function grouped(tasks: readonly Task[], now: number): [Group, Task[]][] {
  const by = (a: Task, b: Task) => (a.due_at ?? 0) - (b.due_at ?? 0) || a.opened_at - b.opened_at;
  return GROUPS.map((group): [Group, Task[]] => [
    group,
    tasks.filter((task) => groupOf(task.due_at, now) === group).sort(by),
  ]).filter(([, found]) => found.length > 0);
}

/** Tasks whose title, account, owner or rule holds the searched text. */
export function searched(tasks: readonly Task[], search: string): Task[] {
  const text = search.trim().toLowerCase();
  const holds = (task: Task) =>
    `${task.title} ${nameOf(task)} ${task.account} ${task.owner} ${task.rule}`.toLowerCase().includes(text);
  return tasks.filter(holds);
}

/** The one time that matters now, and whether it is past. */
export function whenOf(task: Task, now: number, t: Words, f: Format): { text: string; hot: boolean } {
  const calm = (text: string) => ({ text, hot: false });
  if (task.closed_at !== null) return calm(t.tasks.closed(f.ago(task.closed_at, now)));
  if (task.snoozed_until !== null) return calm(t.tasks.back(f.ago(task.snoozed_until, now)));
  if (task.due_at === null) return calm(t.tasks.since(f.moment(task.opened_at, now)));
  if (task.due_at < now) return { text: t.tasks.overdue(f.span(now - task.due_at)), hot: true };
  return calm(t.tasks.due(f.ago(task.due_at, now)));
}

export function When({ task, now }: { task: Task; now: number }) {
  const { t, f } = useSession();
  const { text, hot } = whenOf(task, now, t, f);
  return (
    <span class={hot ? "when hot" : "when"}>
      {hot && <Icon name="clock" size={13} />} {text}
    </span>
  );
}

/** The rows of the export: one task a row, instants as ISO 8601. */
export function sheet(tasks: readonly Task[]): (string | number)[][] {
  const iso = (at: number | null) => (at === null ? "" : new Date(at).toISOString());
  const head = ["id", "title", "account", "account_name", "severity", "owner", "state", "rule"];
  const times = ["opened_at", "taken_at", "due_at", "snoozed_until", "closed_at"] as const;
  const row = (task: Task) => [
    task.id,
    task.title,
    task.account ?? "",
    task.account_name ?? "",
    task.severity,
    task.owner,
    task.state,
    task.rule,
    ...times.map((time) => iso(task[time])),
    task.outcome_code,
    task.outcome,
  ];
  return [[...head, ...times, "outcome_code", "outcome"], ...tasks.map(row)];
}

export function useTasks(
  route: Route,
  onChanged: () => void,
): { page: ComponentChildren; panel: ComponentChildren } {
  const { t, lang, now } = useSession();
  const asked = route.query.get("state") as TaskState;
  const state = STATES.includes(asked) ? asked : "open";
  const [drawn, setPages] = useState(1);
  const pages = route.query.get("q") ? Infinity : drawn; // a search looks at every task
  const loaded = useLoad(`tasks:${state} ${lang} ${pages}`, (signal) =>
    readTasks(state, lang, signal, pages),
  );
  useEffect(() => {
    document.title = `${t.tasks.title} · Waypost`;
  }, [t]);
  const to = (id: string | null, tab = "") => href("tasks", id, tab, route.query);
  const form = (tab: string) => (id: string) => state !== "done" && go(to(id, tab));
  useWalk(
    (id) => go(to(id)),
    {
      t: form("take"),
      d: form("done"),
      e: form("done"),
      s: form("snooze"),
      o: form("plan"),
      n: (id) => go(to(id, "note")),
      p: (id) => go(to(id, "pause")),
    },
    route.id,
  );
  const row = loaded.data?.tasks.find((task) => String(task.id) === route.id) ?? null;
  const changed = () => {
    loaded.reload();
    onChanged();
  };
  const panel = route.id && (
    <TaskPanel
      id={route.id}
      row={row}
      tab={route.tab}
      to={to}
      onClose={() => go(to(null))}
      onChanged={(id) => {
        loaded.change((data) => ({ ...data, tasks: data.tasks.filter((task) => task.id !== id) }));
        changed();
        go(to(null));
      }}
      onFailed={changed}
      onSaved={changed}
    />
  );
  const more = () => setPages((pages) => pages + 1);
  return {
    page: <Inbox loaded={loaded} state={state} route={route} now={now()} to={to} onMore={more} />,
    panel,
  };
}

interface InboxProps {
  loaded: Loaded<Tasks>;
  state: TaskState;
  route: Route;
  now: number;
  to: (id: string | null, tab?: string) => string;
  onMore: () => void;
}

function Inbox({ loaded, state, route, now, to, onMore }: InboxProps) {
  const { t, f, lang } = useSession();
  const { data } = loaded;
  const all = data?.tasks ?? [];
  const search = route.query.get("q") ?? "";
  const found = searched(all, search);
  const rest = data?.next ? data.counts[state] - all.length : 0;
  /** All of them, whatever has been read so far. */
  const save = async () => {
    const whole = rest > 0 ? await readTasks(state, lang, new AbortController().signal, Infinity) : null;
    download(`tasks-${state}.csv`, csv(sheet(whole ? searched(whole.tasks, search) : found)));
  };
  useKeys({ x: () => all.length > 0 && void save() });
  const set = (q: string | null) =>
    go(href("tasks", route.id, route.tab, having(route.query, { q })), "replace");
  const groups: [Group | null, Task[]][] = state === "open" ? grouped(found, now) : [[null, found]];
  return (
    <>
      <header class="head">
        <h1>{t.tasks.title}</h1>
        <p class="question">{t.tasks.question}</p>
        {all.length > 0 && (
          <div class="tools">
            <button
              type="button"
              class="button small"
              aria-keyshortcuts="x"
              title={`${t.common.export} (x)`}
              onClick={save}
            >
              <Icon name="download" /> {t.common.export}
            </button>
          </div>
        )}
      </header>
      <div class="toolbar">
        {all.length > 0 && <Search label={t.tasks.search} value={search} onInput={set} />}
        <nav class="chips" aria-label={t.tasks.states}>
          {STATES.map((each) => (
            <a
              key={each}
              href={href("tasks", null, "", having(route.query, { state: each === "open" ? null : each }))}
              aria-current={each === state ? "page" : undefined}
            >
              {t.tasks.tabs[each]}
              {data && ` ${f.number(data.counts[each])}`}
            </a>
          ))}
        </nav>
      </div>
      {state === "done" && <Reaction />}
      <Stale loaded={loaded} />
      {loaded.error && !data && <Failed error={loaded.error} retry={loaded.reload} />}
      {loaded.slow && <Skeleton rows={6} height={56} />}
      {data && !all.length && <Nothing state={state} />}
      {all.length > 0 && !found.length && (
        <Empty title={t.tasks.nothing} why="">
          <button type="button" class="button" onClick={() => set(null)}>
            {t.common.clear}
          </button>
        </Empty>
      )}
      {groups.map(([group, tasks]) => (
        <section key={group ?? "all"} class="inbox">
          {group && (
            <h2 class={group === "overdue" || group === "today" ? "hot" : ""}>
              {t.tasks.groups[group]}{" "}
              <span class="muted">· {t.tasks.count(tasks.length, f.number(tasks.length))}</span>
            </h2>
          )}
          <ul>
            {tasks.map((task) => (
              <TaskRow
                key={task.id}
                task={task}
                current={String(task.id) === route.id}
                now={now}
                to={to(String(task.id))}
              />
            ))}
          </ul>
        </section>
      ))}
      {rest > 0 && !search && (
        <button type="button" class="button more" onClick={onMore}>
          {t.common.more(f.number(Math.min(rest, PAGE)), f.number(rest))}
        </button>
      )}
    </>
  );
}

function Nothing({ state }: { state: TaskState }) {
  const { t } = useSession();
  const words = t.tasks.empty[state];
  return (
    <Empty title={words.title} why={words.why}>
      {state !== "open" && (
        <a class="button" href={href("tasks")}>
          {t.tasks.openLink}
        </a>
      )}
    </Empty>
  );
}

function TaskRow({ task, current, now, to }: { task: Task; current: boolean; now: number; to: string }) {
  const { t, f } = useSession();
  const last = task.last_active_at;
  const name = nameOf(task);
  const about = [
    task.title.includes(name) ? "" : name,
    last === null ? t.tasks.neverActive : t.tasks.lastActive(f.ago(last, now)),
    task.owner && t.tasks.ownedBy(task.owner),
  ];
  return (
    <li>
      <a href={to} data-walk={task.id} aria-current={current ? "true" : undefined}>
        <span class={`severity ${task.severity}`} title={t.tasks.severityLong[task.severity]}>
          {t.tasks.severity[task.severity]}
        </span>
        <span class="what">
          <strong>{task.title}</strong>
          <span class="muted">{about.filter(Boolean).join(" · ")}</span>
          <PauseMark task={task} />
        </span>
        <When task={task} now={now} />
      </a>
    </li>
  );
}
