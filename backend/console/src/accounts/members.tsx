/** The people of an account: when they were last there, and what they use. */
import { useState } from "preact/hooks";
import { useLoad } from "../load";
import { Failed, Skeleton } from "../parts/states";
import { useSession } from "../session";
import { readMembers } from "./api";
import type { AccountDetail, Member } from "./types";

export function Members({ account }: { account: AccountDetail }) {
  const { t, f, now, say } = useSession();
  const w = t.account;
  const names = new Map(account.zones.map((zone) => [zone.feature, zone.name]));
  const loaded = useLoad(`members:${account.id} `, (signal) => readMembers(account.id, "", signal));
  const [more, setMore] = useState<{ of: string; people: Member[]; next: string | null } | null>(null);
  const extra = more?.of === account.id ? more : null;
  const next = extra ? extra.next : loaded.data?.next;
  const people = [...(loaded.data?.people ?? []), ...(extra?.people ?? [])];
  const showMore = async () => {
    try {
      const page = await readMembers(account.id, next ?? "", new AbortController().signal);
      setMore({ of: account.id, people: [...(extra?.people ?? []), ...page.people], next: page.next });
    } catch {
      say({ text: t.error.title.load, bad: true });
    }
  };
  if (loaded.error && !loaded.data) return <Failed error={loaded.error} retry={loaded.reload} />;
  if (!loaded.data) return loaded.slow ? <Skeleton rows={6} /> : null;
  if (!people.length) return <p class="muted">{w.noPeople}</p>;
  return (
    <section class="section">
      <p class="muted">{w.people(loaded.data.total, f.number(loaded.data.total))}</p>
      <ul class="rows">
        {people.map((person) => (
          <li key={person.user_id} class="person">
            <span class="who">
              <strong>{person.name ?? person.user_id}</strong>
              <span class="muted">
                {[
                  person.role,
                  person.last_active_at === null
                    ? t.zones.neverSeen
                    : t.zones.lastActive(f.ago(person.last_active_at, now())),
                  `${w.peopleColumn.days}: ${f.number(person.active_days)}`,
                ]
                  .filter(Boolean)
                  .join(" · ")}
              </span>
              {person.features.length > 0 && (
                <span class="muted">
                  {w.peopleColumn.uses}: {person.features.map((id) => names.get(id) ?? id).join(", ")}
                </span>
              )}
            </span>
          </li>
        ))}
      </ul>
      {next && (
        <button type="button" class="button small" onClick={showMore}>
          {t.portfolio.more}
        </button>
      )}
    </section>
  );
}
