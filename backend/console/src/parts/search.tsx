/** The search of a list: / goes there, enter to the first row, escape empties it. */
import { useRef } from "preact/hooks";
import { useKeys } from "../keys";
import { focusFirstRow } from "../walk";

export function Search(props: { label: string; value: string; onInput: (text: string | null) => void }) {
  const field = useRef<HTMLInputElement>(null);
  useKeys({
    "/": () => field.current?.focus(),
  });
  const press = (event: KeyboardEvent) => {
    if (event.key !== "Escape" && event.key !== "Enter") return;
    event.preventDefault();
    if (event.key === "Escape") props.onInput(null);
    field.current?.blur();
    if (event.key === "Enter") focusFirstRow();
  };
  return (
    <span class="search">
      <input
        ref={field}
        type="search"
        placeholder={props.label}
        aria-label={props.label}
        aria-keyshortcuts="/"
        value={props.value}
        onInput={(event) => props.onInput(event.currentTarget.value || null)}
        onKeyDown={press}
      />
      <kbd>/</kbd>
    </span>
  );
}
