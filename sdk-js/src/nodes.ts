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
  if (tag === "var") return String(rest[0] ?? "");
  if (tag === "img")
    return safeUrl(first)
      ? el("img", { src: String(first), alt: String(rest[0] ?? "") })
      : String(rest[0] ?? "");
  if (tag === "a") {
    const url = safeUrl(first);
    const attrs: Record<string, string> = !url
      ? {}
      : isLocal(url)
        ? { href: url }
        : { href: url, target: "_blank", rel: "noopener" };
    return el(url ? "a" : "span", attrs, ...render(rest as Node[]));
  }
  return el(TAGS.test(tag) ? tag : "span", {}, ...render(node.slice(1) as Node[]));
};

export const render = (nodes: Node[]): Kid[] => (Array.isArray(nodes) ? nodes : [nodes]).map(one);
