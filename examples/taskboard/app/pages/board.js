/** /board/:id — filters, saved views, two layouts, selection, bulk edit by pressing E. */
import { track } from "../analytics.js";
import { h, openDialog, options, toast } from "../dom.js";
import { local, t } from "../i18n.js";
import { go } from "../router.js";
import { account, boardById, canEdit, cardsOf, matches, members, newId, PRIORITIES, save, state } from "../store.js";
import { drawColumns, drawList } from "./board-cards.js";
import { openBulkEdit, openNewTask } from "./card-dialogs.js";

const NO_FILTER = { who: "", priority: "", overdue: false };
let filter = { ...NO_FILTER };
let selected = new Set();
let shown = null;

export function boardPage(id, home) {
  const board = boardById(id);
  if (!board) {
    go(home, { replace: true });
    return [];
  }
  if (shown?.board !== board) {
    filter = { ...NO_FILTER };
    selected = new Set();
  }
  const area = h("div", { class: "area", id: "cards" });
  const page = { board, area, strip: h("div", { class: "strip" }), views: h("div", { class: "views" }), selected, redraw: () => redraw(page) };
  shown = page;
  redraw(page);
  return [heading(page), page.views, toolbar(page), page.strip, area];
}

function heading(page) {
  const tabs = account().boards.map((b) =>
    h("a", { class: "tab", href: `/board/${b.id}`, "aria-current": b.id === page.board.id ? "page" : null }, local(b.name)));
  return h("div", { class: "page-head" },
    h("h1", {}, local(page.board.name)),
    h("span", { class: "spread" }),
    canEdit() && h("button", { class: "button primary", id: "new-task", onclick: () => openNewTask(page) }, t.newTask),
    h("nav", { class: "tabs", "aria-label": t.boards }, tabs,
      canEdit() && h("button", { class: "tab add", onclick: openNewBoard, "aria-label": t.newBoard }, "+")));
}

function toolbar(page) {
  const people = [["", t.everyone], ...members().map((m) => [m.id, m.name])];
  const priorities = [["", t.anyPriority], ...PRIORITIES.map((p) => [p, t[p]])];
  const apply = (field, value) => {
    filter[field] = value;
    track("filter_applied", { field, value: String(value), board_id: page.board.id });
    page.redraw();
  };
  return h("div", { class: "toolbar" },
    canEdit() && h("label", { class: "check", "data-waypost": "row-select" },
      h("input", { type: "checkbox", id: "select-all", onchange: (e) => selectAll(page, e.target.checked) }), h("span", {}, t.selectAll)),
    h("select", { id: "filter-who", "aria-label": t.who, onchange: (e) => apply("who", e.target.value) }, options(people, filter.who)),
    h("select", { id: "filter-priority", "aria-label": t.priority, onchange: (e) => apply("priority", e.target.value) }, options(priorities, filter.priority)),
    h("label", { class: "check" },
      h("input", { type: "checkbox", id: "filter-overdue", checked: filter.overdue, onchange: (e) => apply("overdue", e.target.checked) }), h("span", {}, t.overdueOnly)),
    h("button", { class: "button quiet", id: "save-view", "data-waypost": "save-view", onclick: () => openSaveView(page) }, t.saveView),
    h("span", { class: "spread" }),
    layoutSwitch(page));
}

function layoutSwitch(page) {
  const button = (layout) =>
    h("button", { "aria-pressed": state.layout === layout, onclick: (event) => {
      state.layout = layout;
      save();
      for (const other of event.target.parentElement.children) other.setAttribute("aria-pressed", other === event.target);
      page.redraw();
    } }, t[layout]);
  return h("div", { class: "switch", role: "group", "aria-label": t.layout }, button("columns"), button("list"));
}

function redraw(page) {
  const all = cardsOf(page.board.id);
  for (const id of page.selected) if (!all.some((card) => card.id === id)) page.selected.delete(id);
  const cards = all.filter((card) => matches(card, filter));
  const focused = document.activeElement?.id;
  const draw = state.layout === "list" ? drawList : drawColumns;
  page.area.replaceChildren(cards.length ? draw(page, cards) : h("p", { class: "empty" }, t.emptyBoard));
  drawStrip(page, cards.length);
  drawViews(page);
  if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus();
}

function drawStrip(page, visible) {
  const n = page.selected.size;
  const all = document.getElementById("select-all");
  if (all) {
    all.checked = n > 0 && n >= visible;
    all.indeterminate = n > 0 && n < visible;
  }
  page.strip.replaceChildren(...(n ? [h("strong", {}, t.nSelected(n)), h("button", { class: "button small", id: "bulk", onclick: () => bulk(page) }, t.edit), h("span", {}, t.pressE)]
    : [h("span", {}, canEdit() ? t.nTasks(visible) : t.readOnly)]));
}

function drawViews(page) {
  page.views.replaceChildren(...account().views.map((view) =>
    h("button", { class: "chip", "aria-pressed": same(view.filter, filter), onclick: () => useView(page, view) }, view.name)));
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

function useView(page, view) {
  filter = same(view.filter, filter) ? { ...NO_FILTER } : { ...view.filter };
  document.getElementById("filter-who").value = filter.who;
  document.getElementById("filter-priority").value = filter.priority;
  document.getElementById("filter-overdue").checked = filter.overdue;
  page.redraw();
}

function openSaveView(page) {
  openDialog(t.saveView, (close) => {
    const name = h("input", { id: "view-name", required: true, maxlength: 40, autocomplete: "off" });
    const submit = (event) => {
      event.preventDefault();
      account().views.push({ name: name.value, filter: { ...filter } });
      save();
      track("view_saved", { board_id: page.board.id });
      toast(t.viewSaved);
      close();
      page.redraw();
    };
    return [h("form", { onsubmit: submit }, h("label", { class: "field" }, t.viewName, name),
      h("div", { class: "actions" }, h("button", { class: "button", type: "button", onclick: close }, t.cancel), h("button", { class: "button primary" }, t.save)))];
  });
}

function openNewBoard() {
  openDialog(t.newBoard, (close) => {
    const name = h("input", { id: "board-name", required: true, maxlength: 60, autocomplete: "off" });
    const submit = (event) => {
      event.preventDefault();
      const board = { id: newId(), name: name.value };
      account().boards.push(board);
      save();
      track("project_created", { board_id: board.id });
      toast(t.boardCreated);
      close();
      go(`/board/${board.id}`);
    };
    return [h("form", { onsubmit: submit }, h("label", { class: "field" }, t.name, name),
      h("div", { class: "actions" }, h("button", { class: "button", type: "button", onclick: close }, t.cancel), h("button", { class: "button primary" }, t.create)))];
  });
}

function selectAll(page, on) {
  page.selected.clear();
  if (on) for (const card of cardsOf(page.board.id)) if (matches(card, filter)) page.selected.add(card.id);
  page.redraw();
}

const bulk = (page) => (page.selected.size > 1 ? openBulkEdit(page) : toast(t.bulkHint));

/** E edits what is selected, unless someone is typing. */
document.addEventListener("keydown", (event) => {
  const typing = event.target.matches?.("input:not([type=checkbox]), textarea, select, dialog *");
  if (event.code !== "KeyE" || typing || event.metaKey || event.ctrlKey || event.altKey) return;
  if (!document.getElementById("cards") || !canEdit()) return;
  event.preventDefault();
  bulk(shown);
});
