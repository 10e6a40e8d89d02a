/**
 * The demo bar: the clock, and what holds each tip back right now. It belongs to the demo, not to the app:
 * a shadow root of its own; outside of it only `--demo-bar`, its height, so that the app can make room.
 */
const WORDS = {
  en: {
    now: "Demo clock", reset: "Reset", why: "What holds each tip back", offered: "may be shown now", stands: "stands on this page", ahead: (step) => `Move the clock on by ${step}`, close: "Close",
    busy: "Moving the clock…", reseed: "Starting anew: six weeks of history…", lost: "Waypost does not answer.",
    none: "No tip is live.", asked: "Start anew? Everything that happened in the demo is forgotten.", console: "Console", bar: "Waypost demo",
  },
  ru: {
    now: "Часы демо", reset: "Сначала", why: "Что удерживает подсказки", offered: "может появиться сейчас", stands: "стоит на этой странице", ahead: (step) => `Перевести часы вперёд на ${step}`, close: "Закрыть",
    busy: "Переводим часы…", reseed: "Начинаем сначала: шесть недель истории…", lost: "Waypost не отвечает.",
    none: "Действующих подсказок нет.", asked: "Начать сначала? Всё, что было в демо, забудется.", console: "Консоль", bar: "Демо Waypost",
  },
};
const STEPS = [
  ["1h", { en: ["+1 h", "1 hour"], ru: ["+1 ч", "1 час"] }],
  ["1d", { en: ["+1 d", "1 day"], ru: ["+1 д", "1 день"] }],
  ["14d", { en: ["+14 d", "14 days"], ru: ["+14 д", "14 дней"] }],
];
const CSS = `
:host{all:initial;position:fixed;inset:auto 0 0 0;z-index:2147483000;font:13px/1.4 system-ui,sans-serif;color:#e9efec;color-scheme:dark}
.bar{display:flex;align-items:center;gap:6px;padding:5px 12px;background:#141a18;border-top:1px solid #38423d;flex-wrap:wrap}
.time{font-variant-numeric:tabular-nums;margin-inline-end:6px}.muted{color:#a3afa9}
button,a{font:inherit;color:inherit;background:#232b28;border:1px solid #38423d;border-radius:6px;padding:4px 10px;min-height:30px;cursor:pointer;text-decoration:none;box-sizing:border-box}a{display:inline-flex;align-items:center}
button:hover,a:hover{background:#2e3834}button:focus-visible,a:focus-visible{outline:2px solid #6fd3ae;outline-offset:1px}button:disabled{opacity:.5}
.list{max-height:46vh;overflow:auto;background:#141a18;border-top:1px solid #38423d;padding:8px 12px}
ul{list-style:none;margin:0;padding:0;max-width:900px}li{display:grid;grid-template-columns:minmax(140px,260px) 1fr;gap:2px 16px;padding:6px 0;border-bottom:1px solid #232b28}
li:last-child{border:0}.ok{color:#6fd3ae}@media(max-width:560px){li{grid-template-columns:1fr}.hide{display:none}.bar{gap:4px;padding:5px 8px}button,a{padding:4px 8px}}`;

const language = /^ru\b/i.test(navigator.language) ? "ru" : "en";
const t = WORDS[language];

function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

const OPEN = "waypost.demo.why"; // the list stays open over the reload that a moved clock needs

function memory(value) {
  try {
    return value === undefined ? sessionStorage.getItem(OPEN) : sessionStorage.setItem(OPEN, value);
  } catch {
    return null;
  }
}

/** `userId()` says who is signed in, `forget()` makes the app forget what was done in it. */
export function showDemoBar({ host }, userId, forget) {
  const place = h("div", { id: "waypost-demo-bar" });
  const root = place.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS);
  root.adoptedStyleSheets = [sheet];
  const time = h("span", { class: "time" }, "…");
  const list = h("div", { class: "list", hidden: "", role: "region", "aria-label": t.why });
  const steps = STEPS.map(([step, { [language]: [short, long] }]) =>
    h("button", { "data-step": step, "aria-label": `${short}: ${t.ahead(long)}`, title: t.ahead(long), onclick: () => act(t.busy, "clock", { advance: step }) }, short));
  const why = h("button", { "aria-expanded": "false", "data-why": "", onclick: toggle }, t.why);
  const reset = h("button", { "data-step": "reset", onclick: () => confirm(t.asked) && act(t.reseed, "reset", {}, forget) }, t.reset);
  const bar = h("div", { class: "bar", role: "region", "aria-label": t.bar }, h("span", { class: "muted hide" }, t.now), time, ...steps, reset, why, h("a", { href: `${host}/console/`, target: "_blank", rel: "noopener" }, t.console));
  root.append(list, bar);
  document.body.append(place);
  new ResizeObserver(() => document.documentElement.style.setProperty("--demo-bar", `${bar.offsetHeight}px`)).observe(bar);

  let busy = false;

  async function act(words, path, body, then = () => {}) {
    busy = true;
    for (const button of root.querySelectorAll("button")) button.disabled = true;
    time.textContent = words;
    try {
      const answer = await fetch(`${host}/demo/${path}`, { method: "POST", headers: { "content-type": "text/plain" }, body: JSON.stringify(body) });
      if (!answer.ok) throw new Error();
      then();
      location.reload();
    } catch {
      busy = false;
      time.textContent = t.lost;
      for (const button of root.querySelectorAll("button")) button.disabled = false;
    }
  }

  function toggle() {
    list.hidden = !list.hidden;
    why.setAttribute("aria-expanded", String(!list.hidden));
    memory(list.hidden ? "" : "open");
    draw();
  }

  const shown = new Intl.DateTimeFormat(language, { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

  function line({ tip, name, state, code, words }) {
    const stands = window.waypost?.isStarted?.(tip);
    const good = stands || state === "offered";
    const said = good ? h("span", { class: "ok" }, `✓ ${stands ? t.stands : t.offered}`) : h("span", { class: "muted" }, words);
    return h("li", { "data-tip": tip, "data-code": code }, h("strong", {}, name), said);
  }

  async function draw() {
    try {
      const query = new URLSearchParams({ user_id: userId(), path: location.pathname, lang: language });
      const state = await (await fetch(`${host}/demo/state?${query}`)).json();
      if (busy) return;
      time.textContent = shown.format(state.now);
      list.replaceChildren(state.tips.length ? h("ul", {}, ...state.tips.map(line)) : t.none);
    } catch {
      if (!busy) time.textContent = t.lost;
    }
  }

  if (memory()) toggle();
  else draw();
  setInterval(() => !document.hidden && !list.hidden && draw(), 2_000);
  setInterval(() => !document.hidden && draw(), 30_000);
}
