/** Where a tooltip stands: beside its target, never over it, never outside of the window. */

export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export interface Place {
  x: number;
  y: number;
  /** The arrow's own position, as style, and its turn in degrees. Nowhere beside the target: a corner, no arrow. */
  arrow: string;
  turn: number;
}

export const GAP = 12;
export const MARGIN = 8;

const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(value, high));

/** The first side with room, in order below, above, inline end, inline start; shifted along it to fit. */
export const place = (box: Box, w: number, h: number, vw: number, vh: number, rtl: boolean): Place => {
  const { left, top, right, bottom } = box;
  const x = clamp((left + right - w) / 2, MARGIN, vw - w - MARGIN);
  const y = clamp((top + bottom - h) / 2, MARGIN, vh - h - MARGIN);
  const along = `left:${clamp((left + right) / 2 - x, 18, w - 18) - 6}px`;
  const down = `top:${clamp((top + bottom) / 2 - y, 18, h - 18) - 6}px`;
  const sides: [x: number, y: number, arrow: string, turn: number][] = [
    [x, bottom + GAP, `top:-6.5px;${along}`, 45],
    [x, top - GAP - h, `bottom:-6.5px;${along}`, 225],
    [right + GAP, y, `left:-6.5px;${down}`, -45],
    [left - GAP - w, y, `right:-6.5px;${down}`, 135],
  ];
  if (rtl) sides.push(...sides.splice(2, 1));
  const [toX, toY, arrow, turn] = sides.find(
    ([sx, sy]) => sx >= MARGIN && sy >= MARGIN && sx + w + MARGIN <= vw && sy + h + MARGIN <= vh,
  ) || [rtl ? MARGIN : vw - w - MARGIN, vh - h - MARGIN, "display:none", 0];
  return { x: toX, y: toY, arrow, turn };
};
