/** When to try again. */

export const MOST_TRIES = 10;
const LONGEST = 300_000;

/** Milliseconds before try number `tries` + 1: exponential, ±25 %. */
export const backoff = (tries: number, random: number): number =>
  Math.min(LONGEST, 1_000 * 2 ** (tries - 1)) * (0.75 + random / 2);

/** Milliseconds a Retry-After header asks for: seconds or a date, at most an hour. */
export const retryAfter = (header: string | null, wall: number): number => {
  if (!header) return 0;
  const ms = Number(header) * 1_000 || Date.parse(header) - wall;
  return ms > 0 ? Math.min(ms, 3_600_000) : 0;
};
