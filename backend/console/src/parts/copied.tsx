/** A text to take away: shown whole, copied by one button. */
import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { useSession } from "../session";
import { Icon } from "./icon";

/** Selects the text where the browser will not let us copy it. */
function select(element: HTMLElement | null): void {
  if (element) getSelection()?.selectAllChildren(element);
}

export function Copied(props: { text: string; label: string; children?: ComponentChildren }) {
  const { t, say } = useSession();
  const [copied, set] = useState(false);
  const id = useId();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(props.text);
      set(true);
      say({ text: t.common.copied });
    } catch {
      select(document.getElementById(id));
    }
  };
  return (
    <div class="taken">
      <button
        type="button"
        class="button small"
        aria-label={`${copied ? t.common.copied : t.common.copy}: ${props.label}`}
        onClick={copy}
      >
        <Icon name={copied ? "check" : "copy"} />
        {copied ? t.common.copied : t.common.copy}
      </button>
      <pre id={id}>
        <code>{props.children ?? props.text}</code>
      </pre>
    </div>
  );
}
