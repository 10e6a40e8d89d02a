/** How the account is, with reasons; nothing where accounts have no health. */
import { readHealth } from "../api";
import { useLoad } from "../load";
import { Section } from "../parts/panel";
import { useSession } from "../session";

export function AccountHealth({ account }: { account: string }) {
  const { t, f, lang } = useSession();
  const { data } = useLoad(`health:${account} ${lang}`, (signal) => readHealth(account, lang, signal));
  if (!data?.components.length) return null;
  const { score, band, coverage, override } = data;
  return (
    <Section title={t.desk.health}>
      <p class={`health ${band ?? ""}`}>
        <strong>{score === null ? t.desk.noScore : f.number(Math.round(score))}</strong>
        {band && <span> {t.desk.bands[band] ?? band}</span>}
        <span class="muted"> · {t.desk.covered(f.percent(coverage))}</span>
      </p>
      {override && <p class="hot">{override.words}</p>}
      <ul class="lines">
        {data.components.map((part) => (
          <li key={part.id}>
            <span>
              {part.words} <span class="muted">{part.because}</span>
            </span>
            <span>{part.value === null ? "–" : f.percent(part.value)}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
