/** What a person can say to a tip: why here, later, not again, none at all. */
import type { Props, Standing } from "../types";

const DAY_MS = 86_400_000;
const CSS =
  ".menu{margin:12px -8px -8px;padding-top:8px;border-top:1px solid var(--wp-line);display:flex;flex-direction:column}.menu button{min-height:44px;padding:0 8px;text-align:start;color:var(--wp-ink)}.menu button:hover{background:color-mix(in srgb,var(--wp-ink) 6%,transparent)}.menu p{margin:0;padding:4px 8px 8px;color:var(--wp-muted)}.banner .menu{flex-basis:100%;margin:0 -8px}";

export default ({ root, panel, offer, end, look }: Standing): void => {
  const more = panel.querySelector(".more") as HTMLElement;
  const old = panel.querySelector(".menu");
  more.setAttribute("aria-expanded", String(!old));
  if (old) {
    old.remove();
    look();
    return;
  }
  const { ui, why } = offer.content;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  const menu = document.createElement("div");
  menu.className = "menu";
  const entry = (label: string, job: (button: HTMLButtonElement) => void): void => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.addEventListener("click", () => job(button));
    if (label) menu.append(button);
  };
  const say = (what: string, extra: Props) => () => end(what, extra);
  if (why) {
    entry(ui.why, (button) => {
      const words = document.createElement("p");
      words.setAttribute("role", "status");
      button.after(words);
      words.textContent = why;
      button.disabled = true;
      look();
    });
  }
  entry(ui.later, say("snoozed", { until_ms: DAY_MS }));
  entry(ui.never, say("muted", { scope: "tip" }));
  entry(ui.mute, say("muted", { scope: "all" }));
  panel.insertBefore(menu, panel.querySelector(".close"));
  look();
  menu.querySelector("button")?.focus();
};
