/** Charts of plain boxes. Each says what it shows, starts at zero, and has its numbers as a table (key t). */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useKeys } from "../keys";
import { useSession } from "../session";
import { Icon } from "./icon";

export interface Row {
  label: string;
  value: number;
  note?: string;
  tone?: "plain" | "goal";
  onOpen?: string;
}

interface TableOf {
  head: [string, string, string?];
  rows: [string, string, string?][];
}

const width = (value: number, whole: number) => `${whole > 0 ? Math.min(100, (value / whole) * 100) : 0}%`;

export function Figure(props: {
  title: string;
  table: TableOf;
  children: ComponentChildren;
  main?: boolean;
}) {
  const { t } = useSession();
  const [asTable, set] = useState(false);
  useKeys({ t: () => set((now) => !now) });
  const [first, second, third] = props.table.head;
  return (
    <figure class="figure">
      <figcaption>
        <span>{props.title}</span>
        <button
          type="button"
          class="quiet"
          aria-pressed={asTable}
          aria-keyshortcuts="t"
          aria-label={`${asTable ? t.common.chart : t.common.table}: ${props.title}`}
          title={`${asTable ? t.common.chart : t.common.table} (t)`}
          onClick={() => set(!asTable)}
        >
          <Icon name={asTable ? "chart" : "table"} />
        </button>
      </figcaption>
      {asTable ? (
        <table class="plain">
          <thead>
            <tr>
              <th scope="col">{first}</th>
              <th scope="col" class="num">
                {second}
              </th>
              {third && (
                <th scope="col" class="num">
                  {third}
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {props.table.rows.map(([label, value, note], index) => (
              <tr key={index}>
                <th scope="row">{label}</th>
                <td class="num">{value}</td>
                {third && <td class="num">{note}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        props.children
      )}
    </figure>
  );
}

/** Horizontal bars over one common whole; a label may lead to the people behind it. */
export function Bars({ rows, whole, wide }: { rows: Row[]; whole: number; wide?: boolean }) {
  const { f } = useSession();
  return (
    <ul class={wide ? "bars wide" : "bars"}>
      {rows.map((row) => (
        <li key={row.label}>
          {row.onOpen ? (
            <a class="label" href={row.onOpen}>
              {row.label}
            </a>
          ) : (
            <span class="label">{row.label}</span>
          )}
          <span class="track" aria-hidden="true">
            <i class={row.tone ?? "plain"} style={{ width: width(row.value, whole) }} />
          </span>
          <span class="value">{f.number(row.value)}</span>
          <span class="note">{row.note}</span>
        </li>
      ))}
    </ul>
  );
}

/** A row's 28 days, 2 px of ink a day; the days outside the period are paler. */
export function Sparkline({ daily, days, label }: { daily: number[]; days: number; label: string }) {
  const peak = Math.max(1, ...daily);
  const step = 3.5;
  return (
    <svg
      class="spark"
      width={daily.length * step}
      height="20"
      viewBox={`0 0 ${daily.length * step} 20`}
      role="img"
      aria-label={label}
    >
      {daily.map((value, day) => {
        const tall = value > 0 ? Math.max(1.5, (value / peak) * 18) : 0.75;
        return (
          <rect
            key={day}
            class={day < daily.length - days ? "before" : value > 0 ? "in" : "zero"}
            x={day * step}
            y={20 - tall}
            width={2.5}
            height={tall}
          />
        );
      })}
    </svg>
  );
}

/** A round number at or above the peak, for the top of an axis. */
export function ceiling(peak: number): number {
  if (peak <= 4) return Math.max(1, peak);
  const size = 10 ** Math.floor(Math.log10(peak));
  const step = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((factor) => factor * size >= peak) ?? 10;
  return Math.ceil(step * size);
}

export function DailyChart({ daily, dates }: { daily: number[]; dates: string[] }) {
  const { f } = useSession();
  const top = ceiling(Math.max(0, ...daily));
  const middle = Math.floor(dates.length / 2);
  return (
    <div class="daily" aria-hidden="true">
      <div class="plot">
        <span class="tick top">{f.number(top)}</span>
        <span class="tick zero">0</span>
        <div class="columns">
          {daily.map((value, day) => (
            <i key={day} title={`${dates[day]}: ${f.number(value)}`}>
              <b style={{ height: width(value, top) }} />
            </i>
          ))}
        </div>
      </div>
      <div class="dates">
        <span>{dates[0]}</span>
        <span>{dates[middle]}</span>
        <span>{dates[dates.length - 1]}</span>
      </div>
    </div>
  );
}
