/** JSON to read: coloured by spans of text, copied by one button. */
import { Copied } from "./copied";

export type Token = { kind: "key" | "string" | "number" | "word" | "plain"; text: string };

const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;

/** Cuts JSON text into coloured pieces; joined again they are the same text. */
export function tokens(json: string): Token[] {
  const found: Token[] = [];
  let from = 0;
  for (const match of json.matchAll(TOKEN)) {
    const [, quoted, colon, word, number] = match;
    if (match.index > from) found.push({ kind: "plain", text: json.slice(from, match.index) });
    if (quoted) {
      found.push({ kind: colon ? "key" : "string", text: quoted });
      if (colon) found.push({ kind: "plain", text: colon });
    } else if (word) found.push({ kind: "word", text: word });
    else if (number) found.push({ kind: "number", text: number });
    from = match.index + match[0].length;
  }
  if (from < json.length) found.push({ kind: "plain", text: json.slice(from) });
  return found;
}

export function Json({ value, label }: { value: unknown; label: string }) {
  const json = JSON.stringify(value, null, 2) ?? "";
  return (
    <Copied text={json} label={label}>
      {tokens(json).map((token, index) => (
        <span key={index} class={token.kind}>
          {token.text}
        </span>
      ))}
    </Copied>
  );
}
