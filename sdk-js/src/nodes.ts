/** Elements from typed nodes: createElement and textContent only, so that content can never become code. */
import { doc } from "./env";
import type { Node } from "./types";
import { safeUrl } from "./urls";

const TAGS = /^(strong|em|code|ul|ol|li|p)$/;

type Kid = string | Element;

export const el = (tag: string, attrs: Record<string, string> = {}, ...kids: Kid[]): HTMLElement => {
  const made = doc.createElement(tag);
  for (const name in attrs) made.setAttribute(name, attrs[name]);
  made.append(...kids);
  return made;
};

/** Links of this site stay in the tab, others open beside it. */
export const isLocal = (url: string): boolean => /^[/?#]/.test(url);

const one = (node: Node): Kid => {
  if (!Array.isArray(node)) return String(node ?? "");
  const [tag, first, ...rest] = node;
  const url = safeUrl(first);
  if (tag === "var") return String(rest[0] ?? "");
  if (tag === "img" && url) return el("img", { src: url, alt: String(rest[0]) });
  const outside = url && !isLocal(url) && { target: "_blank", rel: "noopener" };
  if (tag === "a" && url) return el("a", { href: url, ...outside }, ...render(rest as Node[]));
  return el(
    TAGS.test(tag) ? tag : "span",
    {},
    ...render((/^(a|img)$/.test(tag) ? rest : node.slice(1)) as Node[]),
  );
};

export const render = (nodes: Node[]): Kid[] => [nodes].flat().map(one);
