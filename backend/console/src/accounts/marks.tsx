/** How an account's figures are drawn, the same everywhere: health, use by week, fall, renewal, why. */
import { Icon } from "../parts/icon";
import { useSession } from "../session";
import type { Account, Band } from "./types";

/** The score in its band: a word beside the colour, for no colour speaks alone. */
export function Score({ score, band, change }: { score: number | null; band: Band; change?: number | null }) {
  const { t, f } = useSession();
  if (score === null) return <span class="muted">{t.portfolio.noScore}</span>;
  const moved = change != null && Math.abs(change) >= 0.5;
  return (
    <span class={`score ${band}`}>
      <b>{f.number(Math.round(score))}</b> <span class="word">{band && t.account.band[band]}</span>
      {moved && (
        <span class="muted" title={t.portfolio.changed(f.points(change / 100))}>
          {change < 0 ? "↓" : "↑"}
          {f.number(Math.round(Math.abs(change)))}
          <span class="sr-only"> {t.portfolio.changed(f.points(change / 100))}</span>
        </span>
      )}
    </span>
  );
}

export function Fell({ fell }: { fell: number | null }) {
  const { t, f } = useSession();
  if (fell === null) return <span class="muted">{t.portfolio.noNorm}</span>;
  if (Math.abs(fell) < 0.05) return <span class="muted">{t.portfolio.asUsual}</span>;
  const text = fell > 0 ? t.portfolio.fellBy(f.percent(fell)) : t.portfolio.roseBy(f.percent(-fell));
  return <span class={fell >= 0.4 ? "fell hot" : "fell"}>{text}</span>;
}

const SPARK = { width: 88, height: 22 };

/** Eight weeks as a line from zero; the last point is marked. */
export function Use({ weeks }: { weeks: number[] }) {
  const { t, f } = useSession();
  const top = Math.max(1, ...weeks);
  const x = (at: number) => 3 + (at / Math.max(1, weeks.length - 1)) * (SPARK.width - 6);
  const y = (value: number) => SPARK.height - 3 - (value / top) * (SPARK.height - 6);
  const points = weeks.map((value, at) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
  const label = `${t.portfolio.column.use}: ${weeks.map(f.number).join(", ")}`;
  return (
    <svg
      class="use"
      width={SPARK.width}
      height={SPARK.height}
      viewBox={`0 0 ${SPARK.width} ${SPARK.height}`}
      role="img"
      aria-label={label}
    >
      <title>{label}</title>
      <line class="zero" x1="0" x2={SPARK.width} y1={SPARK.height - 2.5} y2={SPARK.height - 2.5} />
      <polyline points={points} />
      {weeks.length > 0 && <circle cx={x(weeks.length - 1)} cy={y(weeks[weeks.length - 1] ?? 0)} r="2.2" />}
    </svg>
  );
}

/** Money in round figures: 18,000 and 1.2M are read at a glance. */
export function Money({ value }: { value: number | null }) {
  const { t, lang } = useSession();
  if (value === null) return <span class="muted">{t.common.none}</span>;
  return <span title={new Intl.NumberFormat(lang).format(value)}>{money(value, lang)}</span>;
}

export function money(value: number, lang: string): string {
  const locale = lang === "en" ? "en-GB" : "ru-RU";
  const compact = value >= 100_000;
  return new Intl.NumberFormat(locale, {
    notation: compact ? "compact" : "standard",
    maximumFractionDigits: compact && value >= 1_000_000 ? 1 : 0,
  }).format(value);
}

export function Renewal({ account }: { account: Pick<Account, "renewal" | "days_to_renewal"> }) {
  const { t, f } = useSession();
  const left = account.days_to_renewal;
  if (left === null || account.renewal === null) return <span class="muted">{t.common.none}</span>;
  return (
    <span title={account.renewal} class={left < 0 ? "muted" : ""}>
      {t.portfolio.days(left, f.number(Math.abs(left)))}
    </span>
  );
}

/** The reasons of an account's place, the weightiest first; and what holds there now. */
export function Why({ account, most = 2 }: { account: Account; most?: number }) {
  const { t, f, now } = useSession();
  const reasons = account.why.slice(0, most).map((reason) => reason.words);
  return (
    <>
      {reasons.length > 0 ? reasons.join(" · ") : <span class="muted">{t.common.none}</span>}
      {account.paused_until !== null && (
        <span class="paused">
          <Icon name="pause" size={13} /> {t.portfolio.paused(f.moment(account.paused_until, now()))}
        </span>
      )}
    </>
  );
}
