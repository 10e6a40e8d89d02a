/** The two ways to look at a board. Both tell `track` of each single change. */
import { track } from "../analytics.js";
import { h, options } from "../dom.js";
import { local, shortDate, t } from "../i18n.js";
import { avatar } from "../shell.js";
import { canEdit, dueDate, isoDay, isOverdue, member, members, PRIORITIES, save, STATUSES } from "../store.js";
import { openCard } from "./card-dialogs.js";

/** One field of one card changes: kept, told, drawn. Nothing happens when the value is the same. */
export function changeCard(page, card, field, value) {
  if (card[field] === value) return;
  card[field] = value;
  save();
  track("card_edited", { card_id: card.id, field, board_id: page.board.id });
  if (field === "who" && value) track("task_assigned", { card_id: card.id });
  page.redraw();
}

function tick(page, card) {
  const change = (event) => {
    if (event.target.checked) page.selected.add(card.id);
    else page.selected.delete(card.id);
    page.redraw();
  };
  return canEdit() && h("input", { type: "checkbox", id: `tick-${card.id}`, class: "tick", "aria-label": `${t.select}: ${local(card.title)}`, checked: page.selected.has(card.id), onchange: change });
}

export function drawColumns(page, cards) {
  return h("div", { class: "columns" }, STATUSES.map((status) => column(page, status, cards.filter((card) => card.status === status))));
}

function column(page, status, cards) {
  const drop = (event) => {
    event.preventDefault();
    if (page.dragged) changeCard(page, page.dragged, "status", status);
  };
  return h("section", { class: `column ${status}`, "aria-label": t[status], ondragover: (e) => e.preventDefault(), ondrop: drop },
    h("h2", {}, t[status], h("span", { class: "count" }, String(cards.length))),
    cards.length ? cards.map((card) => tile(page, card)) : h("p", { class: "empty" }, t.emptyColumn));
}

function tile(page, card) {
  const keys = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const next = step && STATUSES[STATUSES.indexOf(card.status) + step];
    if (next && canEdit()) changeCard(page, card, "status", next);
  };
  return h("article", { class: "tile", draggable: canEdit(), "data-card": card.id, "data-selected": page.selected.has(card.id) || null, ondragstart: () => (page.dragged = card) },
    tick(page, card),
    h("button", { class: "tile-title", id: `card-${card.id}`, onclick: () => openCard(page, card), onkeydown: keys }, local(card.title)),
    h("div", { class: "tile-foot" }, priority(card), due(card), h("span", { class: "spread" }), avatar(member(card.who))));
}

const priority = (card) => card.priority !== "normal" && h("span", { class: `badge ${card.priority}` }, t[card.priority]);

function due(card) {
  const date = dueDate(card);
  if (!date) return null;
  if (isOverdue(card)) return h("span", { class: "due late" }, `${t.overdue}, ${shortDate(date)}`);
  return h("span", { class: "due" }, isoDay(date) === isoDay(new Date()) ? t.today : shortDate(date));
}

export function drawList(page, cards) {
  const head = ["title", "status", "who", "priority", "due"].map((name) => h("th", { scope: "col" }, t[name]));
  return h("div", { class: "table-scroll" }, h("table", { class: "list" },
    h("thead", {}, h("tr", {}, canEdit() && h("th", { class: "tick-cell" }, h("span", { class: "hidden" }, t.select)), head)),
    h("tbody", {}, cards.map((card) => row(page, card)))));
}

function row(page, card) {
  const pick = (field, pairs) => h("td", { "data-label": t[field] },
    h("select", { id: `${field}-${card.id}`, "aria-label": `${t[field]}: ${local(card.title)}`, disabled: !canEdit(), onchange: (e) => changeCard(page, card, field, e.target.value) }, options(pairs, card[field])));
  return h("tr", { "data-card": card.id, "data-selected": page.selected.has(card.id) || null },
    canEdit() && h("td", { class: "tick-cell" }, tick(page, card)),
    h("td", { class: "title-cell" }, h("button", { class: "tile-title", id: `card-${card.id}`, onclick: () => openCard(page, card) }, local(card.title))),
    pick("status", STATUSES.map((s) => [s, t[s]])),
    pick("who", [["", t.nobody], ...members().map((m) => [m.id, m.name])]),
    pick("priority", PRIORITIES.map((p) => [p, t[p]])),
    h("td", { "data-label": t.due }, due(card)));
}
