/** j and k walk through rows, enter opens; a row is any element with data-walk that can take the focus. */
import { useKeys } from "./keys";

function step(by: number): void {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-walk]")];
  if (!rows.length) return;
  const here = rows.findIndex((row) => row.contains(document.activeElement));
  const current = rows.findIndex((row) => row.getAttribute("aria-current") === "true");
  const from = here >= 0 ? here : current;
  const next = rows[from < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, from + by))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

/** `more` are keys for the row that has the focus; its data-walk value is given. */
export function useWalk(open: (id: string) => void, more: Record<string, (id: string) => void> = {}): void {
  const focused = () =>
    (document.activeElement?.closest("[data-walk]") as HTMLElement | null)?.dataset.walk ??
    document.querySelector<HTMLElement>("[data-walk][aria-current=true]")?.dataset.walk;
  const onRow = (act: (id: string) => void) => () => {
    const id = focused();
    if (id) act(id);
  };
  useKeys({
    j: () => step(1),
    k: () => step(-1),
    Enter: (event) => {
      const row = (event.target as Element).closest?.("[data-walk]");
      if (row === event.target) onRow(open)();
    },
    ...Object.fromEntries(Object.entries(more).map(([key, act]) => [key, onRow(act)])),
  });
}
