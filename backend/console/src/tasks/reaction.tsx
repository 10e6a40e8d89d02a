/** How soon tasks of the last four weeks were taken up and resolved: a line, and under it the same by owner and rule. */
import { readTimes } from "../api";
import { useLoad } from "../load";
import { useSession } from "../session";
import type { TaskTimes } from "../types";

export function Reaction() {
  const { t, f } = useSession();
  const { data } = useLoad("times", readTimes);
  if (!data?.all.opened) return null;
  const w = t.tasks.reaction;
  const { all } = data;
  const parts = [
    t.tasks.count(all.opened, f.number(all.opened)),
    all.react === null ? w.untaken : w.taken(f.span(all.react)),
    all.resolve !== null && w.resolved(f.span(all.resolve)),
    all.with_sla > 0 && w.inTime(f.number(all.in_time), f.number(all.with_sla)),
  ];
  return (
    <details class="reaction">
      <summary>
        {w.title}: {parts.filter(Boolean).join(" · ")}
      </summary>
      <Table head={t.task.owner} rows={data.owners} nameless={w.nobody} />
      <Table head={t.task.rule} rows={data.rules} nameless={t.desk.byPerson} />
      <p class="muted">{w.medians}</p>
    </details>
  );
}

function Table({ head, rows, nameless }: { head: string; rows: TaskTimes[]; nameless: string }) {
  const { t, f } = useSession();
  const w = t.tasks.reaction;
  const span = (ms: number | null) => (ms === null ? "–" : f.span(ms));
  return (
    <table class="met">
      <thead>
        <tr>
          <th scope="col">{head}</th>
          {w.columns.map((column) => (
            <th key={column} scope="col">
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.name}>
            <th scope="row">{row.name || nameless}</th>
            <td>{f.number(row.opened)}</td>
            <td>{span(row.react)}</td>
            <td>{span(row.resolve)}</td>
            <td>{row.with_sla ? t.desk.progress(f.number(row.in_time), f.number(row.with_sla)) : "–"}</td>
            <td>{f.number(row.alone)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
