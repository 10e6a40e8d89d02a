/** One tip: numbers, people, why for one person, the rule as written. Each part has its own address. */
import { readTip } from "../api";
import { useKeys } from "../keys";
import { useLoad } from "../load";
import { Bars, DailyChart, Figure, type Row } from "../parts/figures";
import { Json } from "../parts/json";
import { Nodes } from "../parts/nodes";
import { Panel, Section } from "../parts/panel";
import { Failed, Skeleton, Stale } from "../parts/states";
import { go, having, href } from "../router";
import { useSession } from "../session";
import type { Days, TipDetail, TipState } from "../types";
import { EffectTab } from "./effect";
import { PeopleTab } from "./people";
import { TryTab } from "./try";
import { States, VersionsTab } from "./versions";
import { WhyTab } from "./why";

const TABS = ["overview", "people", "why", "rule", "effect", "versions"] as const;
type Tab = (typeof TABS)[number];
const DAY = 86_400_000;
const RESTS: readonly TipState[] = ["draft", "shadow", "paused", "retired"];

interface Props {
  id: string;
  tab: string;
  query: URLSearchParams;
  days: Days;
  onClose: () => void;
  onChanged: () => void;
}

export function TipPanel({ id, tab, query, days, onClose, onChanged }: Props) {
  const { t, lang } = useSession();
  const loaded = useLoad(`tip:${id} ${lang}`, (signal) => readTip(id, lang, signal));
  const trying = tab === "try";
  const here: Tab = trying ? "rule" : (TABS.find((each) => each === tab) ?? "overview");
  const tip = loaded.data;
  const changed = () => {
    loaded.reload();
    onChanged();
  };
  const missing = loaded.error?.kind === "missing";
  const own = having(query, { outcome: null, user: null, at: null });
  const to = (each: Tab) => href("tips", id, each === "overview" ? "" : each, own);
  useKeys({
    ...Object.fromEntries(TABS.map((each, index) => [String(index + 1), () => go(to(each), "replace")])),
    y: () => go(href("tips", id, "try", own)),
  });
  return (
    <Panel
      subject={id}
      title={tip?.name ?? (missing ? t.tip.gone : id)}
      over={tip && <span class={`state ${tip.state}`}>{t.tips.state[tip.state]}</span>}
      under={
        tip && (
          <nav class="tabs" aria-label={t.tip.sections}>
            {TABS.map((each, index) => (
              <a
                key={each}
                href={to(each)}
                aria-current={each === here ? "page" : undefined}
                aria-keyshortcuts={String(index + 1)}
                title={`${t.tip.tabs[each]} (${index + 1})`}
              >
                {t.tip.tabs[each]}
              </a>
            ))}
          </nav>
        )
      }
      onClose={onClose}
    >
      <Stale loaded={loaded} />
      {missing && <p class="muted">{t.tip.goneDo}</p>}
      {loaded.error && !missing && !tip && <Failed error={loaded.error} retry={loaded.reload} />}
      {!tip && loaded.slow && <Skeleton rows={6} height={48} />}
      {tip && here === "overview" && <Overview tip={tip} days={days} query={own} onChanged={changed} />}
      {tip && here === "effect" && <EffectTab tip={tip} />}
      {tip && here === "versions" && <VersionsTab tip={tip} onChanged={changed} />}
      {tip && here === "people" && <PeopleTab tip={tip} days={days} query={query} />}
      {tip && here === "why" && <WhyTab tip={tip} query={query} />}
      {tip && trying && <TryTab key={id} tip={tip} onChanged={changed} />}
      {tip && here === "rule" && !trying && (
        <Section title={t.rule.title}>
          <p class="muted">{t.rule.read}</p>
          <a class="button act-try" href={href("tips", id, "try", own)} aria-keyshortcuts="y">
            {t.trial.action} <kbd>y</kbd>
          </a>
          <Json value={tip.rule} label={t.rule.title} />
        </Section>
      )}
    </Panel>
  );
}

interface OverviewProps {
  tip: TipDetail;
  days: Days;
  query: URLSearchParams;
  onChanged: () => void;
}

function Overview({ tip, days, query, onChanged }: OverviewProps) {
  const { t, f, lang, now } = useSession();
  const stats = tip[days];
  const words = t.tips.column;
  const people = (outcome: string) => href("tips", tip.id, "people", having(query, { outcome }));
  // a goal reached in the period may belong to a view before it: then there is no share to speak of
  const share = (part: number, whole: number) =>
    whole && part <= whole ? f.percent(part / whole) : t.common.none;
  const funnel: Row[] = [
    { label: words.eligible, value: stats.eligible, onOpen: people("eligible") },
    {
      label: words.shown,
      value: stats.shown,
      note: share(stats.shown, stats.eligible),
      onOpen: people("viewed"),
    },
    {
      label: words.engaged,
      value: stats.engaged,
      note: share(stats.engaged, stats.shown),
      onOpen: people("clicked"),
    },
    {
      label: words.goal,
      value: stats.goal,
      note: share(stats.goal, stats.shown),
      tone: "goal",
      onOpen: people("goal"),
    },
  ];
  if (tip.state === "shadow" || stats.would_show)
    funnel.splice(1, 0, {
      label: words.would_show,
      value: stats.would_show,
      note: share(stats.would_show, stats.eligible),
      onOpen: people("would_show"),
    });
  const left: Row[] = (["dismissed", "snoozed", "muted"] as const).map((what) => ({
    label: words[what],
    value: stats[what],
    note: share(stats[what], stats.shown),
    onOpen: people(what),
  }));
  const dates = tip.daily.map((_, day) => f.date(now() - (tip.daily.length - 1 - day) * DAY, now()));
  const rows = (list: Row[]) =>
    list.map((row): [string, string, string?] => [row.label, f.number(row.value), row.note ?? ""]);
  const content = tip.content?.[lang] ?? Object.values(tip.content ?? {})[0];
  const trigger = [tip.trigger_words].flat();
  return (
    <>
      {RESTS.includes(tip.state) && <States tip={tip} onChanged={onChanged} />}
      {content && (
        <Section title={t.tip.text}>
          <blockquote class="said">
            <strong>
              <Nodes nodes={content.title} />
            </strong>
            <div>
              <Nodes nodes={content.body} />
            </div>
          </blockquote>
        </Section>
      )}
      <Section title={t.tip.trigger}>
        {trigger.map((line) => (
          <p key={line}>{line}</p>
        ))}
      </Section>
      <Figure
        title={t.tip.funnel(days)}
        table={{ head: [t.tip.outcome, t.tip.viewsColumn, t.tip.share], rows: rows(funnel) }}
      >
        <Bars rows={funnel} whole={stats.eligible} />
      </Figure>
      <Figure
        title={t.tip.left(days)}
        table={{ head: [t.tip.outcome, t.tip.viewsColumn, t.tip.ofShown], rows: rows(left) }}
      >
        <Bars rows={left} whole={stats.shown} />
      </Figure>
      <Figure
        title={t.tip.daily}
        table={{
          head: [t.tip.dayColumn, t.tip.viewsColumn],
          rows: tip.daily.map((n, day) => [dates[day] ?? "", f.number(n)]),
        }}
      >
        <DailyChart daily={tip.daily} dates={dates} />
      </Figure>
      <Held tip={tip} query={query} />
    </>
  );
}

function Held({ tip, query }: { tip: TipDetail; query: URLSearchParams }) {
  const { t, f } = useSession();
  if (!tip.held.length)
    return (
      <Section title={t.tip.held}>
        <p class="muted">{t.tip.heldNone}</p>
      </Section>
    );
  const rows: Row[] = tip.held.map((held) => ({
    label: held.words,
    value: held.users,
    onOpen: href("tips", tip.id, "people", having(query, { outcome: `held:${held.code}` })),
  }));
  return (
    <Figure
      title={t.tip.held}
      table={{
        head: [t.tip.reason, t.tip.viewsColumn],
        rows: rows.map((row) => [row.label, f.number(row.value)]),
      }}
    >
      <Bars rows={rows} whole={Math.max(...rows.map((row) => row.value))} wide />
    </Figure>
  );
}
