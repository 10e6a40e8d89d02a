/** /settings — a form that checks what was typed, and the modules. */
import { track } from "../analytics.js";
import { h, toast } from "../dom.js";
import { t } from "../i18n.js";
import { go } from "../router.js";
import { account, save, you } from "../store.js";

const FORM = "company";

/** Each check gives the message of what is wrong, or "". */
const CHECKS = {
  companyName: (v) => (v.trim() ? "" : t.required),
  billingEmail: (v) => (/^\S+@\S+\.\S+$/.test(v) ? "" : t.badEmail),
  vat: (v) => (/^[A-Za-z]{2}\d{9}$/.test(v.trim()) ? "" : t.badVat),
  fiscal: (v) => (/^(0[1-9]|[12]\d|3[01])\.(0[1-9]|1[0-2])$/.test(v.trim()) ? "" : t.badFiscal),
};
const HINTS = { vat: t.vatHint, fiscal: t.fiscalHint };

export const settingsPage = () => [h("h1", {}, t.settings), h("p", { class: "lead" }, t.settingsLead), companyForm(), modules()];

function companyForm() {
  const values = { companyName: account().name, ...account().settings };
  const summary = h("p", { class: "error-summary", id: "company-errors", role: "alert", "data-waypost": "form-errors", hidden: true });
  const inputs = {};
  const notes = {};
  const fields = Object.keys(CHECKS).map((name) => {
    notes[name] = h("span", { class: "hint", id: `${name}-note` }, HINTS[name] ?? "");
    inputs[name] = h("input", { id: name, value: values[name] ?? "", autocomplete: "off", "aria-describedby": `${name}-note` });
    return h("label", { class: "field" }, t[name], inputs[name], notes[name]);
  });
  const submit = (event) => {
    event.preventDefault();
    const wrong = Object.keys(CHECKS).filter((name) => showCheck(name, inputs[name], notes[name]));
    summary.hidden = wrong.length === 0;
    summary.textContent = wrong.length ? t.fixErrors(wrong.length) : "";
    if (wrong.length) return refuse(inputs, wrong);
    for (const name of Object.keys(CHECKS)) account().settings[name] = inputs[name].value.trim();
    save();
    track("form_saved", { form_id: FORM });
    return toast(t.saved);
  };
  return h("form", { class: "panel form", id: "company", novalidate: true, onsubmit: submit }, h("h2", {}, t.company), summary, fields,
    h("div", { class: "actions" }, h("button", { class: "button primary", id: "company-save" }, t.save)));
}

function showCheck(name, input, note) {
  const message = CHECKS[name](input.value);
  note.textContent = message || (HINTS[name] ?? "");
  note.classList.toggle("wrong", Boolean(message));
  input.setAttribute("aria-invalid", Boolean(message));
  return message;
}

function refuse(inputs, wrong) {
  track("form_error", { form_id: FORM, fields: wrong.join(",") });
  inputs[wrong[0]].focus();
}

function modules() {
  return h("section", { class: "panel", id: "modules", "data-waypost": "modules" }, h("h2", {}, t.modules), h("ul", { class: "rows" }, moduleLine("planning", t.planning, t.planningLead, account().entitlements.includes("planning")),
    moduleLine("time", t.timeTracking, t.timeTrackingLead, true)));
}

function moduleLine(id, name, lead, included) {
  const on = account().modules.includes(id);
  const enable = () => {
    account().modules.push(id);
    save();
    track("module_enabled", { module: id });
    toast(t.moduleOn(name));
    go("/settings#modules");
  };
  const control = on ? h("span", { class: "badge on" }, t.isOn)
    : included ? h("button", { class: "button small", id: `enable-${id}`, disabled: you().role !== "admin", onclick: enable }, t.switchOn)
    : h("a", { class: "muted", href: "/billing" }, t.notInPlan);
  return h("li", {}, h("span", { class: "who" }, h("strong", {}, name), h("span", { class: "muted" }, lead)), h("span", { class: "spread" }), control);
}
