/** What all surfaces share: shadow root, style, content, buttons, and whether they were seen. */
import { act, GONE, more, report } from "./deeds";
import { doc, later, listen, win } from "./env";
import { el, render } from "./nodes";
import CSS from "./surface.css?inline";
import type { Offer, Standing } from "./types";

/** Constructed sheets need no nonce and no style source. */
const sheet = (css: string): CSSStyleSheet => {
  const made = new CSSStyleSheet();
  made.replaceSync(css);
  return made;
};
let common: CSSStyleSheet;

/** Is the page dark right now? The colour of its text says so, whatever switched it. */
const isDark = (): boolean => {
  const { color } = getComputedStyle(doc.body);
  return Number(color.match(/[\d.]+/)) > (color[0] === "r" ? 127 : 0.5);
};

/** "viewed": at least half of it in sight for a second. */
const whenSeen = (panel: Element, seen: () => unknown): (() => void) => {
  let timer = 0;
  const wait = (): void => {
    timer = later(() => (doc.hidden ? wait() : seen()), 1_000);
  };
  const watcher = new IntersectionObserver(
    ([entry]) => {
      clearTimeout(timer);
      if (entry.isIntersecting) wait();
    },
    { threshold: 0.5 },
  );
  watcher.observe(panel);
  return () => {
    clearTimeout(timer);
    watcher.disconnect();
  };
};

/** Build a tip and put it on the page, reserving no space and moving nothing. */
export const stand = (offer: Offer, css = "", tag = "section"): Standing => {
  const { lang, dir, title, body, cta, secondary, ui } = offer.content;
  const host = el("waypost-tip", { tip: offer.tip });
  const root = host.attachShadow({ mode: "open" });
  const ends: (() => void)[] = [];
  let back: HTMLElement | null;
  let told = "";

  const button = (kind: string, label: string, job: () => void, text?: string): HTMLElement => {
    const made = el("button", { class: kind, ...(text && { "aria-label": label }) }, text || label);
    ends.push(listen(made, "click", job));
    return made;
  };
  const dismiss = (): void => standing.end("dismissed");
  const heading = el("h2", { id: "t" }, ...render(title));
  const words = el("div", { id: "b" }, ...render(body));
  const row = el("div", { class: "row" });
  if (cta) row.append(button("go", cta, () => act(standing)));
  if (secondary) row.append(button("quiet", secondary, dismiss));
  row.append(button("icon more", ui.more, () => more("menu", standing), "⋯"));
  const panel = el(
    tag,
    {
      class: `tip ${offer.surface}`,
      role: "dialog",
      "aria-labelledby": "t",
      "aria-describedby": "b",
      lang,
      dir,
    },
    heading,
    words,
    row,
    button("icon close", ui.close, dismiss, "×"),
  );
  const voice = el("div", { class: "voice", role: "status", lang });
  common ||= sheet(CSS);
  root.adoptedStyleSheets = [common, sheet(css)];
  root.append(panel, voice);
  host.toggleAttribute("dark", isDark());

  const standing: Standing = {
    offer,
    root,
    panel,
    ends,
    look() {},
    say(what, extra) {
      told = what;
      report(offer, what, extra);
    },
    end(what, extra) {
      if (!host.isConnected) return;
      const inside = doc.activeElement === host;
      if (what && !(told && what === GONE)) standing.say(what, extra);
      told = "ended";
      host.remove();
      for (const end of ends) end();
      if (inside) back?.focus();
    },
  };
  ends.push(
    listen(host, "focusin", (event) => {
      back ||= (event as FocusEvent).relatedTarget as HTMLElement;
    }),
    listen(host, "keydown keyup keypress", (event) => event.stopPropagation()),
    listen(
      win,
      "keydown",
      (event) => {
        const { activeElement } = doc;
        if (
          (event as KeyboardEvent).key !== "Escape" ||
          (activeElement !== doc.body && activeElement !== host)
        )
          return;
        event.preventDefault();
        dismiss();
      },
      { capture: true },
    ),
    listen(words, "click", (event) => {
      if ((event.target as Element).closest("a")) report(offer, "clicked");
    }),
  );
  doc.body.append(host);
  if (tag !== "dialog") {
    host.popover = "manual";
    host.showPopover?.();
    later(() => voice.append(`${heading.textContent} ${words.textContent}`), 99);
  }
  ends.push(whenSeen(panel, () => told || standing.say("viewed")));
  return standing;
};
