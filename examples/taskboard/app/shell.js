/** The frame around each page: navigation, the person switcher, the place for the page. */
import { track } from "./analytics.js";
import { h, options } from "./dom.js";
import { t } from "./i18n.js";
import { account, save, state, you } from "./store.js";
import { PEOPLE } from "./sample.js";

const ICONS = {
  board: "M3 4h5v16H3zM10 4h5v10h-5zM17 4h4v13h-4z",
  reports: "M4 20V10h4v10zM10 20V4h4v16zM16 20v-7h4v7z",
  import: "M11 3h2v9l3-3 1.4 1.4L12 16 6.6 10.4 8 9l3 3zM4 18h16v3H4z",
  team: "M8 11a4 4 0 1 1 0-8 4 4 0 0 1 0 8zm-6 9c0-4 3-7 6-7s6 3 6 7zm14-9a3 3 0 1 0-2-5.2M16 13c3 0 6 2.5 6 7h-5",
  settings: "M4 6h10v2H4zm13 0h3v2h-3zM4 11h3v2H4zm6 0h10v2H10zM4 16h10v2H4zm13 0h3v2h-3z",
  idea: "M12 2a7 7 0 0 1 4 12.7V17H8v-2.3A7 7 0 0 1 12 2zM9 19h6v2H9z",
  billing: "M3 5h18v3H3zm0 5h18v9H3zm3 4v2h5v-2z",
};

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

const link = (name, href) =>
  h("a", { class: "nav-link", href, "data-section": name }, icon(name), h("span", {}, t[name]));

export function avatar(person) {
  const initials = (person?.name ?? "?").split(" ").map((word) => word[0]).join("").slice(0, 2);
  return h("span", { class: "avatar", style: `--hue: ${person?.hue ?? 230}`, title: person?.name ?? t.nobody }, initials);
}

export function drawShell(becomePerson) {
  applyTheme();
  document.getElementById("app").replaceChildren(
    h("a", { class: "skip", href: "#main", onclick: skipToContent }, t.skip),
    sidebar(),
    h("div", { class: "stage" }, topBar(becomePerson), h("main", { id: "main", tabindex: "-1" })),
    h("div", { id: "toasts", role: "status", "aria-live": "polite" }),
  );
}

function skipToContent(event) {
  event.preventDefault();
  document.getElementById("main").focus();
}

function sidebar() {
  const home = `/board/${account().boards[0].id}`;
  return h(
    "nav",
    { class: "sidebar", "aria-label": t.menu },
    h("a", { class: "brand", href: home, "aria-label": "Ridgeline" }, h("img", { src: "/icon.svg", alt: "", width: 28, height: 28 }), h("span", {}, "Ridgeline")),
    link("board", home),
    link("reports", "/reports"),
    link("import", "/import"),
    link("team", "/team"),
    h("span", { class: "nav-gap" }),
    h("button", { class: "nav-link", type: "button", id: "idea", onclick: () => track("feedback_opened") }, icon("idea"), h("span", {}, t.idea)),
    link("settings", "/settings"),
    link("billing", "/billing"),
  );
}

function topBar(becomePerson) {
  const people = PEOPLE.map((p) => [p.id, `${p.name} · ${t[p.role]}, ${state.accounts[p.account].name}`]);
  return h(
    "header",
    { class: "topbar" },
    h("span", { class: "workspace" }, account().name),
    h("span", { class: "spread" }),
    h("a", { class: "button quiet", href: "/team#invite", "data-waypost": "invite" }, t.invite),
    themePicker(),
    h("label", { class: "you" }, h("span", { class: "hidden" }, t.youAre), avatar(you()),
      h("select", { id: "you", onchange: (e) => becomePerson(e.target.value) }, options(people, you().id))),
  );
}

function themePicker() {
  const themes = [["auto", t.themeAuto], ["light", t.themeLight], ["dark", t.themeDark]];
  const change = (event) => {
    state.theme = event.target.value;
    save();
    applyTheme();
  };
  return h("label", { class: "theme" }, h("span", { class: "hidden" }, t.theme), h("select", { id: "theme", onchange: change }, options(themes, state.theme)));
}

function applyTheme() {
  if (state.theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = state.theme;
}

/** Puts a page (a node or a list) into the frame, marks its section, moves focus to its heading. */
export function showPage(content) {
  const main = document.getElementById("main");
  const first = main.childElementCount === 0;
  main.replaceChildren(...[content].flat());
  const section = location.pathname.split("/")[1] || "board";
  for (const item of document.querySelectorAll(".nav-link")) {
    if (item.dataset.section === section) item.setAttribute("aria-current", "page");
    else item.removeAttribute("aria-current");
  }
  const heading = main.querySelector("h1");
  document.title = heading ? `${heading.textContent} · Ridgeline` : "Ridgeline";
  heading?.setAttribute("tabindex", "-1");
  if (!first) heading?.focus({ preventScroll: true });
  if (!location.hash) scrollTo(0, 0);
}
