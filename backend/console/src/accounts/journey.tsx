/** Where accounts stand in their life with the product, who got stuck there, and what they say in their own words. */
import { useLoad } from "../load";
import { Empty, Failed, Skeleton, Stale } from "../parts/states";
import { having, href, type Route } from "../router";
import { useSession } from "../session";
import { readJourney } from "./api";
import { money } from "./marks";
import type { Stage } from "./types";

export function Journey({ owner, route }: { owner: string; route: Route }) {
  const { t, lang } = useSession();
  const loaded = useLoad(`journey ${lang} ${owner}`, (signal) => readJourney(owner, lang, signal));
  const all = loaded.data?.stages ?? [];
  const stages = [...all.filter((stage) => stage.accounts), ...all.filter((stage) => !stage.accounts)];
  const most = Math.max(1, ...stages.map((stage) => stage.accounts));
  return (
    <>
      <Stale loaded={loaded} />
      {loaded.error && !loaded.data && <Failed error={loaded.error} retry={loaded.reload} />}
      {loaded.slow && <Skeleton rows={6} height={56} />}
      {loaded.data && !stages.some((stage) => stage.id) && (
        <Empty title={t.journey.empty.title} why={t.journey.empty.why} />
      )}
      <ol class="journey">
        {stages.map((stage) => (
          <StageCard key={stage.id} stage={stage} most={most} route={route} />
        ))}
      </ol>
    </>
  );
}

function StageCard({ stage, most, route }: { stage: Stage; most: number; route: Route }) {
  const { t, f, lang, now } = useSession();
  const w = t.journey;
  const list = href("accounts", null, "", having(route.query, { view: null, stage: stage.id }));
  return (
    <li>
      <h2>{stage.id ? <a href={list}>{stage.name}</a> : w.unstaged}</h2>
      <p class="amount">
        <b>{f.number(stage.accounts)}</b>{" "}
        <span class="muted">
          {[
            t.portfolio.count(stage.accounts, "").trim(),
            stage.arr !== null ? w.revenue(money(stage.arr, lang)) : "",
          ]
            .filter(Boolean)
            .join(" · ")}
        </span>
      </p>
      <span class="track" aria-hidden="true">
        <i style={{ width: `${(stage.accounts / most) * 100}%` }} />
      </span>
      {stage.median_days !== null && (
        <p class="muted">{w.median(stage.median_days, f.number(Math.round(stage.median_days)))}</p>
      )}
      {stage.stuck.length > 0 && (
        <>
          <h3 class="hot">{w.stuck}</h3>
          <ul>
            {stage.stuck.map((account) => (
              <li key={account.id}>
                <a href={href("accounts", account.id, "", route.query)}>{account.name}</a>{" "}
                <span class="muted">{w.days(account.days, f.number(account.days))}</span>
              </li>
            ))}
          </ul>
        </>
      )}
      {stage.words.length > 0 && (
        <>
          <h3>{w.words}</h3>
          {stage.words.map((said) => (
            <blockquote key={`${said.account}-${said.at}`}>
              <p>{said.quote}</p>
              <p class="muted">
                {[said.who, f.date(said.at, now()), said.kind === "note" ? w.note : w.survey]
                  .filter(Boolean)
                  .join(" · ")}
              </p>
            </blockquote>
          ))}
        </>
      )}
    </li>
  );
}
