/** What all surfaces share: shadow root, style, content, buttons, and whether they were seen. */
import { doc, later, listen, win } from "./env";
import { el, render } from "./nodes";
import CSS from "./surface.css?inline";
import type { Offer, Props, Standing } from "./types";

const sheets: Record<string, CSSStyleSheet> = {};

/** Constructed sheets need no nonce and no style source. */
const dress = (root: ShadowRoot, css: string): void => {
  sheets[css] ||= new CSSStyleSheet();
  sheets[css].replaceSync(css);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheets[css]];
};

/** Is the page dark right now? Its own background says so, whatever switched it. */
const isDark = (): boolean => {
  for (const element of [doc.body, doc.documentElement]) {
    const [r, g, b, a] = (getComputedStyle(element).backgroundColor.match(/[\d.]+/g) || []).map(Number);
    if (r >= 0 && a !== 0) return r * 3 + g * 6 + b < 1_100;
  }
  return (
    /dark/.test(getComputedStyle(doc.documentElement).colorScheme) &&
    win.matchMedia("(prefers-color-scheme:dark)").matches
  );
};

/** "viewed": at least half of it in sight for a second. */
const whenSeen = (panel: Element, seen: () => void): (() => void) => {
  let timer = 0;
  const watcher = new IntersectionObserver(
    (entries) => {
      clearTimeout(timer);
      if (entries[entries.length - 1].intersectionRatio >= 0.5) wait();
    },
    { threshold: [0, 0.5] },
  );
  const wait = (): void => {
    timer = later(() => {
      if (doc.hidden) return wait();
      watcher.disconnect();
      seen();
    }, 1_000);
  };
  watcher.observe(panel);
  return () => {
    clearTimeout(timer);
    watcher.disconnect();
  };
};

/** Reported only of a tip that nobody has seen yet. */
export const GONE = "anchor_missing";

export interface Deeds {
  report: (offer: Offer, what: string, extra?: Props) => void;
  act: (standing: Standing) => void;
  menu: (standing: Standing) => void;
  gone: (standing: Standing) => void;
}

/** Build a tip and put it on the page, reserving no space and moving nothing. */
export const stand = (offer: Offer, deeds: Deeds, css = "", tag = "section"): Standing => {
  const { content } = offer;
  const ui = content.ui || {};
  const host = el("waypost-tip", { tip: offer.tip });
  const root = host.attachShadow({ mode: "open" });
  const ends: (() => void)[] = [];
  let back: HTMLElement | null = null;
  let told = "";

  const button = (kind: string, label: string, job: () => void, text = label): HTMLElement => {
    const made = el("button", { type: "button", class: kind, "aria-label": label }, text);
    ends.push(listen(made, "click", job));
    return made;
  };
  const title = el("h2", { id: "t" }, ...render(content.title));
  const row = el("div", { class: "row" });
  if (content.cta) row.append(button("go", content.cta, () => deeds.act(standing)));
  if (content.secondary) row.append(button("quiet", content.secondary, () => standing.end("dismissed")));
  const more = button("icon more", ui.more, () => deeds.menu(standing), "⋯");
  more.setAttribute("aria-expanded", "false");
  row.append(more);
  const body = el("div", { id: "b" }, ...render(content.body));
  const close = button("icon close", ui.close, () => standing.end("dismissed"), "×");
  const attrs = {
    class: `tip ${offer.surface}`,
    role: "dialog",
    "aria-labelledby": "t",
    "aria-describedby": "b",
  };
  const panel = el(
    tag,
    { ...attrs, lang: content.lang || "", dir: content.dir || "auto" },
    title,
    body,
    row,
    close,
  );
  const voice = el("div", { class: "voice", role: "status", lang: content.lang || "" });
  root.append(panel, voice);
  dress(root, CSS);
  if (css) dress(root, css);
  if (isDark()) host.setAttribute("dark", "");

  const standing: Standing = {
    offer,
    host,
    root,
    panel,
    ends,
    look() {},
    end(what, extra) {
      if (!host.isConnected) return;
      const inside = doc.activeElement === host;
      for (const end of ends) end();
      host.remove();
      if (inside) back?.focus?.({ preventScroll: true });
      if (what && !(told && what === GONE)) deeds.report(offer, what, extra);
      told = what || told;
      deeds.gone(standing);
    },
  };
  ends.push(
    listen(host, "focusin", (event) => {
      back ||= (event as FocusEvent).relatedTarget as HTMLElement | null;
    }),
    listen(host, "keydown keyup keypress", (event) => {
      event.stopPropagation();
      escape(event);
    }),
    listen(body, "click", (event) => {
      if ((event.target as Element).closest("a")) deeds.report(offer, "clicked");
    }),
  );
  const escape = (event: Event): void => {
    if ((event as KeyboardEvent).key === "Escape" && event.type === "keydown" && !event.defaultPrevented) {
      event.preventDefault();
      standing.end("dismissed");
    }
  };
  ends.push(
    listen(
      doc,
      "keydown",
      (event) => {
        if (doc.activeElement === doc.body) escape(event);
      },
      {},
    ),
  );
  doc.body.append(host);
  if (tag !== "dialog" && "popover" in host) {
    host.popover = "manual";
    host.showPopover();
  }
  ends.push(whenSeen(panel, () => told || deeds.report(offer, (told = "viewed"))));
  if (tag !== "dialog") later(() => voice.append(`${title.textContent} ${body.textContent}`), 100);
  return standing;
};
