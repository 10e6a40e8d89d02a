/** A tip's text, from its node tree to elements. Text is text: nothing here can make markup out of it. */
import type { ComponentChildren } from "preact";
import type { Node } from "../types";

const DEEPEST = 8;

/** The addresses a tip may carry; anything else is shown as text. Mirrors the server's check, as a second lock. */
export function safeUrl(url: string): string | null {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not pass
  if (/[\u0000-\u0020\u007f-\u00a0\u2028\u2029\\]/.test(url)) return null;
  if (/^(https?:\/\/|mailto:|tel:)/i.test(url)) return url;
  return /^(\/(?!\/)|[#?])/.test(url) ? url : null;
}

const text = (node: Node | undefined): string => (typeof node === "string" ? node : "");

function render(node: Node, depth: number, key: number): ComponentChildren {
  if (typeof node === "string") return node;
  if (!Array.isArray(node) || depth > DEEPEST) return null;
  const [kind, ...rest] = node as [string, ...Node[]];
  const inside = (from: number) => rest.slice(from).map((child, index) => render(child, depth + 1, index));
  switch (kind) {
    case "strong":
      return <strong key={key}>{inside(0)}</strong>;
    case "em":
      return <em key={key}>{inside(0)}</em>;
    case "code":
      return <code key={key}>{inside(0)}</code>;
    case "p":
      return <p key={key}>{inside(0)}</p>;
    case "ul":
      return <ul key={key}>{inside(0)}</ul>;
    case "ol":
      return <ol key={key}>{inside(0)}</ol>;
    case "li":
      return <li key={key}>{inside(0)}</li>;
    case "a":
      return (
        <span key={key} class="linked" title={safeUrl(text(rest[0])) ?? ""}>
          {inside(1)}
        </span>
      );
    case "img":
      return (
        <span key={key} class="pictured">
          {text(rest[1])}
        </span>
      );
    case "var":
      return (
        <span key={key} class="variable" title={text(rest[0])}>
          {text(rest[1]) || `{${text(rest[0])}}`}
        </span>
      );
    default:
      return <span key={key}>{inside(0)}</span>;
  }
}

export function Nodes({ nodes }: { nodes: readonly Node[] }) {
  return <>{nodes.map((node, index) => render(node, 0, index))}</>;
}
