/** /reports — the list, with the export of the first report at hand. */
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { bars, exportButton } from "./report.js";
import { REPORTS } from "./reports-data.js";

export const reportsPage = () => [
  h("div", { class: "page-head" }, h("h1", {}, t.reports), h("span", { class: "spread" }),
    h("span", { class: "group" }, h("a", { class: "button quiet", href: "/reports/schedule" }, t.schedule), exportButton(REPORTS[0]))),
  h("p", { class: "lead" }, t.reportsLead),
  h("div", { class: "report-grid" }, REPORTS.map(summary)),
];

const summary = (report) =>
  h("article", { class: "panel" }, h("h2", {}, h("a", { href: `/reports/${report.id}` }, report.name)), h("p", { class: "muted" }, report.lead), bars(report.rows()),
    h("a", { class: "more", href: `/reports/${report.id}`, "aria-label": `${t.open}: ${report.name}` }, t.open, " →"));
