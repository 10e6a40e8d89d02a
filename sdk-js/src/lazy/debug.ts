/** The developer's panel: what was sent, what is offered and what it waits for, what is held back and why. */
import type { Item, Offer, Reply, Standing } from "../types";

interface Look {
  offers: Offer[];
  reasons: Reply["reasons"];
  standing: Map<string, Standing>;
  readyIn: (offer: Offer) => number;
  leased: boolean;
  log: [number, string][];
  items: Item[];
  me: { a: string; u?: string; g?: string };
}

const CSS =
  ":host{all:initial;position:fixed;inset:auto auto 8px 8px;z-index:2147483647}div{box-sizing:border-box;width:min(420px,100vw - 16px);max-height:60vh;overflow:auto;padding:12px 16px;border-radius:8px;background:#141816;color:#eef2f0;font:13px/1.5 ui-monospace,monospace;overflow-wrap:anywhere}h2{margin:12px 0 4px;font:inherit;color:#6fd3ae}h2:first-of-type{margin-top:0}ul{margin:0;padding:0;list-style:none}button{float:right;min-width:44px;min-height:44px;border:0;background:none;color:inherit;font-size:18px;cursor:pointer}";

const add = (into: Element, tag: string, text: string): Element => {
  const made = document.createElement(tag);
  made.textContent = text;
  into.append(made);
  return made;
};

const section = (into: Element, title: string, lines: string[]): void => {
  add(into, "h2", title);
  const list = add(into, "ul", "");
  for (const line of lines.length ? lines : ["none"]) add(list, "li", line);
};

const state = (ms: number): string =>
  ms <= 0
    ? "ready"
    : ms < Infinity
      ? `waits, looks again in ${Math.ceil(ms / 1000)} s`
      : "waits for its context";

export default (look: () => Look): void => {
  document.querySelector("waypost-debug")?.remove();
  const host = document.createElement("waypost-debug");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS);
  root.adoptedStyleSheets = [sheet];
  const box = add(document.createElement("i"), "div", "");
  root.append(box);
  const draw = (): void => {
    const { offers, reasons, standing, readyIn, leased, log, items, me } = look();
    box.textContent = "";
    const close = add(box, "button", "×");
    close.setAttribute("aria-label", "Close");
    close.addEventListener("click", end);
    section(box, "Who", [`user ${me.u || "unknown"}`, `anonymous ${me.a}`, `account ${me.g || "unknown"}`]);
    section(box, "Standing", [...standing.keys()]);
    section(
      box,
      `Offers (${leased ? "lease held" : "no lease"})`,
      offers.map((offer) => `${offer.tip}: ${state(readyIn(offer))}`),
    );
    section(
      box,
      "Held back",
      (reasons || []).map((one) => `${one.tip}: ${one.code}. ${one.words}`),
    );
    section(
      box,
      `Events (${items.length} waiting)`,
      log
        .slice(-15)
        .reverse()
        .map(([ms, name]) => `${(ms / 1000).toFixed(1)} s  ${name}`),
    );
  };
  const timer = setInterval(draw, 1_000);
  const end = (): void => {
    clearInterval(timer);
    host.remove();
  };
  draw();
  document.body.append(host);
};
