/** Long lists are drawn two hundred rows at a time: ten thousand cost no more than that until they are asked for. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useSession } from "../session";

export const PAGE = 200;

/** How many of `count` rows to draw, and the button that draws more of them. */
export function useMore(count: number): [number, ComponentChildren] {
  const { t, f } = useSession();
  const [limit, set] = useState(PAGE);
  const rest = count - limit;
  return [
    limit,
    rest > 0 && (
      <button type="button" class="button more" onClick={() => set(limit + PAGE)}>
        {t.common.more(f.number(Math.min(rest, PAGE)), f.number(rest))}
      </button>
    ),
  ];
}
