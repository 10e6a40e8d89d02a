/** /reports/schedule — a report that goes out by itself. */
import { track } from "../analytics.js";
import { h, options, toast } from "../dom.js";
import { t } from "../i18n.js";
import { go } from "../router.js";
import { account, save, you } from "../store.js";
import { REPORTS, reportById } from "./reports-data.js";

export function schedulePage() {
  const report = h("select", { id: "schedule-report" }, options(REPORTS.map((r) => [r.id, r.name]), 1));
  const every = h("select", { id: "schedule-every" }, options(["monday", "friday", "weekday"].map((d) => [d, t[d]]), "monday"));
  const to = h("input", { id: "schedule-to", type: "email", required: true, value: you().email });
  const submit = (event) => {
    event.preventDefault();
    account().schedules.push({ report: Number(report.value), every: every.value, to: to.value });
    save();
    track("export_scheduled", { report_id: Number(report.value), every: every.value });
    toast(t.scheduled);
    go("/reports/schedule");
  };
  return [
    h("p", { class: "crumbs" }, h("a", { href: "/reports" }, t.reports), " / "),
    h("h1", {}, t.scheduleTitle),
    h("p", { class: "lead" }, t.scheduleLead),
    h("form", { class: "panel form", "data-waypost": "schedule", onsubmit: submit },
      h("label", { class: "field" }, t.report, report),
      h("div", { class: "pair" }, h("label", { class: "field" }, t.every, every), h("label", { class: "field" }, t.sendTo, to)),
      h("div", { class: "actions" }, h("button", { class: "button primary", id: "schedule-save" }, t.save))),
    h("h2", {}, t.schedules),
    account().schedules.length ? h("ul", { class: "rows" }, account().schedules.map(line)) : h("p", { class: "empty" }, t.noSchedules),
  ];
}

function line(item, i) {
  const remove = () => {
    account().schedules.splice(i, 1);
    save();
    go("/reports/schedule");
  };
  return h("li", {}, h("strong", {}, reportById(item.report)?.name ?? ""), h("span", { class: "muted" }, `${t[item.every]} · ${item.to}`), h("span", { class: "spread" }),
    h("button", { class: "button small", onclick: remove }, t.remove));
}
