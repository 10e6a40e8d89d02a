/** How a rule came out, part by part: a tree of words with values, numbers and the events behind them. */
import type { Format } from "../format";
import { useSession } from "../session";
import type { TracePart } from "../types";
import type { Words } from "../words/en";
import { Icon } from "./icon";

const SPANS = new Set(["known for", "quiet for", "away for"]);
const INSTANTS = new Set(["at", "until", "waits"]);
const SHARES = new Set(["change", "peers"]);
/** These say nothing when they are zero. */
const QUIET = new Set(["completed", "interrupted", "abandoned", "stalled", "open", "until"]);

export function valueWords(value: unknown, t: Words, f: Format): string {
  if (value === null || value === undefined) return t.whyPage.unset;
  if (typeof value === "boolean") return value ? t.whyPage.yes : t.whyPage.no;
  if (typeof value === "number") return f.number(value);
  return typeof value === "string" ? value : JSON.stringify(value);
}

export function Tree({ parts, label }: { parts: TracePart[]; label?: string }) {
  return (
    <ul class="tree" aria-label={label}>
      {parts.map((part, index) => (
        <Branch key={`${index}${part.part}`} part={part} />
      ))}
    </ul>
  );
}

function Branch({ part }: { part: TracePart }) {
  const { t, f, now } = useSession();
  const inner = part.compares ? part.parts[0] : undefined;
  const shown = inner ?? part;
  const said = part.known ? valueWords(part.value, t, f) : t.whyPage.unknown;
  const numbers = Object.entries(shown.numbers)
    .filter(([name, value]) => !(QUIET.has(name) && !value))
    .map(([name, value]) => {
      const words = t.whyPage.number[name] ?? name;
      if (typeof value !== "number") return `${words}: ${valueWords(value, t, f)}`;
      if (INSTANTS.has(name)) return `${words} ${f.moment(value, now())}`;
      if (SPANS.has(name)) return `${words} ${f.span(value)}`;
      return `${words}: ${SHARES.has(name) ? f.share(value) : f.number(value)}`;
    });
  if (inner?.known) numbers.unshift(valueWords(inner.value, t, f));
  const counted = shown.events.length - shown.outside;
  const icon = !part.known ? "off" : part.value ? "check" : "close";
  return (
    <li>
      <span class="line">
        <Icon name={icon} size={13} />
        <span>
          {t.whyPage.part[part.part] ?? part.part}: <strong>{said}</strong>
          {numbers.length > 0 && <span class="muted"> ({numbers.join(", ")})</span>}
        </span>
      </span>
      {shown.events.length > 0 && (
        <ul class="events">
          {shown.events.map((event, index) => (
            <li key={index} class="muted">
              {f.moment(event.at, now())} {event.name}
              {index >= counted && ` (${t.whyPage.old})`}
            </li>
          ))}
        </ul>
      )}
      {!inner && part.parts.length > 0 && <Tree parts={part.parts} />}
    </li>
  );
}
