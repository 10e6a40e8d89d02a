/** Who met an outcome of a tip; each person leads to "why". */
import { useState } from "preact/hooks";
import { readPeople } from "../api";
import { useLoad } from "../load";
import { Failed, Skeleton } from "../parts/states";
import { go, having, href } from "../router";
import { useSession } from "../session";
import type { Days, Person, TipDetail } from "../types";

const OUTCOMES = [
  "eligible",
  "would_show",
  "viewed",
  "clicked",
  "dismissed",
  "snoozed",
  "muted",
  "goal",
] as const;

/** The instant whose decision explains an outcome: a view is decided just before it; what follows a view, now. */
function decidedBy(outcome: string, at: number): string | null {
  if (outcome === "viewed") return String(at - 1);
  return outcome === "eligible" || outcome === "would_show" || outcome.startsWith("held:")
    ? String(at)
    : null;
}

export function PeopleTab({ tip, days, query }: { tip: TipDetail; days: Days; query: URLSearchParams }) {
  const { t, f, now, say } = useSession();
  const outcome = query.get("outcome") ?? "viewed";
  const [more, setMore] = useState<{ of: string; people: Person[]; next: string | null } | null>(null);
  const key = `people:${tip.id}:${outcome}:${days}`;
  const loaded = useLoad(`${key} `, (signal) => readPeople(tip.id, outcome, days, "", signal));
  const extra = more?.of === key ? more : null;
  const next = extra ? extra.next : loaded.data?.next;
  const people = [...(loaded.data?.people ?? []), ...(extra?.people ?? [])];
  const rest = (loaded.data?.total ?? 0) - people.length;
  const showMore = async () => {
    try {
      const page = await readPeople(tip.id, outcome, days, next ?? "", new AbortController().signal);
      setMore({ of: key, people: [...(extra?.people ?? []), ...page.people], next: page.next });
    } catch {
      say({ text: t.error.title.load, bad: true });
    }
  };
  const why = ({ user_id, subject, at }: Person) =>
    href(
      "tips",
      tip.id,
      "why",
      having(query, { outcome: null, user: user_id ?? subject, at: decidedBy(outcome, at) }),
    );
  const choose = (value: string) =>
    go(href("tips", tip.id, "people", having(query, { outcome: value })), "replace");
  return (
    <section class="section">
      <div class="toolbar">
        <label class="pick">
          <span class="sr-only">{t.tip.outcome}</span>
          <select value={outcome} onChange={(event) => choose(event.currentTarget.value)}>
            {OUTCOMES.map((each) => (
              <option key={each} value={each}>
                {t.people.outcomes[each]}
              </option>
            ))}
            {tip.held.map((held) => (
              <option key={held.code} value={`held:${held.code}`}>
                {t.people.heldBy(held.words)}
              </option>
            ))}
          </select>
        </label>
        <span class="count">
          {loaded.data &&
            `${t.common.people(loaded.data.total, f.number(loaded.data.total))}, ${t.tips.last[days]}`}
        </span>
      </div>
      {loaded.error && !loaded.data && <Failed error={loaded.error} retry={loaded.reload} />}
      {!loaded.data && loaded.slow && <Skeleton rows={6} />}
      {loaded.data && !people.length && <p class="muted">{t.people.none}</p>}
      {people.length > 0 && (
        <ul class="rows">
          {people.map((person) => (
            <li key={person.subject}>
              <a href={why(person)} data-walk={person.subject}>
                <span class="who">
                  <strong>{person.name ?? person.user_id ?? t.people.anonymous}</strong>
                  <span class="muted">
                    {[person.account_name ?? person.account, t.people.last(f.moment(person.at, now()))]
                      .filter(Boolean)
                      .join(" · ")}
                  </span>
                </span>
                <span class="more">{t.people.why}</span>
              </a>
            </li>
          ))}
        </ul>
      )}
      {next && (
        <button type="button" class="button small" onClick={showMore}>
          {t.common.more(f.number(Math.min(50, rest)), f.number(rest))}
        </button>
      )}
    </section>
  );
}
