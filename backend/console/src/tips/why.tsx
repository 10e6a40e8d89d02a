/** Why one person did or did not see the tip, at an instant: sentences from the decision log, and what would change it. */
import { useRef } from "preact/hooks";
import { readExplain } from "../api";
import { localInput } from "../format";
import { useLoad } from "../load";
import { Icon } from "../parts/icon";
import { Failed, Said, Skeleton } from "../parts/states";
import { Tree } from "../parts/tree";
import { go, having, href } from "../router";
import { useSession } from "../session";
import type { TipDetail, Why } from "../types";

const STAGES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 10] as const;

export function WhyTab({ tip, query }: { tip: TipDetail; query: URLSearchParams }) {
  const { t, now } = useSession();
  const user = query.get("user") ?? "";
  const at = Number(query.get("at")) || null;
  const name = useRef<HTMLInputElement>(null);
  const when = useRef<HTMLInputElement>(null);
  const ask = (event: Event) => {
    event.preventDefault();
    const given = when.current?.value ?? "";
    // the field knows minutes only: left as it was, it means the very instant that was asked for
    const instant = at && given === localInput(at) ? at : given ? new Date(given).getTime() : 0;
    const change = { user: name.current?.value.trim() || null, at: instant ? String(instant) : null };
    go(href("tips", tip.id, "why", having(query, change)), "replace");
  };
  return (
    <section class="section">
      <h3>{t.why.question}</h3>
      <form class="ask" onSubmit={ask} key={`${user} ${at}`}>
        <label>
          {t.why.user}
          <input ref={name} defaultValue={user} autocomplete="off" spellcheck={false} />
        </label>
        <label>
          {t.why.at}
          <input
            ref={when}
            type="datetime-local"
            defaultValue={at ? localInput(at) : ""}
            max={localInput(now())}
          />
        </label>
        <button type="submit" class="button primary">
          {t.why.ask}
        </button>
      </form>
      {user ? <Answer tip={tip.id} user={user} at={at} /> : <p class="muted">{t.why.who}</p>}
    </section>
  );
}

export function Answer({ tip, user, at }: { tip: string; user: string; at: number | null }) {
  const { t, f, lang, now } = useSession();
  const loaded = useLoad(`why:${tip}:${encodeURIComponent(user)}:${at} ${lang}`, (signal) =>
    readExplain(user, tip, at, lang, signal),
  );
  if (loaded.error && !loaded.data) return <Failed error={loaded.error} retry={loaded.reload} />;
  const why = loaded.data;
  if (!why) return loaded.slow ? <Skeleton rows={3} /> : null;
  return (
    <div class={`answer ${why.outcome}`} aria-live="polite">
      <p class="verdict">
        <Icon name={why.outcome === "offered" ? "check" : why.outcome === "held" ? "warning" : "off"} />
        <strong>{t.why[why.outcome]}</strong>
        {why.name && <span>{[why.name, why.account_name ?? why.account].filter(Boolean).join(", ")}</span>}
        {why.decided_at !== null && (
          <span class="muted">{t.why.decided(f.moment(why.decided_at, now()))}</span>
        )}
      </p>
      {!why.known && <p>{t.whyPage.stranger(user)}</p>}
      {why.words.map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
      {(why.change.length > 0 || why.writers.length > 0) && (
        <div class="change">
          <p class="muted">{t.whyPage.change}</p>
          {[...why.change, ...why.writers.map((writer) => writer.words)].map((sentence) => (
            <p key={sentence}>
              <Said text={sentence} />
            </p>
          ))}
        </div>
      )}
      {why.outcome !== "no_decision" && <Stages why={why} />}
      {why.known && why.trace.length > 0 && (
        <details class="trace">
          <summary>{t.whyPage.trace}</summary>
          <p class="muted">{t.whyPage.traceHint}</p>
          <Tree parts={why.trace} label={t.whyPage.trace} />
        </details>
      )}
    </div>
  );
}

/** The stages of the policy in order: passed, stopped here, not reached. */
function Stages({ why }: { why: Why }) {
  const { t } = useSession();
  const stopped = why.outcome === "held" ? (why.stage ?? 0) : Number.POSITIVE_INFINITY;
  return (
    <ol class="stages" aria-label={t.why.stages}>
      {STAGES.map((stage) => {
        const state = stage < stopped ? "passed" : stage === stopped ? "stopped" : "reached";
        return (
          <li key={stage} class={state}>
            <Icon name={state === "passed" ? "check" : state === "stopped" ? "close" : "off"} size={13} />
            <span>{t.why.stage[stage]}</span>
            <span class="muted">{t.why[state]}</span>
          </li>
        );
      })}
    </ol>
  );
}
