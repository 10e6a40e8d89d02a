/** Numbers, dates and spans in the reader's language. */
import type { Lang } from "./types";

export const DAY = 86_400_000;
const NARROW = "\u202f";

export interface Format {
  number: (n: number) => string;
  /** 0.384 → "38 %" with the narrow space that the language wants. */
  percent: (share: number) => string;
  /** 0.0843 → "8.4 %": for what is compared. */
  share: (share: number) => string;
  /** 0.036 → "+3.6", in points; zero has no sign. */
  points: (difference: number) => string;
  /** "23 Nov, 14:05"; the year only when it is another one. */
  moment: (at: number, now: number) => string;
  date: (at: number, now: number) => string;
  /** "Fri 27 Nov, 09:00": a moment to come, with its weekday. */
  day: (at: number, now: number) => string;
  /** "3 days ago", "in 2 hours". */
  ago: (at: number, now: number) => string;
  /** "3 days", "2 hours": a length, never negative. */
  span: (ms: number) => string;
}

type Unit = "day" | "hour" | "minute";

/** The largest unit that fits, rounded to the nearest: 26 h is 1 day, 59 s is 1 minute. */
export function largest(ms: number): [number, Unit] {
  const size = Math.abs(ms);
  if (size >= 23.5 * 3_600_000) return [Math.round(ms / DAY), "day"];
  if (size >= 59.5 * 60_000) return [Math.round(ms / 3_600_000), "hour"];
  return [Math.sign(ms) * Math.max(size < 1 ? 0 : 1, Math.round(size / 60_000)), "minute"];
}

export function formatFor(lang: Lang): Format {
  const locale = lang === "en" ? "en-GB" : "ru-RU";
  const whole = new Intl.NumberFormat(locale);
  const tenths = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const signed = new Intl.NumberFormat(locale, { maximumFractionDigits: 1, signDisplay: "exceptZero" });
  const clock: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit" };
  const day: Intl.DateTimeFormatOptions = { day: "numeric", month: "short" };
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const dated = (at: number, now: number, more: Intl.DateTimeFormatOptions) => {
    const year: Intl.DateTimeFormatOptions =
      new Date(at).getFullYear() === new Date(now).getFullYear() ? {} : { year: "numeric" };
    return new Intl.DateTimeFormat(locale, { ...day, ...year, ...more }).format(at);
  };
  return {
    number: (n) => whole.format(n),
    percent: (share) => `${whole.format(Math.round(share * 100))}${NARROW}%`,
    share: (share) => `${tenths.format(share * 100)}${NARROW}%`,
    points: (difference) => signed.format(Math.round(difference * 1000) / 10).replace("-", "−"),
    moment: (at, now) => dated(at, now, clock),
    date: (at, now) => dated(at, now, {}),
    day: (at, now) => dated(at, now, { ...clock, weekday: "short" }),
    ago: (at, now) => {
      const [n, unit] = largest(at - now);
      return relative.format(n, unit);
    },
    span: (ms) => {
      const [n, unit] = largest(Math.max(0, ms));
      return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "long" }).format(n);
    },
  };
}

/** The value of an <input type="datetime-local"> for an instant, in the reader's zone. */
export function localInput(at: number): string {
  const shifted = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}
