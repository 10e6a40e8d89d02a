/** Reports: one section a question; each number leads to the people behind it. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { readReports } from "../api";
import { csv, download } from "../csv";
import { DAY } from "../format";
import { useLoad } from "../load";
import { Bars, Figure } from "../parts/figures";
import { Icon } from "../parts/icon";
import { Section } from "../parts/panel";
import { Empty, Failed, Said, Skeleton, Stale } from "../parts/states";
import { go, href, type Route } from "../router";
import { useSession } from "../session";
import { useWalk } from "../walk";
import { Curve, Weeks } from "./charts";
import { PeoplePanel } from "./people";
import { sheet } from "./sheets";
import { CommentsPanel, SurveysPart } from "./surveys";
import { type Activation, type Funnel, REPORTS, type ReportName, type Reports, type Side } from "./types";

type Part<T = Reports> = (props: { all: T }) => ComponentChildren;

/** Where the people behind a number are. */
const behind = (report: ReportName, number: string, of = "") =>
  href("reports", report, number, of ? new URLSearchParams({ of }) : undefined);

export function useReports(route: Route): { page: ComponentChildren; panel: ComponentChildren } {
  const { t, lang } = useSession();
  const loaded = useLoad(`reports ${lang}`, (signal) => readReports(lang, signal));
  useEffect(() => {
    document.title = `${t.reports.title} · Waypost`;
  }, [t]);
  useWalk((to) => go(to));
  const report = REPORTS.find((name) => name === route.id);
  const of = route.query.get("of") ?? "";
  const title = useNumberName(loaded.data, report, route.tab);
  const panel =
    route.id === "surveys" ? (
      <CommentsPanel id={route.tab} onClose={() => go(href("reports"))} />
    ) : (
      route.id && (
        <PeoplePanel
          report={route.id}
          subject={href("reports", route.id, route.tab, route.query)}
          number={route.tab}
          of={of}
          title={title}
          over={[report && t.reports[report].title, nameOf(loaded.data, report, of)]
            .filter(Boolean)
            .join(" · ")}
          onClose={() => go(href("reports"))}
        />
      )
    );
  const all = loaded.data;
  const page = (
    <div class="reports">
      <header class="head">
        <h1>{t.reports.title}</h1>
        <p class="question">{t.reports.question}</p>
      </header>
      <Stale loaded={loaded} />
      {loaded.error && !all && <Failed error={loaded.error} retry={loaded.reload} />}
      {loaded.slow && <Skeleton rows={6} height={120} />}
      {all && all.log_from === null && (
        <Empty title={t.reports.empty.title} why={t.reports.empty.why}>
          <a class="button" href={href("tips")}>
            {t.reports.empty.do}
          </a>
        </Empty>
      )}
      {all && all.log_from !== null && (
        <>
          <p class="muted period">
            {t.reports.period} {all.cut && t.reports.cut}
          </p>
          {REPORTS.map((name) => (
            <Report key={name} name={name} all={all} />
          ))}
          <SurveysPart />
        </>
      )}
    </div>
  );
  return { page, panel };
}

const PARTS: Record<ReportName, Part> = {
  activity: Activity,
  adoption: Adoption,
  activation: ActivationPart,
  value: ValuePart,
  onboarding: OnboardingPart,
  funnel: FunnelPart,
  support: SupportPart,
};

function Report({ name, all }: { name: ReportName; all: Reports }) {
  const { t } = useSession();
  const Body = PARTS[name];
  const title = t.reports[name].title;
  const rows = sheet(name, all);
  return (
    <section class="report" aria-labelledby={`report-${name}`}>
      <header>
        <h2 id={`report-${name}`}>{title}</h2>
        {rows.length > 1 && (
          <button
            type="button"
            class="button small"
            aria-label={t.reports.save(title)}
            title={t.reports.save(title)}
            onClick={() => download(`${name}.csv`, csv(rows))}
          >
            <Icon name="download" /> CSV
          </button>
        )}
      </header>
      <Body all={all} />
    </section>
  );
}

/** What a number in the address is called. */
function useNumberName(all: Reports | null, report: ReportName | undefined, number: string): string {
  const { t } = useSession();
  const r = t.reports;
  const [first = "", second = "", third = ""] = number.split(":");
  if (!report) return r.people.gone;
  if (report === "onboarding" && first === "step") return `${r.onboarding.step} ${second}`;
  if (report === "funnel" && first === "held")
    return t.people.heldBy(all?.words[number.slice("held:".length)] ?? second);
  if (report === "funnel") return r.funnel.stages[first] ?? r.funnel.ghosts;
  if (report === "support" && third)
    return `${first === "before" ? r.support.before : r.support.after}: ${supportName(r.support, third)}`;
  if (report === "support") return supportName(r.support, first);
  const names: Record<string, string> = {
    mau: r.activity.mau,
    wau: r.activity.wau,
    adopters: r.adoption.adopters,
    sustained: r.adoption.sustained,
    not_yet: r.adoption.notYet,
    activated: r.activation.activated,
    not_activated: r.activation.notActivated,
    immature: r.activation.immature,
    reached: r.value.reached,
    waiting: r.value.waiting,
    open: r.onboarding.open,
    abandoned: r.onboarding.abandoned,
    interrupted: r.onboarding.interrupted,
  };
  const name = names[number] ?? r.people.gone;
  return name.charAt(0).toLocaleUpperCase() + name.slice(1);
}

const supportName = (
  words: { asking: string; again: string; early: string; people: string },
  number: string,
) => (number in words ? words[number as "again"] : words.people);

function nameOf(all: Reports | null, report: ReportName | undefined, of: string): string {
  if (report !== "funnel") return of;
  return all?.funnel.find((row) => row.tip === of)?.name ?? of;
}

/** A number that opens into its people; zero opens nothing. */
function People({ n, to, label }: { n: number; to: string; label?: string }) {
  const { f } = useSession();
  if (!n) return <span class="none">{f.number(0)}</span>;
  return (
    <a href={to} class="number" data-walk={to} aria-label={label && `${f.number(n)} ${label}`}>
      {f.number(n)}
    </a>
  );
}

function Big(props: { label: string; under?: ComponentChildren; children: ComponentChildren }) {
  return (
    <div>
      <dt>{props.label}</dt>
      <dd>{props.children}</dd>
      {props.under && <dd class="under">{props.under}</dd>}
    </div>
  );
}

const Question = ({ text }: { text: string }) => <p class="question">{text}</p>;

const Missing = ({ words }: { words: { empty: string; how: string } }) => (
  <div class="missing">
    <p>
      <strong>
        <Said text={words.empty} />
      </strong>
    </p>
    <p class="muted">
      <Said text={words.how} />
    </p>
  </div>
);

const useDate = () => {
  const { f, now } = useSession();
  return (day: number) => f.date(day * DAY + DAY / 2, now());
};

function Activity({ all }: { all: Reports }) {
  const { t, f } = useSession();
  const date = useDate();
  const { period, year_ago, weeks } = all.activity;
  const words = t.reports.activity;
  const before = (of: (p: typeof period) => string) =>
    year_ago ? t.reports.yearAgo(of(year_ago)) : t.reports.noYear;
  const share = (value: number | null) => (value === null ? t.common.none : f.share(value));
  const tenth = (value: number) => f.number(Math.round(value * 10) / 10);
  return (
    <>
      <Question text={words.question} />
      <dl class="big">
        <Big label={words.wau} under={before((p) => f.number(p.wau))}>
          <People n={period.wau} to={behind("activity", "wau")} />
        </Big>
        <Big label={words.mau} under={before((p) => f.number(p.mau))}>
          <People n={period.mau} to={behind("activity", "mau")} />
        </Big>
        <Big label={words.dau} under={before((p) => tenth(p.dau))}>
          {tenth(period.dau)}
        </Big>
        <Big label={words.stickiness} under={before((p) => share(p.stickiness))}>
          {share(period.stickiness)}
        </Big>
      </dl>
      <Figure
        title={words.chart}
        table={{
          head: [words.week, words.now, words.before],
          rows: weeks.map((week): [string, string, string] => [
            date(week.day),
            week.active === null ? t.common.none : f.number(week.active),
            week.year_ago === null ? t.common.none : f.number(week.year_ago),
          ]),
        }}
      >
        <Weeks weeks={weeks} date={date} />
        <ul class="legend">
          <li class="line">{words.now}</li>
          <li class="dashes">
            {weeks.every((week) => week.year_ago === null) ? t.reports.noYear : words.before}
          </li>
        </ul>
      </Figure>
    </>
  );
}

function Adoption({ all }: { all: Reports }) {
  const { t, f } = useSession();
  const words = t.reports.adoption;
  const { features, seats } = all.adoption;
  const share = (value: number | null) => (value === null ? t.common.none : f.percent(value));
  if (!features.length) return <Missing words={words} />;
  const unused = features.filter((row) => !row.adopters);
  return (
    <>
      <Question text={words.question} />
      <table class="data stack">
        <thead>
          <tr>
            <th scope="col">{words.feature}</th>
            <th scope="col" class="num">
              {words.adopters}
            </th>
            <th scope="col" class="num">
              {words.breadth}
            </th>
            {seats !== null && (
              <th scope="col" class="num">
                {words.seats}
              </th>
            )}
            <th scope="col" class="num">
              {words.depth}
            </th>
            <th scope="col" class="num">
              {words.sustained}
            </th>
            <th scope="col" class="num">
              {words.notYet}
            </th>
          </tr>
        </thead>
        <tbody>
          {features
            .filter((row) => row.adopters)
            .map((row) => {
              const to = (number: string) => behind("adoption", number, row.feature);
              return (
                <tr key={row.feature}>
                  <th scope="row">
                    <code>{row.feature}</code>
                  </th>
                  <td class="num" data-label={words.adopters}>
                    <People n={row.adopters} to={to("adopters")} />
                  </td>
                  <td class="num" data-label={words.breadth}>
                    {share(row.breadth)}
                  </td>
                  {seats !== null && (
                    <td class="num" data-label={words.seats}>
                      {share(row.of_seats)}
                    </td>
                  )}
                  <td class="num" data-label={words.depth}>
                    {row.per_adopter === null ? t.common.none : f.number(row.per_adopter)}
                  </td>
                  <td class="num" data-label={words.sustained}>
                    <People n={row.sustained} to={to("sustained")} />{" "}
                    <span class="muted">({share(row.sustained_share)})</span>
                  </td>
                  <td class="num" data-label={words.notYet}>
                    <People n={row.not_yet} to={to("not_yet")} />
                  </td>
                </tr>
              );
            })}
        </tbody>
      </table>
      {unused.map((row) => (
        <p key={row.feature} class="muted">
          {t.reports.nobody(row.feature)}
        </p>
      ))}
    </>
  );
}

function ActivationPart({ all }: { all: Reports }) {
  const { t } = useSession();
  return all.activation ? <Activated found={all.activation} /> : <Missing words={t.reports.activation} />;
}

function Activated({ found }: { found: Activation }) {
  const { t, f } = useSession();
  const date = useDate();
  const words = t.reports.activation;
  const to = (number: string) => behind("activation", number);
  return (
    <>
      <Question text={words.question(found.events.join(words.and), f.span(found.within))} />
      {found.rate === null && <p class="muted">{words.none}</p>}
      <dl class="big">
        {found.rate !== null && (
          <Big label={words.rate} under={t.reports.of(f.number(found.activated), f.number(found.people))}>
            {f.percent(found.rate)}
          </Big>
        )}
        <Big label={words.activated}>
          <People n={found.activated} to={to("activated")} label={words.activated} />
        </Big>
        <Big label={words.notActivated}>
          <People n={found.people - found.activated} to={to("not_activated")} label={words.notActivated} />
        </Big>
        <Big label={words.immature}>
          <People n={found.immature} to={to("immature")} label={words.immature} />
        </Big>
      </dl>
      {found.cohorts.length > 0 && (
        <Section title={words.cohorts}>
          <table class="plain">
            <thead>
              <tr>
                <th scope="col">{t.reports.activity.week}</th>
                <th scope="col" class="num">
                  {words.people}
                </th>
                <th scope="col" class="num">
                  {words.share}
                </th>
              </tr>
            </thead>
            <tbody>
              {found.cohorts.map(([week, people, done]) => (
                <tr key={week}>
                  <th scope="row">{date(week)}</th>
                  <td class="num">{f.number(people)}</td>
                  <td class="num">
                    {f.number(done)} <span class="muted">({f.percent(done / people)})</span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Section>
      )}
      <p class="muted">{words.note}</p>
    </>
  );
}

function ValuePart({ all }: { all: Reports }) {
  const { t, f } = useSession();
  const words = t.reports.value;
  const found = all.value;
  if (!found) return <Missing words={words} />;
  if (!found.people)
    return (
      <>
        <Question text={words.question(found.event)} />
        <p class="muted">{words.none}</p>
      </>
    );
  const days = (value: number) => f.span(value * DAY);
  return (
    <>
      <Question text={words.question(found.event)} />
      <dl class="big">
        <Big label={words.median} under={found.median === null && words.notHalf}>
          {found.median === null ? t.common.none : days(found.median)}
        </Big>
        <Big label={words.by30} under={found.by_30 === null && words.notYet}>
          {found.by_30 === null ? t.common.none : f.percent(found.by_30)}
        </Big>
        <Big label={words.reached}>
          <People n={found.reached} to={behind("value", "reached")} label={words.reached} />
        </Big>
        <Big label={words.waiting}>
          <People n={found.people - found.reached} to={behind("value", "waiting")} label={words.waiting} />
        </Big>
      </dl>
      <Figure
        title={words.chart}
        table={{
          head: [words.after, words.share],
          rows: found.curve.map(([at, share]): [string, string] => [days(at), f.share(share)]),
        }}
      >
        <Curve value={found} />
      </Figure>
      <p class="muted">{words.note}</p>
    </>
  );
}

function OnboardingPart({ all }: { all: Reports }) {
  const { t, f } = useSession();
  const words = t.reports.onboarding;
  if (!all.onboarding.length) return <Missing words={words} />;
  const share = (value: number | null) => (value === null ? t.common.none : f.percent(value));
  return (
    <>
      <Question text={words.question} />
      <div class="pair">
        {all.onboarding.map((row) => {
          if (!row.launches)
            return (
              <p key={row.chain} class="muted">
                {t.reports.nobody(row.chain)}
              </p>
            );
          const parts =
            row.middle === null
              ? words.noMiddle(share(row.launch), share(row.finish))
              : words.parts(share(row.launch), share(row.middle), share(row.finish));
          const to = (number: string) => behind("onboarding", number, row.chain);
          const states = (["open", "abandoned", "interrupted"] as const).filter((state) => row[state]);
          return (
            <div key={row.chain} class="one">
              <dl class="big">
                <Big label={`${row.chain}: ${words.index}`} under={parts}>
                  {row.index === null ? t.common.none : f.number(Math.round(row.index))}
                </Big>
              </dl>
              <Figure
                title={words.steps(row.chain)}
                table={{
                  head: [words.step, words.attempts, words.conversion],
                  rows: row.steps.map((step, at): [string, string, string] => [
                    row.events[at] ?? "",
                    f.number(step.reached),
                    share(step.conversion),
                  ]),
                }}
              >
                <Bars
                  whole={row.launches}
                  rows={row.steps.map((step, at) => ({
                    label: `${at + 1}. ${row.events[at]}`,
                    value: step.reached,
                    note: step.conversion === null ? "" : f.percent(step.conversion),
                    tone: at === row.steps.length - 1 ? "goal" : "plain",
                    ...(step.reached ? { onOpen: to(`step:${at + 1}`) } : {}),
                  }))}
                />
              </Figure>
              <p class="muted">
                {states.map((state, at) => (
                  <span key={state}>
                    {at > 0 && ", "}
                    <a href={to(state)}>
                      {f.number(row[state])} {words[state]}
                    </a>
                  </span>
                ))}
                {states.length > 0 && ". "}
                {row.abandonment !== null && `${words.abandonment(f.percent(row.abandonment))}.`}
              </p>
            </div>
          );
        })}
      </div>
    </>
  );
}

function FunnelPart({ all }: { all: Reports }) {
  const { t, f } = useSession();
  const words = t.reports.funnel;
  if (!all.funnel.length) return <Missing words={words} />;
  /** The goal needs no click, so it is a share of those who saw the tip. */
  const rate = ({ stage, of_previous, of_viewed }: Funnel["stages"][number]) => {
    const share = stage === "goal" ? of_viewed : of_previous;
    return share === null ? "" : f.percent(share);
  };
  return (
    <>
      <Question text={words.question} />
      <div class="pair">
        {all.funnel.map((row) => {
          const to = (number: string) => behind("funnel", number, row.tip);
          const stages = row.stages.filter(({ stage }) => row.has_goal || stage !== "goal");
          return (
            <div key={row.tip} class="one">
              <Figure
                title={row.name}
                table={{
                  head: [words.stage, words.people, words.share],
                  rows: stages.map((stage): [string, string, string] => [
                    words.stages[stage.stage] ?? stage.stage,
                    f.number(stage.people),
                    rate(stage) || t.common.none,
                  ]),
                }}
              >
                <Bars
                  whole={row.stages[0]?.people ?? 0}
                  rows={stages.map((stage) => ({
                    label: words.stages[stage.stage] ?? stage.stage,
                    value: stage.people,
                    note: rate(stage),
                    tone: stage.stage === "goal" ? "goal" : "plain",
                    ...(stage.people ? { onOpen: to(stage.stage) } : {}),
                  }))}
                />
              </Figure>
              {!row.has_goal && <p class="muted">{words.noGoal}</p>}
              {row.ghosts > 0 && (
                <p class="muted">
                  {words.ghosts}: <People n={row.ghosts} to={to("ghost")} />
                </p>
              )}
              {row.held.length > 0 && (
                <>
                  <p class="muted">{words.held}</p>
                  <ul class="lines">
                    {row.held.slice(0, 4).map(([code, people]) => (
                      <li key={code}>
                        <span>{all.words[code] ?? code}</span>
                        <People n={people} to={to(`held:${code}`)} label={all.words[code] ?? code} />
                      </li>
                    ))}
                  </ul>
                </>
              )}
            </div>
          );
        })}
      </div>
    </>
  );
}

function SupportPart({ all }: { all: Reports }) {
  const { t, f } = useSession();
  const [tip, setTip] = useState("");
  const words = t.reports.support;
  const found = all.support;
  if (!found) return <Missing words={words} />;
  if (!found.topics.length) return <p class="muted">{words.nobody(found.event)}</p>;
  const chosen = found.tips.find((one) => one.tip === tip);
  const share = (side: Side) => (side.share === null ? words.too_few : f.percent(side.share));
  const to = (topic: string, number: string) => behind("support", number, topic);
  const counted = (topic: string, side: Side, prefix: string) => (
    <>
      <People n={side.again} to={to(topic, `${prefix}again`)} />
      {" / "}
      <People n={side.people} to={to(topic, `${prefix}people`)} /> <span class="muted">({share(side)})</span>
    </>
  );
  return (
    <>
      <Question text={words.question} />
      {found.tips.length > 0 && (
        <label class="pick-tip">
          <span>{words.tip}</span>
          <select value={chosen ? tip : ""} onChange={(event) => setTip(event.currentTarget.value)}>
            <option value="">{words.none}</option>
            {found.tips.map((one) => (
              <option key={one.tip} value={one.tip}>
                {one.name}
              </option>
            ))}
          </select>
        </label>
      )}
      {chosen ? (
        <>
          <p class="stale">
            <Icon name="warning" /> <span>{words.notCausal}</span>
          </p>
          <table class="data stack">
            <thead>
              <tr>
                <th scope="col">{words.topic}</th>
                {([words.before, words.after] as const).map((side) => (
                  <th key={side} scope="col" class="num">
                    {side}: {words.again.toLowerCase()}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {chosen.topics.map((row) => (
                <tr key={row.topic}>
                  <th scope="row">{row.topic || words.untold}</th>
                  <td class="num" data-label={words.before}>
                    {counted(row.topic, row.before, `before:${chosen.tip}:`)}
                  </td>
                  <td class="num" data-label={words.after}>
                    {counted(row.topic, row.after, `after:${chosen.tip}:`)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      ) : (
        <table class="data stack">
          <thead>
            <tr>
              <th scope="col">{words.topic}</th>
              {[words.asking, words.people, words.again, words.share, words.early].map((name) => (
                <th key={name} scope="col" class="num">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {found.topics.map((row) => (
              <tr key={row.topic}>
                <th scope="row">{row.topic || words.untold}</th>
                <td class="num" data-label={words.asking}>
                  <People n={row.asking} to={to(row.topic, "asking")} />
                </td>
                <td class="num" data-label={words.people}>
                  <People n={row.people} to={to(row.topic, "people")} />
                </td>
                <td class="num" data-label={words.again}>
                  <People n={row.again} to={to(row.topic, "again")} />
                </td>
                <td class="num" data-label={words.share}>
                  {share(row)}
                </td>
                <td class="num" data-label={words.early}>
                  <People n={row.early} to={to(row.topic, "early")} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <p class="muted">{words.note}</p>
    </>
  );
}
