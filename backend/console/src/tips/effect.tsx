/** Whether a tip helps: the verdict in words, the groups in numbers, the difference with what is known of it. */
import { readEffect } from "../api";
import { DAY } from "../format";
import { useLoad } from "../load";
import { Figure } from "../parts/figures";
import { Icon } from "../parts/icon";
import { Section } from "../parts/panel";
import { Failed, Said, Skeleton, Stale } from "../parts/states";
import { useSession } from "../session";
import type { Effect, EffectLook, EffectTexts, LeftOut, TipDetail } from "../types";

/** Left, right, top and bottom of the plot inside a picture of WIDTH × HEIGHT. */
const WIDTH = 320;
const HEIGHT = 168;
const BOX = { left: 40, right: 312, top: 10, bottom: 140 };
const WARNED: readonly (keyof LeftOut)[] = ["contaminated"];

export function EffectTab({ tip }: { tip: TipDetail }) {
  const { lang } = useSession();
  const loaded = useLoad(`effect:${tip.id} ${lang}`, (signal) => readEffect(tip.id, lang, signal));
  const effect = loaded.data;
  return (
    <>
      <Stale loaded={loaded} />
      {loaded.error && !effect && <Failed error={loaded.error} retry={loaded.reload} />}
      {!effect && loaded.slow && <Skeleton rows={4} height={48} />}
      {effect && <Shown effect={effect} />}
    </>
  );
}

function Shown({ effect }: { effect: Effect }) {
  const { t } = useSession();
  const [verdict, ...rest] = effect.words;
  const sure = effect.state === "helps" || effect.state === "hurts";
  const broken = effect.state === "mismatch";
  return (
    <>
      <Section title={t.effect.title}>
        <div class={`answer effect ${effect.state}`}>
          <p class="verdict">
            {(broken || sure) && <Icon name={effect.state === "helps" ? "check" : "warning"} />}
            <strong>{verdict}</strong>
          </p>
          {rest.map((words) => (
            <p key={words}>
              <Said text={words} />
            </p>
          ))}
        </div>
      </Section>
      {effect.verdict && <Groups effect={effect} />}
      {effect.verdict && !broken && <Difference effect={effect} />}
      {effect.state === "not_causal" && <Cohorts effect={effect} />}
      {effect.texts && <Texts texts={effect.texts} window={effect.window} />}
      {effect.state !== "no_goal" && <Left effect={effect} />}
    </>
  );
}

function Groups({ effect }: { effect: Effect }) {
  const { t, f, now } = useSession();
  const verdict = effect.verdict;
  const last = verdict?.looks.at(-1);
  if (!verdict) return null;
  const rows: [string, number, number, number | undefined][] = [
    [t.effect.shown, last?.shown ?? 0, last?.shown_reached ?? 0, verdict.accounts?.[0]],
    [t.effect.held, last?.held ?? 0, last?.held_reached ?? 0, verdict.accounts?.[1]],
  ];
  return (
    <Section title={t.effect.groups(f.span(effect.window), f.date(effect.since, now()))}>
      <table class="plain">
        <thead>
          <tr>
            <th scope="col">{t.effect.group}</th>
            {verdict.accounts && (
              <th scope="col" class="num">
                {t.effect.accounts}
              </th>
            )}
            <th scope="col" class="num">
              {t.tip.viewsColumn}
            </th>
            <th scope="col" class="num">
              {t.effect.reached}
            </th>
            <th scope="col" class="num">
              {t.tip.share}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([label, people, reached, accounts]) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              {accounts !== undefined && <td class="num">{f.number(accounts)}</td>}
              <td class="num">{f.number(people)}</td>
              <td class="num">{f.number(reached)}</td>
              <td class="num">{people ? f.share(reached / people) : t.common.none}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}

/** Whole steps of points that cover the values and zero, from low to high; seven at most. */
export function ticks(values: readonly number[]): number[] {
  const low = Math.min(0, ...values) * 100;
  const high = Math.max(0, ...values) * 100;
  const rough = Math.max(high - low, 0.4) / 5;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * size >= rough) ?? 10) * size;
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(high / step - 1e-9));
  return Array.from({ length: last - first + 1 }, (_, index) => ((first + index) * step) / 100);
}

type Known = EffectLook & { difference: number };
type Banded = Known & { low: number; high: number };

function Difference({ effect }: { effect: Effect }) {
  const { t, f, now } = useSession();
  const looks = effect.verdict?.looks ?? [];
  const fixed = effect.verdict?.fixed ?? null;
  const known = looks.filter((look): look is Known => look.difference !== null);
  const banded = known.filter((look): look is Banded => look.low !== null && look.high !== null);
  if (!banded.length)
    return (
      <Section title={t.effect.difference}>
        <p class="muted">{t.effect.noBand[effect.unit]}</p>
      </Section>
    );
  const date = (day: number) => f.date(day * DAY, now());
  const limits = (low: number | null, high: number | null) =>
    low === null || high === null ? t.common.none : t.effect.limits(f.points(low), f.points(high));
  const rows = known
    .slice(-28)
    .map((look): [string, string, string] => [
      date(look.day),
      f.points(look.difference),
      limits(look.low, look.high),
    ]);
  if (fixed)
    rows.push([t.effect.fixedAt(date(fixed.day)), f.points(fixed.difference), limits(fixed.low, fixed.high)]);
  return (
    <Figure
      title={t.effect.difference}
      table={{ head: [t.tip.dayColumn, t.effect.points, t.effect.interval], rows }}
    >
      <Plot banded={banded} fixed={fixed} date={date} />
      <ul class="legend">
        <li class="band">{t.effect.always}</li>
        {fixed && <li class="whisker">{t.effect.fixed}</li>}
      </ul>
    </Figure>
  );
}

function Plot(props: {
  banded: Banded[];
  fixed: NonNullable<Effect["verdict"]>["fixed"];
  date: (day: number) => string;
}) {
  const { t, f } = useSession();
  const { banded, fixed, date } = props;
  const ends = fixed ? [fixed.low, fixed.high] : [];
  const marks = ticks([...banded.flatMap((look) => [look.low, look.high]), ...ends]);
  const bottom = marks[0] ?? 0;
  const top = marks.at(-1) ?? 1;
  const first = Math.min(banded[0]?.day ?? 0, fixed?.day ?? Number.POSITIVE_INFINITY);
  const last = Math.max(banded.at(-1)?.day ?? first, first + 1);
  const x = (day: number) => BOX.left + 6 + ((day - first) / (last - first)) * (BOX.right - BOX.left - 12);
  const y = (value: number) => BOX.bottom - ((value - bottom) / (top - bottom)) * (BOX.bottom - BOX.top);
  const path = (of: (look: Banded) => number, list = banded) =>
    list.map((look) => `${x(look.day).toFixed(1)},${y(of(look)).toFixed(1)}`);
  const band = [...path((look) => look.high), ...path((look) => look.low, [...banded].reverse())].join(" ");
  const latest = banded.at(-1);
  return (
    <svg class="difference" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={t.effect.picture}>
      {marks.map((mark) => (
        <g key={mark}>
          <line class={mark === 0 ? "zero" : "grid"} x1={BOX.left} x2={BOX.right} y1={y(mark)} y2={y(mark)} />
          <text x={BOX.left - 6} y={y(mark) + 3.5} text-anchor="end">
            {f.points(mark)}
          </text>
        </g>
      ))}
      <polygon class="band" points={band} />
      <polyline class="line" points={path((look) => look.difference).join(" ")} />
      {latest && (
        <g class="latest">
          <line x1={x(latest.day)} x2={x(latest.day)} y1={y(latest.low)} y2={y(latest.high)} />
          <circle cx={x(latest.day)} cy={y(latest.difference)} r="3" />
        </g>
      )}
      {fixed && (
        <g class="whisker">
          <line x1={x(fixed.day)} x2={x(fixed.day)} y1={y(fixed.low)} y2={y(fixed.high)} />
          <line x1={x(fixed.day) - 4} x2={x(fixed.day) + 4} y1={y(fixed.low)} y2={y(fixed.low)} />
          <line x1={x(fixed.day) - 4} x2={x(fixed.day) + 4} y1={y(fixed.high)} y2={y(fixed.high)} />
        </g>
      )}
      <text x={BOX.left} y={HEIGHT - 12}>
        {date(first)}
      </text>
      {banded.length > 1 && (
        <text x={BOX.right} y={HEIGHT - 12} text-anchor="end">
          {date(last)}
        </text>
      )}
      <text x={(BOX.left + BOX.right) / 2} y={HEIGHT - 12} text-anchor="middle">
        {t.effect.axis}
      </text>
    </svg>
  );
}

function Cohorts({ effect }: { effect: Effect }) {
  const { t, f, now } = useSession();
  return (
    <Section title={t.effect.cohorts(f.span(effect.window))}>
      {effect.cohorts.length ? (
        <table class="plain">
          <thead>
            <tr>
              <th scope="col">{t.effect.week}</th>
              <th scope="col" class="num">
                {t.tip.viewsColumn}
              </th>
              <th scope="col" class="num">
                {t.effect.before}
              </th>
              <th scope="col" class="num">
                {t.effect.after}
              </th>
            </tr>
          </thead>
          <tbody>
            {effect.cohorts.map((cohort) => (
              <tr key={cohort.week}>
                <th scope="row">{f.date(cohort.week * DAY, now())}</th>
                <td class="num">{f.number(cohort.people)}</td>
                <td class="num">{f.share(0)}</td>
                <td class="num">
                  {f.share(cohort.reached / cohort.people)}{" "}
                  <span class="muted">({t.effect.limits(f.share(cohort.low), f.share(cohort.high))})</span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <p class="muted">{t.effect.nobody}</p>
      )}
    </Section>
  );
}

function Texts({ texts, window }: { texts: EffectTexts; window: number }) {
  const { t, f, now } = useSession();
  return (
    <Section title={t.effect.texts(f.span(window), f.date(texts.since, now()))}>
      {texts.words.map((words) => (
        <p key={words}>{words}</p>
      ))}
      <table class="plain">
        <thead>
          <tr>
            <th scope="col">{t.effect.text}</th>
            <th scope="col" class="num">
              {t.tip.viewsColumn}
            </th>
            <th scope="col" class="num">
              {t.effect.reached}
            </th>
            <th scope="col" class="num">
              {t.tip.share}
            </th>
          </tr>
        </thead>
        <tbody>
          {texts.tried.map((text) => (
            <tr key={text.variant}>
              <th scope="row">
                {text.variant < 0 ? t.effect.ownText : text.name || t.effect.nth(text.variant + 1)}{" "}
                <span class="muted">{f.share(text.share)}</span>
              </th>
              <td class="num">{f.number(text.people)}</td>
              <td class="num">{f.number(text.reached)}</td>
              <td class="num">{text.people ? f.share(text.reached / text.people) : t.common.none}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}

function Left({ effect }: { effect: Effect }) {
  const { t, f } = useSession();
  const reasons = (Object.keys(t.effect.left) as (keyof LeftOut)[]).filter((name) => effect.left_out[name]);
  if (!reasons.length) return null;
  return (
    <Section title={t.effect.leftOut}>
      <ul class="lines">
        {reasons.map((name) => (
          <li key={name}>
            <span>
              {WARNED.includes(name) && <Icon name="warning" />} {t.effect.left[name]}
            </span>
            <span class="num">{f.number(effect.left_out[name])}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
