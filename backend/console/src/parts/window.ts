/** Only the rows near the screen exist: ten thousand rows cost as much as forty. */
import type { RefObject } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";

export interface Slice {
  from: number;
  to: number;
}

const AHEAD = 12;
export const WHOLE = 150;

/** Which rows to draw, given where the body's top edge is relative to the screen. */
export function slice(count: number, row: number, top: number, screen: number): Slice {
  if (count <= WHOLE) return { from: 0, to: count };
  const from = Math.max(0, Math.min(count - 1, Math.floor(-top / row) - AHEAD));
  return { from, to: Math.min(count, Math.max(from + 1, Math.ceil((screen - top) / row) + AHEAD)) };
}

export function useWindow(count: number, row: number, body: RefObject<HTMLElement>): Slice {
  const [shown, set] = useState<Slice>({ from: 0, to: Math.min(count, WHOLE) });
  useLayoutEffect(() => {
    const update = () => {
      const top = body.current?.getBoundingClientRect().top ?? 0;
      const next = slice(count, row, top, innerHeight);
      set((old) => (old.from === next.from && old.to === next.to ? old : next));
    };
    update();
    addEventListener("scroll", update, { passive: true });
    addEventListener("resize", update);
    return () => {
      removeEventListener("scroll", update);
      removeEventListener("resize", update);
    };
  }, [count, row, body]);
  return { from: Math.min(shown.from, count), to: Math.min(shown.to, count) };
}
