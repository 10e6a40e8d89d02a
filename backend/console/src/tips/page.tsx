/** Tips: each with its state, its numbers, and what held it back most; a row opens the panel. */
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { readTips } from "../api";
import { csv, download } from "../csv";
import { useKeys } from "../keys";
import { type Loaded, useLoad } from "../load";
import { Copied } from "../parts/copied";
import { Sparkline } from "../parts/figures";
import { Icon, surfaceIcon } from "../parts/icon";
import { useMore } from "../parts/more";
import { Search } from "../parts/search";
import { Empty, Failed, Skeleton, Stale } from "../parts/states";
import { go, having, href, type Route } from "../router";
import { useSession } from "../session";
import type { Count, Days, Me, Tip, TipState, Tips } from "../types";
import { useWalk } from "../walk";
import { TipPanel } from "./panel";

const COUNTS = ["eligible", "shown", "engaged", "dismissed", "goal"] as const satisfies readonly Count[];
const STATES: TipState[] = ["live", "shadow", "draft", "paused", "scheduled", "ended", "retired"];
const SMALLEST = `{
  "id": "export-schedule",
  "text": {"en": {"title": "Send this report by itself"}},
  "placement": {"surface": "tooltip", "anchor": "export"},
  "trigger": {"when": {"did": {"event": "report_exported", "min": 3, "last": "7d"}}}
}`;

type Change = (change: Record<string, string | null>) => void;

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
      onChanged={loaded.reload}
      onClose={() => go(href("tips", null, "", plain(route.query)))}
    />
  );
  return { page: <TipsList loaded={loaded} route={route} days={days} />, panel };
}

/** The query without what belongs to a panel. */
const plain = (query: URLSearchParams) => having(query, { outcome: null, user: null, at: null });

function TipsList({ loaded, route, days }: { loaded: Loaded<Tips>; route: Route; days: Days }) {
  const { me } = useSession();
  const { query } = route;
  const tips = loaded.data?.tips ?? [];
  const shown = filtered(tips, query.get("state") ?? "", query.get("q") ?? "");
  const set = (change: Record<string, string | null>) =>
    go(href("tips", route.id, route.tab, having(query, change)), "replace");
  const save = () => download(`tips-${days}d.csv`, csv(sheet(shown, days)));
  const open = (id: string, tab = "") => go(href("tips", id, tab, plain(query)));
  useWalk((id) => open(id), { e: (id) => open(id, "rule") });
  useKeys({
    w: () => set({ days: days === "7" ? "28" : "7" }),
    x: () => tips.length > 0 && save(),
  });
  return (
    <>
      <Head days={days} set={set} save={tips.length ? save : null} />
      {me?.rules.backfill && <Backfill done={me.rules.backfill[0]} of={me.rules.backfill[1]} />}
      {me && <Problems me={me} />}
      {me && loaded.data && loaded.data.differs.length > 0 && (
        <Differs ids={loaded.data.differs} folder={me.rules.folder} />
      )}
      {me && !me.heard && tips.length > 0 && <NothingHeard writeKey={me.write_key} />}
      <Stale loaded={loaded} />
      {loaded.error && !loaded.data && <Failed error={loaded.error} retry={loaded.reload} />}
      {loaded.slow && <Skeleton rows={8} />}
      {loaded.data && !tips.length && <NoTips />}
      {tips.length > 0 && (
        <>
          <Toolbar tips={tips} query={query} set={set} />
          <TipsTable tips={shown} of={tips.length} route={route} days={days} set={set} />
        </>
      )}
    </>
  );
}

interface HeadProps {
  days: Days;
  set: Change;
  save: (() => void) | null;
}

function Head({ days, set, save }: HeadProps) {
  const { t } = useSession();
  return (
    <header class="head">
      <h1>{t.tips.title}</h1>
      <p class="question">{t.tips.question}</p>
      {save && (
        <div class="tools">
          <fieldset class="chips" aria-label={t.tips.period}>
            {(["7", "28"] as Days[]).map((each) => (
              <button
                key={each}
                type="button"
                aria-pressed={days === each}
                aria-keyshortcuts="w"
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
            aria-keyshortcuts="x"
            title={`${t.common.export} (x)`}
            onClick={save}
          >
            <Icon name="download" /> {t.common.export}
          </button>
        </div>
      )}
    </header>
  );
}

/** States that no tip has are no choice; one state alone needs no filter. */
function Toolbar({ tips, query, set }: { tips: readonly Tip[]; query: URLSearchParams; set: Change }) {
  const { t } = useSession();
  const state = query.get("state") ?? "";
  const found = STATES.filter((each) => each === state || tips.some((tip) => tip.state === each));
  return (
    <div class="toolbar">
      <Search label={t.tips.search} value={query.get("q") ?? ""} onInput={(q) => set({ q })} />
      {(found.length > 1 || state) && (
        <fieldset class="chips" aria-label={t.common.filters}>
          {["", ...found].map((each) => (
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
      )}
    </div>
  );
}

interface TableProps {
  tips: Tip[];
  of: number;
  route: Route;
  days: Days;
  set: Change;
}

function TipsTable({ tips, of, route, days, set }: TableProps) {
  const { t, f } = useSession();
  const [limit, more] = useMore(tips.length);
  if (!tips.length)
    return (
      <Empty title={t.tips.nothing} why="">
        <button type="button" class="button" onClick={() => set({ q: null, state: null })}>
          {t.common.clear}
        </button>
      </Empty>
    );
  const whole = tips.length === of ? null : f.number(of);
  return (
    <div class="scroll">
      <table class="data tips">
        <caption>
          {t.tips.count(tips.length, f.number(tips.length), whole)} {t.tips.table[days]}
        </caption>
        <thead>
          <tr>
            <th scope="col">{t.tips.column.name}</th>
            <th scope="col">{t.tips.column.state}</th>
            {COUNTS.map((count) => (
              <th key={count} scope="col" class={`num ${count}`} title={t.tips.hint[count]}>
                {t.tips.column[count]}
              </th>
            ))}
            <th scope="col" class="wide">
              {t.tips.column.daily}
            </th>
            <th scope="col" class="held">
              {t.tips.column.held}
            </th>
          </tr>
        </thead>
        <tbody>
          {tips.slice(0, limit).map((tip) => (
            <TipRow
              key={tip.id}
              tip={tip}
              days={days}
              current={tip.id === route.id}
              to={href("tips", tip.id, "", plain(route.query))}
            />
          ))}
        </tbody>
      </table>
      {more}
    </div>
  );
}

function NoTips() {
  const { t } = useSession();
  return (
    <Empty title={t.tips.empty.title} why={t.tips.empty.why}>
      <p>{t.tips.empty.do}</p>
      <Copied text={SMALLEST} label={t.tips.empty.sample} />
    </Empty>
  );
}

/** Rules are live and nobody was there yet: the tag is what is missing. */
function NothingHeard({ writeKey }: { writeKey: string }) {
  const { t } = useSession();
  const tag = `<script async src="${location.origin}/sdk/waypost.js" data-key="${writeKey}"></script>`;
  return (
    <section class="first" aria-label={t.tips.unheard.title}>
      <h2>{t.tips.unheard.title}</h2>
      <p>{t.tips.unheard.do}</p>
      <Copied text={tag} label={t.tips.unheard.tag} />
    </section>
  );
}

function TipRow({ tip, days, current, to }: { tip: Tip; days: Days; current: boolean; to: string }) {
  const { t, f } = useSession();
  const stats = tip[days];
  const surface = t.tips.surface[tip.surface] ?? tip.surface;
  const { length } = tip.warnings;
  const warned = length > 0 && t.tips.warnings(length, f.number(length));
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
        <span class="named">
          <span class="what" title={surface}>
            <Icon name={surfaceIcon(tip.surface, tip.kind)} />
            <span class="sr-only">{surface}</span>
          </span>
          <a href={to}>{tip.name}</a>
          {warned && (
            <span class="what" title={warned}>
              <Icon name="warning" size={13} />
              <span class="sr-only">{warned}</span>
            </span>
          )}
        </span>
      </th>
      <td>
        <span class={`state ${tip.state}`}>{t.tips.state[tip.state]}</span>
        {tip.state === "shadow" && (
          <span class="would muted">{t.tips.wouldShow(stats.would_show, f.number(stats.would_show))}</span>
        )}
      </td>
      {COUNTS.map((count) => (
        <td
          key={count}
          class={`num ${count}${stats[count] ? "" : " none"}`}
          data-label={t.tips.column[count]}
        >
          {f.number(stats[count])}
        </td>
      ))}
      <td class="wide">
        <Sparkline daily={tip.daily} days={Number(days)} label={t.tips.daily(peak, last)} />
      </td>
      <td class={stats.held_back ? "held some" : "held"} data-label={t.tips.column.held}>
        {stats.held_back ? (
          <>
            {stats.held_back.words}{" "}
            <span class="muted">
              · {t.common.people(stats.held_back.users, f.number(stats.held_back.users))}
            </span>
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
  const counts = [
    "eligible",
    "would_show",
    "shown",
    "engaged",
    "dismissed",
    "snoozed",
    "muted",
    "goal",
  ] as const;
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

/** How far the history of new conditions is brought in. */
function Backfill({ done, of }: { done: number; of: number }) {
  const { t, f } = useSession();
  return (
    <label class="problems backfill">
      {t.tips.backfill(f.number(done), f.number(of))}
      <progress value={done} max={of} />
    </label>
  );
}

/** A rollback or a change of state here stays until the folder says something new. */
function Differs({ ids, folder }: { ids: readonly string[]; folder: string }) {
  const { t } = useSession();
  return (
    <p class="problems differs">
      {t.tips.differs(folder)}{" "}
      {ids.map((id, index) => (
        <span key={id}>
          {index > 0 && ", "}
          <a href={href("tips", id, "versions")}>{id}</a>
        </span>
      ))}
    </p>
  );
}

/** What is wrong in the rules folder right now; the old rules stay live meanwhile. */
function Problems({ me }: { me: Me }) {
  const { t, f } = useSession();
  const { problems, folder } = me.rules;
  const errors = problems.filter((problem) => problem.severity === "error");
  if (!problems.length) return null;
  const listed = errors.length ? errors : problems;
  const bad = me.rules.loaded_at ? t.tips.problems.kept : t.tips.problems.none;
  const words = errors.length ? bad : t.tips.problems.warned;
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
