/** Where a tooltip stands: beside its target, never over it, never outside of the window. */

export interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
}

export interface Place {
  x: number;
  y: number;
  /** "b" below the target, "t" above, "r" right, "l" left, "" nowhere beside it: a corner of the window */
  side: string;
  /** Where the arrow points, along the side that faces the target. */
  arrow: number;
}

export const GAP = 12;
export const MARGIN = 8;

const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(value, high));

/** The first side with room, in order below, above, inline end, inline start; shifted along it to fit. */
export const place = (target: Box, w: number, h: number, vw: number, vh: number, rtl: boolean): Place => {
  const x = clamp(target.x + (target.w - w) / 2, MARGIN, vw - w - MARGIN);
  const y = clamp(target.y + (target.h - h) / 2, MARGIN, vh - h - MARGIN);
  const sides: [string, number, number, boolean][] = [
    ["b", x, target.y + target.h + GAP, target.y + target.h + GAP + h + MARGIN <= vh],
    ["t", x, target.y - GAP - h, target.y - GAP - h >= MARGIN],
    ["r", target.x + target.w + GAP, y, target.x + target.w + GAP + w + MARGIN <= vw],
    ["l", target.x - GAP - w, y, target.x - GAP - w >= MARGIN],
  ];
  if (rtl) sides.push(sides.splice(2, 1)[0]);
  for (const [side, left, top, fits] of sides) {
    if (!fits) continue;
    const across = side === "b" || side === "t";
    const arrow = across
      ? clamp(target.x + target.w / 2 - left, 18, w - 18)
      : clamp(target.y + target.h / 2 - top, 18, h - 18);
    return { x: left, y: top, side, arrow };
  }
  return { x: rtl ? MARGIN : vw - w - MARGIN, y: vh - h - MARGIN, side: "", arrow: 0 };
};
