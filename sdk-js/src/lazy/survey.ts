/** One question on the corner card: a score as the platform's own radio buttons, a comment, one answer, a thank-you. */
import type { Make, Question } from "../types";
import { CSS as CORNER } from "./corner";

const THANKS_MS = 5_000;
const COMMENT_CHARS = 2_000;
const MANY = 7;
const CSS =
  ".scale{display:grid;grid-auto-flow:column;grid-auto-columns:1fr;min-width:0;margin:12px -2px 0;padding:0;border:0}.wide{width:520px;max-width:calc(100vw - 16px)}label{position:relative;display:block}.scale input{position:absolute;inset:0;width:100%;height:100%;margin:0;opacity:0;cursor:pointer}.scale span{display:grid;place-items:center;min-height:40px;margin:2px;border:1px solid var(--wp-line);border-radius:8px}.scale :hover+span{border-color:var(--wp-muted)}.scale :checked+span{border-color:transparent;background:var(--wp-accent);color:var(--wp-on-accent);font-weight:600}.scale :focus-visible+span{outline:2px solid var(--wp-ink);outline-offset:1px}#e{display:flex;justify-content:space-between;gap:16px;color:var(--wp-muted);font-size:.85em}#e :last-child{text-align:end}.say{margin-top:12px}textarea{box-sizing:border-box;display:block;width:100%;margin-top:4px;padding:8px;border:1px solid var(--wp-muted);border-radius:8px;background:none;color:inherit;font:inherit;resize:vertical}.tip{max-height:calc(100vh - 16px);overflow:auto}@media(max-width:560px){.wide .scale{grid-auto-flow:row;grid-template-columns:repeat(6,1fr)}}";

const el = <T extends HTMLElement>(
  tag: string,
  attrs: Record<string, string>,
  ...kids: (string | Node)[]
): T => {
  const made = document.createElement(tag) as T;
  for (const name in attrs) made.setAttribute(name, attrs[name]);
  made.append(...kids);
  return made;
};

export default (make: Make): void => {
  const standing = make(CORNER + CSS);
  const { root, panel, offer, ends, end } = standing;
  const { scores, low, high, comment, send, thanks } = offer.content.question as Question;
  const row = panel.querySelector(".row") as HTMLElement;
  const words = el<HTMLTextAreaElement>("textarea", { rows: "3", maxlength: `${COMMENT_CHARS}` });
  let score: number | undefined;

  const answer = (): void => {
    const text = words.value.trim();
    if (score === undefined && !text) {
      words.focus();
      return;
    }
    standing.say("answered", { score, comment: text });
    standing.end = () => end();
    panel.classList.remove("wide");
    for (const part of [...panel.children]) if (!part.matches("h2,.close")) part.remove();
    for (const part of root.querySelectorAll("h2,.voice")) part.textContent = thanks;
    panel.querySelector<HTMLElement>(".close")?.focus();
    const timer = setTimeout(end, THANKS_MS);
    ends.push(() => clearTimeout(timer));
  };

  /** What follows the score, or stands there at once where no score is asked for. */
  const more = (): void => {
    if (words.isConnected) return;
    if (comment) row.before(el("label", { class: "say" }, comment, words));
    else {
      words.setAttribute("aria-labelledby", "t");
      row.before(words);
    }
    const button = el("button", { class: "go", type: "button" }, send);
    button.addEventListener("click", answer);
    row.prepend(button);
  };

  if (!scores) {
    more();
    return;
  }
  const [first, last] = scores;
  const scale = el("div", {
    class: "scale",
    role: "radiogroup",
    "aria-labelledby": "t",
    "aria-describedby": "e",
  });
  for (let n = first; n <= last; n++) {
    const radio = el("input", { type: "radio", name: "score", value: `${n}` });
    radio.addEventListener("change", () => {
      score = n;
      more();
    });
    scale.append(el("label", {}, radio, el("span", {}, `${n}`)));
  }
  panel.classList.toggle("wide", last - first >= MANY);
  row.before(
    scale,
    el("p", { id: "e" }, el("span", {}, `${first} – ${low}`), el("span", {}, `${last} – ${high}`)),
  );
};
