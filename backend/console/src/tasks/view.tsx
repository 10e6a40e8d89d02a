/** All that it takes to call: who uses it and who does not, tips seen and ignored, what happened by day, tasks before. */
import type { ComponentChildren } from "preact";
import { Section } from "../parts/panel";
import { href } from "../router";
import { useSession } from "../session";
import type { Line, Member, WholeTask } from "../types";
import { whoIs } from "./names";

export function People({ task }: { task: WholeTask }) {
  const { t, f } = useSession();
  const { days, using, quiet, use, do_not } = task.people;
  if (!using && !quiet) return null;
  return (
    <Section title={t.desk.people}>
      <p>
        <strong>{t.desk.using(using, f.number(using), f.number(days))}</strong>
        {quiet > 0 && <span class="hot"> · {t.desk.quiet(quiet, f.number(quiet))}</span>}
      </p>
      <ul class="lines">
        {do_not.map((person) => (
          <One key={person.user_id} person={person} hot />
        ))}
        {use.map((person) => (
          <One key={person.user_id} person={person} />
        ))}
      </ul>
    </Section>
  );
}

function One({ person, hot = false }: { person: Member; hot?: boolean }) {
  const { t, f, now } = useSession();
  const { last_active_at: last } = person;
  return (
    <li>
      <span>{person.name ?? person.user_id}</span>
      <span class={hot ? "hot" : "muted"}>{last === null ? t.tasks.neverActive : f.ago(last, now())}</span>
    </li>
  );
}

const COUNTS = ["seen", "ignored", "clicked", "dismissed", "completed"] as const;

export function Tips({ task }: { task: WholeTask }) {
  const { t, f } = useSession();
  if (!task.tips.length) return null;
  return (
    <Section title={t.desk.tips}>
      <table class="met">
        <thead>
          <tr>
            <th scope="col">{t.desk.tip}</th>
            {COUNTS.map((count) => (
              <th key={count} scope="col">
                {t.desk.counts[count]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {task.tips.map((row) => (
            <tr key={row.tip}>
              <th scope="row">
                <a href={href("tips", row.tip)}>{row.tip}</a>
              </th>
              {COUNTS.map((count) => (
                <td key={count} class={count === "ignored" && row[count] ? "hot" : ""}>
                  {row[count] ? f.number(row[count]) : "–"}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}

/** Lines by local day, the latest first. */
export function byDay(lines: readonly Line[]): [number, Line[]][] {
  const days = new Map<number, Line[]>();
  for (const line of lines) {
    const day = new Date(line.at).setHours(0, 0, 0, 0);
    days.set(day, [...(days.get(day) ?? []), line]);
  }
  return [...days];
}

export function Timeline({ task }: { task: WholeTask }) {
  const { t, f, now } = useSession();
  return (
    <Section title={t.desk.timeline}>
      {task.timeline.length === 0 && <p class="muted">{t.task.none}</p>}
      {byDay(task.timeline).map(([day, lines]) => (
        <section key={day} class="day">
          <h4>{f.date(day, now())}</h4>
          <ul class="lines">
            {lines.map((line) => (
              <li key={`${line.at}${line.kind}${line.name ?? line.tip ?? line.body}${line.what}${line.did}`}>
                <Said line={line} task={task} />
              </li>
            ))}
          </ul>
        </section>
      ))}
    </Section>
  );
}

function Said({ line, task }: { line: Line; task: WholeTask }): ComponentChildren {
  const { t, f } = useSession();
  const who = line.user_id ? whoIs(task, `u:${line.user_id}`) : null;
  if (line.kind === "note")
    return (
      <span class="note">
        {line.body} {line.by && <span class="muted">{line.by}</span>}
      </span>
    );
  if (line.kind === "tip")
    return (
      <span>
        {who} {t.task.what[line.what ?? ""] ?? line.what} <code>{line.tip}</code>
      </span>
    );
  if (line.kind === "task") {
    const came = line.outcome && (t.desk.codes[line.outcome] ?? line.outcome);
    const by = line.by && (t.tasks.closedBy[line.by] ?? line.by);
    return (
      <span>
        {t.desk.did[line.did ?? ""] ?? line.did} <code>{line.rule || `#${line.task}`}</code>
        <span class="muted">{[came, by].filter(Boolean).map((text) => ` · ${text}`)}</span>
      </span>
    );
  }
  return (
    <span>
      <code>{line.name}</code> {(line.times ?? 1) > 1 && t.desk.times(f.number(line.times ?? 1))}{" "}
      {who && <span class="muted">{who}</span>}
    </span>
  );
}

export function Before({ task, to }: { task: WholeTask; to: (id: string) => string }) {
  const { t, f, now } = useSession();
  if (!task.before.length) return null;
  return (
    <Section title={t.desk.before}>
      <ul class="lines">
        {task.before.map((one) => (
          <li key={one.id}>
            <span>
              <a href={to(String(one.id))}>{one.title}</a>{" "}
              <span class="muted">
                {one.outcome || t.desk.codes[one.outcome_code] || t.tasks.closedBy[one.closed_by] || ""}
              </span>
            </span>
            <span class="muted">{f.ago(one.closed_at ?? one.opened_at, now())}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
