/** The three dialogs of a board: one card, a new card, many cards. */
import { track } from "../analytics.js";
import { h, openDialog, options, toast } from "../dom.js";
import { local, t } from "../i18n.js";
import { canEdit, cardById, dueDate, isoDay, members, newId, PRIORITIES, save, STATUSES, account } from "../store.js";

const people = () => [["", t.nobody], ...members().map((m) => [m.id, m.name])];
const statuses = () => STATUSES.map((s) => [s, t[s]]);
const priorities = () => PRIORITIES.map((p) => [p, t[p]]);

const field = (label, control) => h("label", { class: "field" }, label, control);
const actions = (close, label) =>
  h("div", { class: "actions" }, h("button", { class: "button", type: "button", onclick: close }, t.cancel), canEdit() && h("button", { class: "button primary" }, label));

function cardForm(card) {
  return {
    title: h("input", { id: "card-title", required: true, maxlength: 120, value: local(card.title), autocomplete: "off" }),
    status: h("select", { id: "card-status" }, options(statuses(), card.status)),
    who: h("select", { id: "card-who" }, options(people(), card.who)),
    priority: h("select", { id: "card-priority" }, options(priorities(), card.priority)),
    due: h("input", { id: "card-due", type: "date", value: isoDay(dueDate(card)) }),
  };
}

const formBody = (form) => [field(t.title, form.title), h("div", { class: "pair" }, field(t.status, form.status), field(t.who, form.who)),
  h("div", { class: "pair" }, field(t.priority, form.priority), field(t.due, form.due))];

export function openCard(page, card) {
  openDialog(t.editTask, (close) => {
    const form = cardForm(card);
    const before = Object.fromEntries(Object.entries(form).map(([name, control]) => [name, control.value]));
    const submit = (event) => {
      event.preventDefault();
      const changed = Object.keys(form).filter((name) => form[name].value !== before[name]);
      for (const name of changed) card[name] = form[name].value;
      save();
      for (const name of changed) track("card_edited", { card_id: card.id, field: name, board_id: page.board.id });
      if (changed.includes("who") && card.who) track("task_assigned", { card_id: card.id });
      close();
      page.redraw();
    };
    return [h("form", { onsubmit: submit }, h("fieldset", { disabled: !canEdit() }, formBody(form)), actions(close, t.save))];
  });
}

export function openNewTask(page) {
  openDialog(t.newTask, (close) => {
    const form = cardForm({ title: "", status: "todo", who: "", priority: "normal", due: null });
    const submit = (event) => {
      event.preventDefault();
      const values = Object.fromEntries(Object.entries(form).map(([name, control]) => [name, control.value]));
      const card = { id: newId(), board: page.board.id, ...values };
      account().cards.push(card);
      save();
      track("task_created", { card_id: card.id, board_id: page.board.id });
      if (card.who) track("task_assigned", { card_id: card.id });
      toast(t.created);
      close();
      page.redraw();
    };
    return [h("form", { onsubmit: submit }, formBody(form), actions(close, t.create))];
  });
}

export function openBulkEdit(page) {
  const ids = [...page.selected];
  openDialog(t.bulkTitle(ids.length), (close) => {
    const keep = [["keep", t.keep]];
    const form = {
      status: h("select", { id: "bulk-status" }, options([...keep, ...statuses()], "keep")),
      who: h("select", { id: "bulk-who" }, options([...keep, ...people()], "keep")),
      priority: h("select", { id: "bulk-priority" }, options([...keep, ...priorities()], "keep")),
    };
    const submit = (event) => {
      event.preventDefault();
      const changed = Object.keys(form).filter((name) => form[name].value !== "keep");
      for (const card of ids.map(cardById)) for (const name of changed) card[name] = form[name].value;
      save();
      if (changed.length) {
        track("bulk_edit_used", { cards: ids.length, fields: changed.join(",") });
        toast(t.updated(ids.length));
      }
      page.selected.clear();
      close();
      page.redraw();
    };
    return [h("form", { onsubmit: submit }, field(t.status, form.status), field(t.who, form.who), field(t.priority, form.priority), actions(close, t.save))];
  });
}
