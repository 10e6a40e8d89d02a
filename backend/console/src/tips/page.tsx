/** Tips: each with its state, its numbers, and what held it back most; a row opens the panel. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { readTips } from "../api";
import { csv, download } from "../csv";
import { useKeys } from "../keys";
import { useLoad } from "../load";
import { Sparkline } from "../parts/figures";
import { Icon, surfaceIcon } from "../parts/icon";
import { Empty, Failed, Skeleton } from "../parts/states";
import { go, having, href, type Route } from "../router";
import { useSession } from "../session";
import type { Count, Days, Me, Tip, TipState } from "../types";
import { useWalk } from "../walk";
import { TipPanel } from "./panel";

const COUNTS = ["eligible", "shown", "engaged", "dismissed", "goal"] as const satisfies readonly Count[];
const STATES: TipState[] = ["live", "scheduled", "ended"];
const SMALLEST = `{
  "id": "export-schedule",
  "text": {"en": {"title": "Send this report by itself"}},
  "placement": {"surface": "tooltip", "anchor": "export"},
  "trigger": {"when": {"did": {"event": "report_exported", "min": 3, "last": "7d"}}}
}`;

export const daysOf = (query: URLSearchParams): Days => (query.get("days") === "7" ? "7" : "28");

/** Tips in the wanted state whose name or id holds the searched text. */
export function filtered(tips: readonly Tip[], state: string, search: string): Tip[] {
  const text = search.trim().toLowerCase();
  return tips.filter(
    (tip) =>
      (!state || tip.state === state) && (!text || `${tip.name} ${tip.id}`.toLowerCase().includes(text)),
  );
}

export function useTips(route: Route): { page: ComponentChildren; panel: ComponentChildren } {
  const { t, lang } = useSession();
  const loaded = useLoad(`tips ${lang}`, (signal) => readTips(lang, signal));
  const days = daysOf(route.query);
  useEffect(() => {
    document.title = `${t.tips.title} · Waypost`;
  }, [t]);
  const panel = route.id && (
    <TipPanel
      id={route.id}
      tab={route.tab}
      query={route.query}
      days={days}
      onClose={() => go(href("tips", null, "", plain(route.query)))}
    />
  );
  if (loaded.error && !loaded.data)
    return { page: <Failed error={loaded.error} retry={loaded.reload} />, panel };
  if (!loaded.data) return { page: loaded.slow ? <Skeleton rows={8} /> : null, panel };
  return { page: <TipsTable tips={loaded.data.tips} route={route} days={days} />, panel };
}

/** The query without what belongs to a panel. */
const plain = (query: URLSearchParams) => having(query, { outcome: null, user: null, at: null });

function TipsTable({ tips, route, days }: { tips: Tip[]; route: Route; days: Days }) {
  const { t, f, me } = useSession();
  const search = useRef<HTMLInputElement>(null);
  const { query } = route;
  const state = query.get("state") ?? "";
  const shown = filtered(tips, state, query.get("q") ?? "");
  const set = (change: Record<string, string | null>) =>
    go(href("tips", route.id, route.tab, having(query, change)), "replace");
  const open = (id: string, tab = "") => go(href("tips", id, tab, plain(query)));
  useWalk((id) => open(id), { e: (id) => open(id, "rule") });
  useKeys({
    w: () => set({ days: days === "7" ? "28" : "7" }),
    "/": (event) => {
      event.preventDefault();
      search.current?.focus();
    },
  });
  if (!tips.length)
    return (
      <>
        <Head />
        {me && <Problems me={me} />}
        <Empty title={t.tips.empty.title} why={t.tips.empty.why}>
          <p>{t.tips.empty.do}</p>
          <pre class="sample">{SMALLEST}</pre>
        </Empty>
      </>
    );
  const some = shown.length === tips.length ? null : f.number(tips.length);
  return (
    <>
      <Head />
      {me && <Problems me={me} />}
      <div class="toolbar">
        <fieldset class="chips" aria-label={t.common.filters}>
          {["", ...STATES].map((each) => (
            <button
              key={each}
              type="button"
              aria-pressed={state === each}
              onClick={() => set({ state: each || null })}
            >
              {each ? t.tips.state[each as TipState] : t.common.all}
            </button>
          ))}
        </fieldset>
        <input
          ref={search}
          type="search"
          class="search"
          placeholder={`${t.tips.search}  /`}
          aria-label={t.tips.search}
          value={query.get("q") ?? ""}
          onInput={(event) => set({ q: event.currentTarget.value || null })}
          onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
        />
        <span class="count">{t.tips.count(shown.length, f.number(shown.length), some)}</span>
        <fieldset class="chips" aria-label={t.tips.period}>
          {(["7", "28"] as Days[]).map((each) => (
            <button
              key={each}
              type="button"
              aria-pressed={days === each}
              title={`${t.tips.days[each]} (w)`}
              onClick={() => set({ days: each === "28" ? null : each })}
            >
              {t.tips.days[each]}
            </button>
          ))}
        </fieldset>
        <button
          type="button"
          class="button small"
          onClick={() => download(`tips-${days}d.csv`, csv(sheet(shown, days)))}
        >
          <Icon name="download" /> {t.tips.export}
        </button>
      </div>
      {shown.length ? (
        <div class="scroll">
          <table class="data tips">
            <caption class="sr-only">{t.tips.table(days)}</caption>
            <thead>
              <tr>
                <th scope="col">{t.tips.column.name}</th>
                <th scope="col">{t.tips.column.state}</th>
                {COUNTS.map((count) => (
                  <th key={count} scope="col" class="num" title={t.tips.hint[count]}>
                    {t.tips.column[count]}
                  </th>
                ))}
                <th scope="col" class="wide">
                  {t.tips.column.daily}
                </th>
                <th scope="col">{t.tips.column.held}</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((tip) => (
                <TipRow
                  key={tip.id}
                  tip={tip}
                  days={days}
                  current={tip.id === route.id}
                  to={href("tips", tip.id, "", plain(query))}
                />
              ))}
            </tbody>
          </table>
        </div>
      ) : (
        <Empty title={t.tips.nothing} why="">
          <button type="button" class="button" onClick={() => set({ q: null, state: null })}>
            {t.common.clear}
          </button>
        </Empty>
      )}
    </>
  );
}

function Head() {
  const { t } = useSession();
  return (
    <header class="head">
      <h1>{t.tips.title}</h1>
      <p class="question">{t.tips.question}</p>
    </header>
  );
}

function TipRow({ tip, days, current, to }: { tip: Tip; days: Days; current: boolean; to: string }) {
  const { t, f } = useSession();
  const stats = tip[days];
  const surface = t.tips.surface[tip.surface] ?? tip.surface;
  const peak = f.number(Math.max(0, ...tip.daily));
  const last = f.number(tip.daily[tip.daily.length - 1] ?? 0);
  return (
    <tr
      data-walk={tip.id}
      tabIndex={-1}
      aria-current={current ? "true" : undefined}
      onClick={(event) => !(event.target as Element).closest("a") && go(to)}
    >
      <th scope="row">
        <span class="what" title={surface}>
          <Icon name={surfaceIcon(tip.surface, tip.kind)} />
          <span class="sr-only">{surface}</span>
        </span>
        <a href={to}>{tip.name}</a>
        {tip.warnings.length > 0 && (
          <span class="warned" title={t.tips.warnings(tip.warnings.length, f.number(tip.warnings.length))}>
            <Icon name="warning" size={13} />
          </span>
        )}
      </th>
      <td>
        <span class={`state ${tip.state}`}>{t.tips.state[tip.state]}</span>
      </td>
      {COUNTS.map((count) => (
        <td key={count} class={stats[count] ? "num" : "num none"} data-label={t.tips.column[count]}>
          {f.number(stats[count])}
        </td>
      ))}
      <td class="wide">
        <Sparkline daily={tip.daily} days={Number(days)} label={t.tips.daily(peak, last)} />
      </td>
      <td class="held" data-label={t.tips.column.held}>
        {stats.held_back ? (
          <>
            {stats.held_back.words} <span class="muted">{f.number(stats.held_back.users)}</span>
          </>
        ) : (
          <span class="muted">{t.tips.notHeld}</span>
        )}
      </td>
    </tr>
  );
}

/** The rows of the export: one tip a row, ids and plain numbers. */
export function sheet(tips: readonly Tip[], days: Days): (string | number)[][] {
  const counts = ["eligible", "shown", "engaged", "dismissed", "snoozed", "muted", "goal"] as const;
  const head = ["id", "name", "state", "category", "days", ...counts, "held_back", "held_back_people"];
  const row = (tip: Tip) => [
    tip.id,
    tip.name,
    tip.state,
    tip.category,
    Number(days),
    ...counts.map((count) => tip[days][count]),
    tip[days].held_back?.code ?? "",
    tip[days].held_back?.users ?? 0,
  ];
  return [head, ...tips.map(row)];
}

/** What is wrong in the rules folder right now; the old rules stay live meanwhile. */
function Problems({ me }: { me: Me }) {
  const { t, f } = useSession();
  const { problems, folder } = me.rules;
  const errors = problems.filter((problem) => problem.severity === "error");
  if (!problems.length) return null;
  const listed = errors.length ? errors : problems;
  const words = errors.length ? t.tips.problems.title : t.tips.problems.warned;
  return (
    <details class={errors.length ? "problems bad" : "problems"} open={errors.length > 0}>
      <summary>
        <Icon name="warning" /> {words(listed.length, f.number(listed.length), folder)}
      </summary>
      <ul>
        {listed.map((problem) => (
          <li key={`${problem.file}${problem.path}${problem.message}`}>
            <code>
              {problem.file}
              {problem.path && `: ${problem.path}`}
            </code>
            <span>{problem.message}</span>
          </li>
        ))}
      </ul>
      {errors.length > 0 && <p class="muted">{t.tips.problems.next}</p>}
    </details>
  );
}
