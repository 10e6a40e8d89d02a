/** Tasks: the inbox of the CSM, grouped by what is due; a row opens the panel. */
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { readTasks } from "../api";
import { DAY } from "../format";
import { useLoad } from "../load";
import { Icon } from "../parts/icon";
import { Empty, Failed, Skeleton } from "../parts/states";
import { go, having, href, type Route } from "../router";
import { useSession } from "../session";
import type { Task, TaskState, Tasks } from "../types";
import { useWalk } from "../walk";
import { TaskPanel } from "./panel";

const STATES: TaskState[] = ["open", "snoozed", "done"];
const GROUPS = ["overdue", "today", "later", "undated"] as const;
export type Group = (typeof GROUPS)[number];

/** Where a task stands by its deadline: past, within the same local day, later, or without one. */
export function groupOf(due: number | null, now: number): Group {
  if (due === null) return "undated";
  if (due < now) return "overdue";
  return due < new Date(now).setHours(0, 0, 0, 0) + DAY ? "today" : "later";
}

/** Groups in order, none empty; inside a group the earliest deadline first, then the longest open. */
export function grouped(tasks: readonly Task[], now: number): [Group, Task[]][] {
  const by = (a: Task, b: Task) => (a.due_at ?? 0) - (b.due_at ?? 0) || a.opened_at - b.opened_at;
  return GROUPS.map((group): [Group, Task[]] => [
    group,
    tasks.filter((task) => groupOf(task.due_at, now) === group).sort(by),
  ]).filter(([, found]) => found.length > 0);
}

export const nameOf = (task: Task): string => task.account_name ?? task.account ?? task.subject.slice(2);

export function useTasks(
  route: Route,
  onChanged: () => void,
): { page: ComponentChildren; panel: ComponentChildren } {
  const { t, lang, now } = useSession();
  const asked = route.query.get("state") as TaskState;
  const state = STATES.includes(asked) ? asked : "open";
  const loaded = useLoad(`tasks:${state} ${lang}`, (signal) => readTasks(state, lang, signal));
  useEffect(() => {
    document.title = `${t.tasks.title} · Waypost`;
  }, [t]);
  const to = (id: string | null, tab = "") => href("tasks", id, tab, route.query);
  useWalk((id) => go(to(id)), { d: (id) => go(to(id, "done")), s: (id) => go(to(id, "snooze")) });
  const open = loaded.data?.tasks.find((task) => String(task.id) === route.id) ?? null;
  const changed = () => {
    loaded.reload();
    onChanged();
  };
  const panel = route.id && (loaded.data || loaded.error) && (
    <TaskPanel
      id={route.id}
      task={open}
      tab={route.tab}
      to={to}
      onClose={() => go(to(null))}
      onChanged={(id) => {
        loaded.change((data) => ({ ...data, tasks: data.tasks.filter((task) => task.id !== id) }));
        changed();
        go(to(null));
      }}
      onFailed={changed}
    />
  );
  return { page: <Inbox loaded={loaded} state={state} route={route} now={now()} to={to} />, panel };
}

interface InboxProps {
  loaded: {
    data: Tasks | null;
    error: Parameters<typeof Failed>[0]["error"] | null;
    slow: boolean;
    reload: () => void;
  };
  state: TaskState;
  route: Route;
  now: number;
  to: (id: string | null, tab?: string) => string;
}

function Inbox({ loaded, state, route, now, to }: InboxProps) {
  const { t, f } = useSession();
  const { data } = loaded;
  const groups: [Group | null, Task[]][] = data
    ? state === "open"
      ? grouped(data.tasks, now)
      : [[null, data.tasks]]
    : [];
  return (
    <>
      <header class="head">
        <h1>{t.tasks.title}</h1>
        <p class="question">{t.tasks.question}</p>
      </header>
      <div class="toolbar">
        <nav class="chips" aria-label={t.tasks.states}>
          {STATES.map((each) => (
            <a
              key={each}
              href={href("tasks", null, "", having(route.query, { state: each === "open" ? null : each }))}
              aria-current={each === state ? "page" : undefined}
            >
              {t.tasks.tabs[each]}
              {data && <span class="muted"> {f.number(data.counts[each])}</span>}
            </a>
          ))}
        </nav>
      </div>
      {loaded.error && !data && <Failed error={loaded.error} retry={loaded.reload} />}
      {!data && loaded.slow && <Skeleton rows={6} height={56} />}
      {data && !data.tasks.length && <Nothing state={state} />}
      {groups.map(
        ([group, tasks]) =>
          tasks.length > 0 && (
            <section key={group ?? "all"} class="inbox">
              {group && (
                <h2 class={group === "overdue" || group === "today" ? "hot" : ""}>
                  {t.tasks.groups[group]} <span class="muted">{f.number(tasks.length)}</span>
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
          ),
      )}
    </>
  );
}

function Nothing({ state }: { state: TaskState }) {
  const { t } = useSession();
  const words = t.tasks.empty[state];
  return (
    <Empty title={words.title} why={words.why}>
      {state === "open" ? (
        <a class="button" href={href("tips")}>
          {t.nav.tips}
        </a>
      ) : (
        <a class="button" href={href("tasks")}>
          {t.tasks.openLink}
        </a>
      )}
    </Empty>
  );
}

function TaskRow({ task, current, now, to }: { task: Task; current: boolean; now: number; to: string }) {
  const { t, f } = useSession();
  const last = task.context.last_active_at;
  const when = () => {
    if (task.closed_at !== null) return t.tasks.closed(f.ago(task.closed_at, now));
    if (task.snoozed_until !== null) return t.tasks.back(f.ago(task.snoozed_until, now));
    if (task.due_at === null) return t.tasks.since(f.moment(task.opened_at, now));
    if (task.due_at < now) return t.tasks.overdue(f.span(now - task.due_at));
    return t.tasks.due(f.ago(task.due_at, now));
  };
  const hot = task.closed_at === null && task.due_at !== null && task.due_at < now;
  return (
    <li>
      <a href={to} data-walk={task.id} aria-current={current ? "true" : undefined}>
        <span class={`severity ${task.severity}`}>{t.tasks.severity[task.severity]}</span>
        <span class="what">
          <strong>{task.title}</strong>
          <span class="muted">
            {[nameOf(task), last === null ? t.tasks.neverActive : t.tasks.lastActive(f.ago(last, now))].join(
              " · ",
            )}
          </span>
        </span>
        <span class={hot ? "when hot" : "when"}>
          {hot && <Icon name="clock" size={13} />} {when()}
        </span>
      </a>
    </li>
  );
}
