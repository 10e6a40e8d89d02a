/** Two drawn charts: people by week against last year, and a share that grows with days. */
import { ceiling } from "../parts/figures";
import { useSession } from "../session";
import type { Value, Week } from "./types";

const WIDTH = 400;
const HEIGHT = 170;
const BOX = { right: 394, top: 22, bottom: 138 };

/** Room for the longest label of the upright axis. */
const leftOf = (marks: [number, string][]) => 14 + 7 * Math.max(...marks.map(([, label]) => label.length));

/** Labelled lines from zero to the top, and the name of each axis. */
function Axes(props: {
  marks: [number, string][];
  top: number;
  first: string;
  last: string;
  below: string;
  unit: string;
}) {
  const left = leftOf(props.marks);
  return (
    <>
      {props.marks.map(([mark, label]) => {
        const y = BOX.bottom - (mark / props.top) * (BOX.bottom - BOX.top);
        return (
          <g key={mark}>
            <line class={mark === 0 ? "zero" : "grid"} x1={left} x2={BOX.right} y1={y} y2={y} />
            <text x={left - 6} y={y + 3.5} text-anchor="end">
              {label}
            </text>
          </g>
        );
      })}
      <text x={left} y={10}>
        {props.unit}
      </text>
      <text x={left} y={BOX.bottom + 14}>
        {props.first}
      </text>
      <text x={BOX.right} y={BOX.bottom + 14} text-anchor="end">
        {props.last}
      </text>
      <text x={(left + BOX.right) / 2} y={BOX.bottom + 29} text-anchor="middle">
        {props.below}
      </text>
    </>
  );
}

export function Weeks({ weeks, date }: { weeks: Week[]; date: (day: number) => string }) {
  const { t, f } = useSession();
  const top = ceiling(Math.max(1, ...weeks.flatMap((week) => [week.active ?? 0, week.year_ago ?? 0])));
  const marks = (top % 2 ? [0, top] : [0, top / 2, top]).map((mark): [number, string] => [
    mark,
    f.number(mark),
  ]);
  const left = leftOf(marks);
  const x = (at: number) => left + 8 + (at / Math.max(1, weeks.length - 1)) * (BOX.right - left - 16);
  const y = (value: number) => BOX.bottom - (value / top) * (BOX.bottom - BOX.top);
  const said = (value: number | null) => (value === null ? t.common.none : f.number(value));
  const line = (of: (week: Week) => number | null) =>
    weeks
      .map((week, at) => [at, of(week)] as const)
      .filter((point): point is readonly [number, number] => point[1] !== null)
      .map(([at, value]) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`)
      .join(" ");
  return (
    <svg
      class="drawn"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={`${t.reports.activity.chart}: ${weeks.map((week) => said(week.active)).join(", ")}`}
    >
      <Axes
        marks={marks}
        top={top}
        first={date(weeks[0]?.day ?? 0)}
        last={date(weeks.at(-1)?.day ?? 0)}
        below={t.reports.axis.week}
        unit={t.reports.axis.people}
      />
      <polyline class="before" points={line((week) => week.year_ago)} />
      <polyline class="line" points={line((week) => week.active)} />
      {weeks.map((week, at) => (
        <g key={week.day} class="point">
          {week.active !== null && <circle cx={x(at)} cy={y(week.active)} r="2.5" />}
          <rect
            x={x(at) - 12}
            y={BOX.top}
            width="24"
            height={BOX.bottom - BOX.top}
            fill="none"
            pointer-events="all"
          >
            <title>
              {t.reports.activity.point(
                date(week.day),
                `${said(week.active)} (${week.year_ago === null ? t.reports.noYear : t.reports.yearAgo(f.number(week.year_ago))})`,
              )}
            </title>
          </rect>
        </g>
      ))}
    </svg>
  );
}

export function Curve({ value }: { value: Value }) {
  const { t, f } = useSession();
  const longest = Math.max(30, Math.ceil(value.longest));
  const marks = [0, 0.5, 1].map((mark): [number, string] => [mark, f.percent(mark)]);
  const left = leftOf(marks);
  const x = (days: number) => left + (days / longest) * (BOX.right - left);
  const y = (share: number) => BOX.bottom - share * (BOX.bottom - BOX.top);
  let path = `M${left},${BOX.bottom}`;
  for (const [days, share] of value.curve) path += `H${x(days).toFixed(1)}V${y(share).toFixed(1)}`;
  path += `H${x(value.longest).toFixed(1)}`;
  return (
    <svg class="drawn" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={t.reports.value.picture}>
      <Axes
        marks={marks}
        top={1}
        first="0"
        last={f.number(longest)}
        below={t.reports.axis.days}
        unit={t.reports.axis.share}
      />
      {longest > 30 && <line class="grid" x1={x(30)} x2={x(30)} y1={BOX.top} y2={BOX.bottom} />}
      {longest > 36 && (
        <text x={x(30)} y={BOX.bottom + 14} text-anchor="middle">
          30
        </text>
      )}
      <path class="line" d={path} />
      {value.median !== null && (
        <g class="point">
          <circle cx={x(value.median)} cy={y(0.5)} r="3.5">
            <title>{`${t.reports.value.median}: ${t.reports.days(Math.round(value.median), f.number(Math.round(value.median)))}`}</title>
          </circle>
        </g>
      )}
    </svg>
  );
}
