/** /import — choose a file, match its columns, check and import. A file left half-way is kept. */
import { track } from "../analytics.js";
import { parseCsv } from "../csv.js";
import { h, options, toast } from "../dom.js";
import { local, t } from "../i18n.js";
import { go } from "../router.js";
import { account, canEdit, members, newId, PRIORITIES, save, you } from "../store.js";

const FIELDS = ["title", "who", "due", "priority"];
const SAMPLE = "Task,Owner,Deadline,Urgency\nOrder name badges,,2027-01-15,normal\nPrint the programme,,2027-01-18,high\nTest the microphones,,2027-01-20,low\n";
const GUESSES = { title: /task|title|name|задач|назван/i, who: /owner|assign|исполн|кто/i, due: /due|date|deadline|срок|дата/i, priority: /prio|urg|приор|срочн/i };

const waiting = () => account().imports.find((item) => item.person === you().id);
const head = () => [h("h1", {}, t.importTitle), h("p", { class: "lead" }, t.importLead)];
const again = () => go("/import");

export function importPage() {
  if (!canEdit()) return [...head(), h("p", { class: "panel" }, t.readOnly)];
  const item = waiting();
  if (!item) return [...head(), dropzone()];
  if (!item.step) return [...head(), keptFile(item), dropzone()];
  return [...head(), item.step === 2 ? matchColumns(item) : preview(item)];
}

function dropzone() {
  const input = h("input", { type: "file", id: "import-file", accept: ".csv,text/csv", onchange: () => input.files[0] && readFile(input.files[0]) });
  const drop = (event) => {
    event.preventDefault();
    if (event.dataTransfer.files[0]) readFile(event.dataTransfer.files[0]);
  };
  return h("div", { class: "dropzone", id: "import-dropzone", "data-waypost": "import-file", ondragover: (e) => e.preventDefault(), ondrop: drop },
    h("label", { class: "button primary file" }, t.chooseFile, input), h("span", { class: "muted" }, t.orDrop),
    h("button", { class: "button quiet", id: "import-sample", onclick: () => start("sample.csv", SAMPLE) }, t.sampleFile));
}

const readFile = async (file) => start(file.name, await file.text());

function start(name, text) {
  const rows = parseCsv(text);
  if (rows.length < 2) return toast(t.badFile);
  const mapping = {};
  for (const field of FIELDS) {
    const column = rows[0].findIndex((heading) => GUESSES[field].test(heading));
    if (column >= 0) mapping[field] = column;
  }
  const item = { id: `imp-${you().id}-${Date.now().toString(36)}`, person: you().id, file: name, rows, mapping, step: 2 };
  account().imports = [...account().imports.filter((other) => other.person !== you().id), item];
  save();
  track("import_started", { import_id: item.id, rows: rows.length - 1 });
  return again();
}

function keptFile(item) {
  return h("div", { class: "panel notice" }, h("h2", {}, t.continueTitle), h("p", {}, t.continueLead(item.file, item.rows.length - 1)),
    h("div", { class: "actions start" }, h("button", { class: "button primary", id: "import-continue", onclick: () => toStep(item, 2) }, t.continueImport),
      h("button", { class: "button", onclick: () => cancel(item) }, t.startOver)));
}

function toStep(item, step) {
  item.step = step;
  save();
  again();
}

function drop(item) {
  account().imports = account().imports.filter((other) => other !== item);
  save();
}

function cancel(item) {
  drop(item);
  track("import_cancelled", { import_id: item.id });
  toast(t.importCancelled);
  again();
}

function matchColumns(item) {
  const columns = [["", t.skipColumn], ...item.rows[0].map((heading, i) => [i, heading])];
  const row = (field) => {
    const example = h("td", { class: "muted", "data-label": t.example }, item.rows[1][item.mapping[field]] ?? "");
    const change = (event) => {
      if (event.target.value === "") delete item.mapping[field];
      else item.mapping[field] = Number(event.target.value);
      example.textContent = item.rows[1][item.mapping[field]] ?? "";
      save();
    };
    return h("tr", {}, h("th", { scope: "row" }, t[field]),
      h("td", { "data-label": t.theirColumn }, h("select", { id: `map-${field}`, "aria-label": t[field], onchange: change }, options(columns, item.mapping[field] ?? ""))), example);
  };
  const next = () => {
    if (item.mapping.title === undefined) return toast(t.needTitle);
    track("import_mapped", { import_id: item.id, columns: Object.keys(item.mapping).length });
    return toStep(item, 3);
  };
  return h("div", { class: "panel" }, h("p", { class: "muted" }, t.step(2)), h("h2", {}, t.mapTitle), h("p", {}, t.mapLead),
    h("table", { class: "list plain" }, h("thead", {}, h("tr", {}, [t.ourField, t.theirColumn, t.example].map((text) => h("th", { scope: "col" }, text)))), h("tbody", {}, FIELDS.map(row))),
    h("div", { class: "actions" }, h("button", { class: "button", id: "import-cancel", onclick: () => cancel(item) }, t.cancel), h("button", { class: "button primary", id: "import-next", onclick: next }, t.next)));
}

const read = (item, row, field) => (item.mapping[field] === undefined ? "" : (row[item.mapping[field]] ?? "").trim());

function cardsFrom(item, board) {
  const first = newId();
  return item.rows.slice(1).map((row, i) => ({
    id: first + i,
    board,
    title: read(item, row, "title"),
    status: "todo",
    who: members().find((m) => m.name.toLowerCase() === read(item, row, "who").toLowerCase())?.id ?? "",
    priority: PRIORITIES.find((p) => [p, t[p].toLowerCase()].includes(read(item, row, "priority").toLowerCase())) ?? "normal",
    due: /^\d{4}-\d\d-\d\d$/.test(read(item, row, "due")) ? read(item, row, "due") : null,
  })).filter((card) => card.title);
}

function preview(item) {
  const board = h("select", { id: "import-board" }, options(account().boards.map((b) => [b.id, local(b.name)]), account().boards[0].id));
  const cards = cardsFrom(item, 0);
  const finish = () => {
    account().cards.push(...cardsFrom(item, Number(board.value)));
    drop(item);
    track("import_completed", { import_id: item.id, rows: cards.length });
    toast(t.imported(cards.length));
    go(`/board/${board.value}`);
  };
  return h("div", { class: "panel" }, h("p", { class: "muted" }, t.step(3)), h("h2", {}, t.previewTitle), h("label", { class: "field" }, t.intoBoard, board),
    h("ul", { class: "rows" }, cards.slice(0, 5).map((card) => h("li", {}, h("strong", {}, card.title), h("span", { class: "muted" }, [t[card.priority], card.due].filter(Boolean).join(" · "))))),
    h("div", { class: "actions" }, h("button", { class: "button", id: "import-back", onclick: () => toStep(item, 2) }, t.back),
      h("button", { class: "button primary", id: "import-finish", onclick: finish }, t.importNow(cards.length))));
}
