/** Surveys: each score with its interval, how many answered, and what people wrote. */
import { useState } from "preact/hooks";
import { readSurvey, readSurveys } from "../api";
import { csv, download } from "../csv";
import { DAY, type Format } from "../format";
import { useLoad } from "../load";
import { Bars, Figure } from "../parts/figures";
import { Icon } from "../parts/icon";
import { Panel, Section } from "../parts/panel";
import { Failed, Said, Skeleton } from "../parts/states";
import { href } from "../router";
import { useSession } from "../session";
import type { Answer, Estimate, Survey, Surveys } from "./types";

/** From here on an answer is a good one. */
const GOOD: Record<string, number> = { nps: 9, csat: 4, ces: 5 };
/** Answers of a week below which its score says nothing. */
const WEEK_LEAST = 5;
const FIRST: Record<string, number> = { nps: 0, csat: 1, ces: 1 };

const shown = (f: Format, scale: string, value: number): string =>
  scale === "csat"
    ? f.percent(value)
    : f.number(scale === "nps" ? Math.round(value) : Math.round(value * 10) / 10).replace("-", "−");

export function SurveysPart() {
  const { t } = useSession();
  const loaded = useLoad("surveys ", readSurveys);
  const all = loaded.data;
  return (
    <section class="report" aria-labelledby="report-surveys">
      <header>
        <h2 id="report-surveys">{t.surveys.title}</h2>
        {all && all.surveys.length > 0 && (
          <button
            type="button"
            class="button small"
            aria-label={t.reports.save(t.surveys.title)}
            title={t.reports.save(t.surveys.title)}
            onClick={() => download("surveys.csv", csv(sheet(all)))}
          >
            <Icon name="download" /> CSV
          </button>
        )}
      </header>
      <p class="question">{t.surveys.question}</p>
      {loaded.error && !all && <Failed error={loaded.error} retry={loaded.reload} />}
      {loaded.slow && <Skeleton rows={2} height={120} />}
      {all && all.surveys.length === 0 && (
        <div class="missing">
          <p>
            <strong>{t.surveys.empty}</strong>
          </p>
          <p class="muted">
            <Said text={t.surveys.how} />
          </p>
        </div>
      )}
      {all && all.surveys.length > 0 && (
        <>
          <p class="muted">{t.surveys.period}</p>
          <div class="pair">
            {all.surveys.map((one) => (
              <One key={one.id} one={one} least={all.least} />
            ))}
          </div>
        </>
      )}
    </section>
  );
}

function One({ one, least }: { one: Survey; least: number }) {
  const { t, f } = useSession();
  const words = t.surveys;
  const to = href("reports", "surveys", one.id);
  const range = (of: Estimate, scale: string) =>
    words.range(shown(f, scale, of.low), shown(f, scale, of.high));
  const figure = (label: string, value: string, under: string) => (
    <div>
      <dt>{label}</dt>
      <dd>{value}</dd>
      <dd class="under">{under}</dd>
    </div>
  );
  return (
    <div class="one survey">
      <h3>{one.name}</h3>
      {!one.viewed && !one.answers ? (
        <p class="muted">{words.nobody}</p>
      ) : (
        <dl class="big">
          {one.score
            ? figure(
                words.scale[one.scale] ?? "",
                shown(f, one.scale, one.score.value),
                range(one.score, one.scale),
              )
            : figure(
                one.scale === "text" ? (words.scale.text ?? "") : words.answers,
                f.number(one.answers),
                one.scale === "text" ? "" : words.few(f.number(one.answers), f.number(least)),
              )}
          {one.score && figure(words.answers, f.number(one.answers), "")}
          {one.rate
            ? figure(words.rate, f.percent(one.rate.value), range(one.rate, "csat"))
            : figure(words.rate, t.common.none, words.unasked)}
          {one.accounts &&
            figure(
              words.accounts,
              shown(f, "nps", one.accounts[1]),
              words.ofAccounts(one.accounts[0], f.number(one.accounts[0])),
            )}
          {one.easy && figure(words.easy, f.percent(one.easy.value), range(one.easy, "csat"))}
        </dl>
      )}
      {one.comments > 0 && (
        <p>
          <a href={to} data-walk={to}>
            {words.comments(one.comments, f.number(one.comments))}
          </a>
        </p>
      )}
      {one.counts.length > 0 && one.answers > 0 && <Distribution one={one} />}
      {one.weeks.length > 1 && <Weekly one={one} />}
    </div>
  );
}

function Distribution({ one }: { one: Survey }) {
  const { t, f } = useSession();
  const first = FIRST[one.scale] ?? 0;
  const rows = one.counts.map((value, at) => ({ label: f.number(first + at), value }));
  return (
    <Figure
      title={t.surveys.distribution}
      table={{
        head: [t.surveys.score, t.surveys.counted],
        rows: rows.map(({ label, value }): [string, string] => [label, f.number(value)]),
      }}
    >
      <Bars
        whole={Math.max(...one.counts)}
        rows={rows.map((row, at) => ({
          ...row,
          tone: first + at >= (GOOD[one.scale] ?? 0) ? "goal" : "plain",
        }))}
      />
    </Figure>
  );
}

function Weekly({ one }: { one: Survey }) {
  const { t, f, now } = useSession();
  return (
    <Section title={t.surveys.weeks}>
      <table class="plain">
        <thead>
          <tr>
            <th scope="col">{t.surveys.week}</th>
            <th scope="col" class="num">
              {t.surveys.counted}
            </th>
            <th scope="col" class="num">
              {t.surveys.score}
            </th>
          </tr>
        </thead>
        <tbody>
          {one.weeks.map(([monday, answers, score]) => (
            <tr key={monday}>
              <th scope="row">{f.date(monday * DAY + DAY / 2, now())}</th>
              <td class="num">{f.number(answers)}</td>
              <td class="num">{answers < WEEK_LEAST ? t.common.none : shown(f, one.scale, score)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}

function sheet({ surveys }: Surveys): (string | number)[][] {
  const estimate = (of: Estimate | null) => (of ? [of.value, of.low, of.high] : ["", "", ""]);
  return [
    ["survey", "scale", "measure", "value", "low", "high"],
    ...surveys.flatMap((one) => [
      [one.id, one.scale, "answers", one.answers, "", ""],
      [one.id, one.scale, "viewed", one.viewed, "", ""],
      [one.id, one.scale, "response_rate", ...estimate(one.rate)],
      [one.id, one.scale, "score", ...estimate(one.score)],
      ...(one.easy ? [[one.id, one.scale, "share_from_5", ...estimate(one.easy)]] : []),
      ...(one.accounts ? [[one.id, one.scale, "score_by_account", one.accounts[1], "", ""]] : []),
      ...one.counts.map((count, at) => [
        one.id,
        one.scale,
        `score ${(FIRST[one.scale] ?? 0) + at}`,
        count,
        "",
        "",
      ]),
      ...one.weeks.map(([monday, , score]) => [
        one.id,
        one.scale,
        `week ${new Date(monday * DAY).toISOString().slice(0, 10)}`,
        score,
        "",
        "",
      ]),
    ]),
  ];
}

/** What people wrote, the latest first. */
export function CommentsPanel({ id, onClose }: { id: string; onClose: () => void }) {
  const { t, f, say } = useSession();
  const [more, setMore] = useState<{ of: string; listed: Answer[]; next: number | null } | null>(null);
  const loaded = useLoad(`survey:${encodeURIComponent(id)} `, (signal) => readSurvey(id, null, signal));
  const found = loaded.data;
  const extra = more?.of === id ? more : null;
  const listed = [...(found?.comments_listed ?? []), ...(extra?.listed ?? [])];
  const next = extra ? extra.next : found?.next;
  const rest = (found?.comments ?? 0) - listed.length;
  const showMore = async () => {
    try {
      const page = await readSurvey(id, next ?? null, new AbortController().signal);
      setMore({ of: id, listed: [...(extra?.listed ?? []), ...page.comments_listed], next: page.next });
    } catch {
      say({ text: t.error.title.load, bad: true });
    }
  };
  return (
    <Panel
      subject={href("reports", "surveys", id)}
      title={found?.name ?? (loaded.error ? t.surveys.gone : t.surveys.title)}
      over={<span class="muted">{t.surveys.title}</span>}
      under={found && <p class="muted">{t.surveys.comments(found.comments, f.number(found.comments))}</p>}
      onClose={onClose}
    >
      {loaded.error && !found && <Failed error={loaded.error} retry={loaded.reload} />}
      {!found && loaded.slow && <Skeleton rows={6} />}
      {found && !listed.length && <p class="muted">{t.surveys.none}</p>}
      <Answers listed={listed} />
      {next && rest > 0 && (
        <button type="button" class="button small" onClick={showMore}>
          {t.common.more(f.number(Math.min(50, rest)), f.number(rest))}
        </button>
      )}
    </Panel>
  );
}

/** Words with their score, who said them, and what it was about. */
export function Answers({ listed }: { listed: Answer[] }) {
  const { t, f, now } = useSession();
  if (!listed.length) return null;
  return (
    <ul class="answers">
      {listed.map((one) => {
        const who = [
          one.name ?? one.user_id ?? t.people.anonymous,
          one.account_name ?? one.account,
          one.plan,
        ];
        const about = [f.moment(one.at, now()), one.route];
        return (
          <li key={one.id}>
            {one.score !== null && (
              <span class={`score ${one.score >= (GOOD[one.scale] ?? 0) ? "good" : ""}`}>
                {f.number(one.score)}
              </span>
            )}
            <div>
              {one.comment && <p class="words">{one.comment}</p>}
              <p class="muted">{who.filter(Boolean).join(" · ")}</p>
              <p class="muted">{about.filter(Boolean).join(" · ")}</p>
              {one.recent.length > 0 && <p class="muted">{t.surveys.before(one.recent.join(", "))}</p>}
            </div>
          </li>
        );
      })}
    </ul>
  );
}
