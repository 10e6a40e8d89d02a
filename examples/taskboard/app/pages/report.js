/** /reports/:id — one report: filter by board, share, export. */
import { track } from "../analytics.js";
import { download, formatCsv } from "../csv.js";
import { h, options, toast } from "../dom.js";
import { local, t } from "../i18n.js";
import { account, cardsOf, dueDate, isoDay, member, save } from "../store.js";
import { reportById } from "./reports-data.js";

export function bars(rows) {
  if (!rows.length) return h("p", { class: "empty" }, t.nothingYet);
  const top = Math.max(1, ...rows.map(([, n]) => n));
  return h("table", { class: "bars" }, h("tbody", {}, rows.map(([label, n]) =>
    h("tr", {}, h("th", { scope: "row" }, label), h("td", {}, h("span", { class: "bar", style: `--part: ${n / top}` })), h("td", { class: "number" }, String(n))))));
}

/** Downloads the tasks behind the report. Nothing is drawn anew, so the button stays where it is. */
export const exportButton = (report, boardId = () => 0) =>
  h("button", { class: "button primary", id: "export", "data-waypost": "export", onclick: () => exportReport(report, boardId()) }, t.export);

function exportReport(report, boardId) {
  const cards = boardId ? cardsOf(boardId) : account().cards;
  const rows = cards.map((card) => [local(card.title), t[card.status], member(card.who)?.name ?? "", t[card.priority], isoDay(dueDate(card))]);
  download(`ridgeline-report-${report.id}.csv`, formatCsv([[t.title, t.status, t.who, t.priority, t.due], ...rows]));
  track("report_exported", { report_id: report.id, format: "csv", rows: rows.length });
  toast(t.exported(rows.length));
}

export function reportPage(id) {
  const report = reportById(id);
  if (!report) return [h("h1", {}, t.notFound), h("a", { class: "button", href: "/reports" }, t.reports)];
  track("report_opened", { report_id: id });
  const boards = [["0", t.allBoards], ...account().boards.map((board) => [board.id, local(board.name)])];
  const place = h("div", { class: "panel wide" }, bars(report.rows()));
  const board = h("select", { id: "report-board", "aria-label": t.board, onchange: () => filterReport(report, Number(board.value), place) }, options(boards, "0"));
  return [
    h("p", { class: "crumbs" }, h("a", { href: "/reports" }, t.reports), " / "),
    h("div", { class: "page-head" }, h("h1", {}, report.name), h("span", { class: "spread" }),
      h("span", { class: "group" },
        h("button", { class: "button quiet", id: "share", "data-waypost": "share", onclick: () => shareReport(report) }, t.share), exportButton(report, () => Number(board.value)))),
    h("p", { class: "lead" }, report.lead),
    h("div", { class: "toolbar" }, board, h("a", { class: "button quiet", href: "/reports/schedule" }, t.schedule)),
    place,
  ];
}

function filterReport(report, boardId, place) {
  track("report_filtered", { report_id: report.id, board_id: boardId });
  place.replaceChildren(bars(report.rows(boardId)));
}

function shareReport(report) {
  account().shared.push(report.id);
  save();
  track("report_shared", { report_id: report.id });
  toast(t.sharedWith);
}
