/** Try on the past: a draft of the tip lives through the log again, beside the live rules. */
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, beginTrial, publishTip, readTrial, stopTrial } from "../api";
import { Bars, Figure, type Row } from "../parts/figures";
import { Icon } from "../parts/icon";
import { Section } from "../parts/panel";
import { Failed } from "../parts/states";
import { useSession } from "../session";
import type { TipDetail, Trial, TrialRow } from "../types";
import { Reasoned } from "./versions";

const PERIODS = [7, 30, 90];
const LOOK_MS = 400;

export function TryTab({ tip, onChanged }: { tip: TipDetail; onChanged: () => void }) {
  const { t, lang, say } = useSession();
  const w = t.trial;
  const written = JSON.stringify(tip.rule, null, 2);
  const [text, setText] = useState(written);
  const [days, setDays] = useState(30);
  const [problems, setProblems] = useState<string[]>([]);
  const [error, setError] = useState<ApiError | null>(null);
  const [trial, setTrial] = useState<Trial | null>(null);
  const tried = useRef({ id: "", text: "" });
  const running = trial?.state === "running";
  const id = trial?.id;

  const fail = (cause: unknown) => {
    const failed = cause instanceof ApiError ? cause : new ApiError("server", String(cause));
    if (failed.code === "backtest_runs") setProblems([w.busy]);
    else if (failed.kind === "missing") setProblems([w.gone]);
    else if (failed.kind === "refused") setProblems(failed.detail.split("\n"));
    else setError(failed);
  };
  const run = async (event: Event) => {
    event.preventDefault();
    if (running) return;
    setProblems([]);
    setError(null);
    let document: unknown;
    try {
      document = JSON.parse(text);
    } catch (cause) {
      setProblems([w.notJson((cause as Error).message)]);
      return;
    }
    try {
      setTrial(await beginTrial(document, `${days}d`));
      tried.current = { id: String((document as { id?: unknown } | null)?.id ?? ""), text };
    } catch (cause) {
      fail(cause);
    }
  };

  const publish = async (message: string, by?: string) => {
    await publishTip(tip.id, JSON.parse(text), message, by);
    say({ text: w.published(tip.name) });
    onChanged();
  };

  // while it runs, and once more when the language changes
  useEffect(() => {
    if (id === undefined) return;
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    const look = () =>
      readTrial(id, lang, abort.signal).then(
        (found) => {
          if (abort.signal.aborted) return;
          setTrial(found);
          if (found.state === "running") timer = setTimeout(look, LOOK_MS);
        },
        (cause: unknown) => {
          if (abort.signal.aborted) return;
          setTrial(null);
          fail(cause);
        },
      );
    look();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [id, lang]);

  return (
    <>
      <Section title={w.title}>
        <p class="muted">{w.hint}</p>
        <form class="trial" onSubmit={run}>
          <label>
            {w.rule}
            <textarea
              rows={14}
              value={text}
              spellcheck={false}
              aria-invalid={problems.length > 0}
              onInput={(event) => setText(event.currentTarget.value)}
            />
          </label>
          <div role="alert">
            {problems.length > 0 && (
              <ul class="mistakes" aria-label={w.problems}>
                {problems.map((problem) => (
                  <li key={problem}>
                    <Icon name="warning" /> <span>{problem}</span>
                  </li>
                ))}
              </ul>
            )}
          </div>
          <div class="run">
            <fieldset class="chips" aria-label={w.period}>
              {PERIODS.map((each) => (
                <button key={each} type="button" aria-pressed={days === each} onClick={() => setDays(each)}>
                  {w.days(each)}
                </button>
              ))}
            </fieldset>
            {running ? (
              <button type="button" class="button" onClick={() => stopTrial(trial.id).catch(fail)}>
                {w.stop}
              </button>
            ) : (
              <button type="submit" class="button primary">
                {trial ? w.again : w.run}
              </button>
            )}
            {text !== written && !running && (
              <button type="button" class="quiet" onClick={() => setText(written)}>
                {w.reset}
              </button>
            )}
          </div>
        </form>
        {running && <Progress trial={trial} />}
        {trial?.state === "failed" && (
          <p class="stale" role="alert">
            <Icon name="warning" /> <span>{w.failed}</span>
          </p>
        )}
        {error && <Failed error={error} retry={() => setError(null)} />}
      </Section>
      {!running && trial?.result && <Result result={trial.result} id={tried.current.id} />}
      {!running &&
        trial?.result &&
        text === tried.current.text &&
        text !== written &&
        tried.current.id === tip.id && (
          <Section title={w.publish}>
            <Reasoned tip={tip} hint={w.publishHint} label={w.publish} submit={publish} />
          </Section>
        )}
    </>
  );
}

function Progress({ trial }: { trial: Trial }) {
  const { t, f } = useSession();
  const left = trial.seconds_left;
  const span = left === null ? "" : left >= 90 ? f.span(left * 1000) : t.trial.seconds(left, f.number(left));
  return (
    <div class="progress">
      <progress max={1} value={trial.progress} aria-label={t.trial.title} />
      <span role="status">
        {t.trial.running(f.percent(trial.progress))}
        {span && `, ${t.trial.left(span)}`}
      </span>
    </div>
  );
}

/** Tips that would be shown less than now, the largest loss first. */
export function losing(rows: readonly TrialRow[], id: string): TrialRow[] {
  return rows
    .filter((row) => row.tip !== id && row.shown < row.live_shown)
    .sort((a, b) => b.live_shown - b.shown - (a.live_shown - a.shown));
}

function Result({ result, id }: { result: NonNullable<Trial["result"]>; id: string }) {
  const { t, f, now } = useSession();
  const w = t.trial;
  const people = (n: number) => t.common.people(n, f.number(n));
  const mine = result.rows.find((row) => row.tip === id);
  const others = losing(result.rows, id);
  const span = w.span(f.date(result.since, now()), f.date(result.until, now()));
  const bars: Row[] = others.flatMap((row) => [
    { label: w.asLive(row.name), value: row.live_shown },
    { label: w.asDraft(row.name), value: row.shown, tone: "goal" as const },
  ]);
  const [after, before] = result.attention;
  const attention: [string, number][] = [
    [w.before, before],
    [w.after, after],
  ];
  return (
    <div class="result" aria-live="polite">
      {result.stopped && (
        <p class="stale">
          <Icon name="warning" /> <span>{w.stopped}</span>
        </p>
      )}
      <p class="muted">{w.over(result.events, f.number(result.events), people(result.people), span)}</p>
      {mine && (
        <Section title={w.who}>
          {mine.shown ? (
            <p>
              <strong>{w.shown(mine.shown, f.number(mine.shown), people(mine.people))}</strong>{" "}
              {mine.first !== null &&
                mine.last !== null &&
                w.between(f.moment(mine.first, now()), f.moment(mine.last, now()))}
            </p>
          ) : (
            <p>
              <strong>{w.nobody}</strong>
            </p>
          )}
          {mine.change !== "new" && (
            <p>{w.live(mine.live_shown, f.number(mine.live_shown), people(mine.live_people))}</p>
          )}
          {mine.lost > 0 && <p>{w.lost(mine.lost, people(mine.lost))}</p>}
          {mine.ghosts > 0 && <p>{w.ghosts(mine.ghosts, f.number(mine.ghosts))}</p>}
          {mine.unknown.length > 0 && (
            <p class="muted">
              {w.atMost([...new Set(mine.unknown.map((name) => w.unknown[name] ?? name))].join(", "))}
            </p>
          )}
        </Section>
      )}
      {mine && mine.held.length > 0 ? (
        <Figure
          title={w.held}
          table={{
            head: [t.tip.reason, t.tip.viewsColumn],
            rows: mine.held.map((held) => [held.words, f.number(held.users)]),
          }}
        >
          <Bars
            rows={mine.held.map((held) => ({ label: held.words, value: held.users }))}
            whole={Math.max(...mine.held.map((held) => held.users))}
            wide
          />
        </Figure>
      ) : (
        <Section title={w.held}>
          <p class="muted">{w.heldNone}</p>
        </Section>
      )}
      {others.length > 0 ? (
        <Figure
          title={w.others}
          table={{
            head: [w.column.tip, w.column.live, w.column.draft],
            rows: others.map((row) => [row.name, f.number(row.live_shown), f.number(row.shown)]),
          }}
        >
          <Bars rows={bars} whole={Math.max(...bars.map((row) => row.value))} wide />
        </Figure>
      ) : (
        <Section title={w.others}>
          <p class="muted">{w.othersNone}</p>
        </Section>
      )}
      <Section title={w.attention}>
        <dl class="facts">
          {attention.map(([label, value]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{f.number(value)}</dd>
            </div>
          ))}
        </dl>
      </Section>
    </div>
  );
}
