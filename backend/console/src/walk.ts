/** j and k walk through rows, enter opens; a row is any element with data-walk that can take the focus. */
import { useKeys } from "./keys";

const inPage = "#content [data-walk]";
const current = () => document.querySelector<HTMLElement>(`${inPage}[aria-current=true]`);

/** The rows of the list the reader is in: those of the panel while it has the focus and has rows. */
function rows(): HTMLElement[] {
  const inside = [...document.querySelectorAll<HTMLElement>(".panel [data-walk]")];
  const there = document.activeElement?.closest(".panel") && inside.length > 0;
  return there ? inside : [...document.querySelectorAll<HTMLElement>(inPage)];
}

function step(by: number): void {
  const all = rows();
  const here = all.findIndex((row) => row.contains(document.activeElement));
  const from = here >= 0 ? here : all.indexOf(current() as HTMLElement);
  const next = all[from < 0 ? 0 : Math.max(0, Math.min(all.length - 1, from + by))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

export const focusFirstRow = (): void => document.querySelector<HTMLElement>(inPage)?.focus();

/** After a panel: back to the row it came from, or, when that row is gone, to the one in its place. */
export function comeBack(id: string, place: number): void {
  const all = [...document.querySelectorAll<HTMLElement>(inPage)];
  const row =
    all.find((each) => each.dataset.walk === id) ?? all[Math.max(0, Math.min(place, all.length - 1))];
  row?.focus({ preventScroll: true });
}

export const placeOf = (id: string): number =>
  [...document.querySelectorAll<HTMLElement>(inPage)].findIndex((row) => row.dataset.walk === id);

/** `more` are keys for the row that has the focus or is open; its data-walk value is given. `shown`: what is open while
 * its list is still on the way. */
export function useWalk(
  open: (id: string) => void,
  more: Record<string, (id: string) => void> = {},
  shown: string | null = null,
): void {
  const focused = () => (document.activeElement?.closest(inPage) as HTMLElement | null) ?? current();
  const onRow = (act: (id: string) => void) => () => {
    const id = focused()?.dataset.walk ?? shown;
    if (id) act(id);
  };
  useKeys({
    j: () => step(1),
    k: () => step(-1),
    Enter: (event) => {
      if ((event.target as Element).matches?.(inPage)) onRow(open)();
    },
    ...Object.fromEntries(Object.entries(more).map(([key, act]) => [key, onRow(act)])),
  });
}
