/** Who is behind a number of a report. */
import { useState } from "preact/hooks";
import { readReportPeople } from "../api";
import { useLoad } from "../load";
import { Panel } from "../parts/panel";
import { Failed, Skeleton } from "../parts/states";
import { href } from "../router";
import { useSession } from "../session";
import type { ReportPeople } from "./types";

interface Props {
  /** The address of the panel, as the number that leads to it has it. */
  subject: string;
  report: string;
  of: string;
  number: string;
  title: string;
  over: string;
  onClose: () => void;
}

export function PeoplePanel({ subject, report, of, number, title, over, onClose }: Props) {
  const { t, f, now, say } = useSession();
  const [more, setMore] = useState<{
    of: string;
    people: ReportPeople["people"];
    next: string | null;
  } | null>(null);
  const key = `report:${report}:${encodeURIComponent(of)}:${encodeURIComponent(number)}`;
  const loaded = useLoad(`${key} `, (signal) => readReportPeople(report, of, number, "", signal));
  const extra = more?.of === key ? more : null;
  const next = extra ? extra.next : loaded.data?.next;
  const people = [...(loaded.data?.people ?? []), ...(extra?.people ?? [])];
  const rest = (loaded.data?.total ?? 0) - people.length;
  const showMore = async () => {
    try {
      const page = await readReportPeople(report, of, number, next ?? "", new AbortController().signal);
      setMore({ of: key, people: [...(extra?.people ?? []), ...page.people], next: page.next });
    } catch {
      say({ text: t.error.title.load, bad: true });
    }
  };
  return (
    <Panel
      subject={subject}
      title={title}
      over={<span class="muted">{over}</span>}
      under={
        loaded.data && <p class="muted">{t.common.people(loaded.data.total, f.number(loaded.data.total))}</p>
      }
      onClose={onClose}
    >
      {loaded.error && !loaded.data && <Failed error={loaded.error} retry={loaded.reload} />}
      {!loaded.data && loaded.slow && <Skeleton rows={6} />}
      {loaded.data && !people.length && <p class="muted">{t.reports.people.none}</p>}
      {people.length > 0 && (
        <ul class="rows plain-rows">
          {people.map((person) => {
            const name = person.name ?? person.user_id ?? t.people.anonymous;
            const known = [
              person.account_name ?? person.account,
              person.last_active_at !== null && t.reports.people.last(f.moment(person.last_active_at, now())),
            ];
            return (
              <li key={person.subject}>
                <span class="who">
                  <strong>{name}</strong>
                  <span class="muted">{known.filter(Boolean).join(" · ")}</span>
                </span>
                {report === "funnel" && (
                  <a
                    class="more"
                    aria-label={`${t.people.why} ${name}`}
                    href={href(
                      "tips",
                      of,
                      "why",
                      new URLSearchParams({ user: person.user_id ?? person.subject }),
                    )}
                  >
                    {t.people.why}
                  </a>
                )}
              </li>
            );
          })}
        </ul>
      )}
      {next && rest > 0 && (
        <button type="button" class="button small" onClick={showMore}>
          {t.common.more(f.number(Math.min(50, rest)), f.number(rest))}
        </button>
      )}
    </Panel>
  );
}
