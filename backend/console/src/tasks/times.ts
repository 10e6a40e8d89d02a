/** When a snoozed task or a paused tip comes back: always nine in the morning, where the reader is. */

const NINE = 9;

function atNine(from: number, daysLater: number): number {
  const day = new Date(from);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + daysLater, NINE).getTime();
}

export const tomorrow = (now: number): number => atNine(now, 1);

/** The coming Monday; on a Monday the one a week later. */
export const nextMonday = (now: number): number => atNine(now, (8 - new Date(now).getDay()) % 7 || 7);

/** The coming Friday; on a Friday the one a week later. */
export const nextFriday = (now: number): number => atNine(now, (12 - new Date(now).getDay()) % 7 || 7);

export const inAWeek = (now: number): number => atNine(now, 7);

export const inTwoWeeks = (now: number): number => atNine(now, 14);
