/** /billing and /billing/checkout — choose a plan and pay with pretended money. */
import { signedInAs, track } from "../analytics.js";
import { h, toast } from "../dom.js";
import { language, t } from "../i18n.js";
import { go } from "../router.js";
import { account, save, you } from "../store.js";

const PLANS = [
  { id: "free", name: t.free, lead: t.freeLead, price: 0 },
  { id: "team", name: t.teamPlan, lead: t.teamPlanLead, price: 6 },
  { id: "business", name: t.business, lead: t.businessLead, price: 11, adds: ["planning"] },
];
const money = new Intl.NumberFormat(language, { style: "currency", currency: "EUR", maximumFractionDigits: 0 });

export const billingPage = () => [h("h1", {}, t.billing), h("p", { class: "lead" }, t.billingLead), h("div", { class: "plans" }, PLANS.map(plan))];

function plan(item) {
  const own = account().plan === item.id;
  const choose = () => {
    account().chosenPlan = item.id;
    save();
    track("plan_selected", { plan: item.id });
    go("/billing/checkout");
  };
  return h("article", { class: "panel plan", "data-own": own || null }, h("h2", {}, item.name), h("p", { class: "price" }, money.format(item.price), h("small", {}, ` ${t.perSeat}`)), h("p", { class: "muted" }, item.lead),
    own ? h("span", { class: "badge on" }, t.yourPlan) : h("button", { class: "button", id: `plan-${item.id}`, disabled: you().role !== "admin", onclick: choose }, t.choose));
}

export function checkoutPage() {
  const chosen = PLANS.find((item) => item.id === account().chosenPlan);
  if (!chosen) return billingPage();
  const holder = h("input", { id: "card-holder", required: true, autocomplete: "off", value: you().name });
  const number = h("input", { id: "card-number", required: true, inputmode: "numeric", autocomplete: "off", placeholder: "0000 0000 0000 0000" });
  const note = h("span", { class: "hint", role: "alert" });
  const submit = (event) => {
    event.preventDefault();
    if (number.value.replace(/\D/g, "").length === 16) return pay(chosen);
    note.textContent = t.badCard;
    note.classList.add("wrong");
    track("form_error", { form_id: "payment", fields: "number" });
    return number.focus();
  };
  return [h("p", { class: "crumbs" }, h("a", { href: "/billing" }, t.billing), " / "), h("h1", {}, t.checkout), h("p", { class: "lead" }, t.checkoutLead(chosen.name)),
    h("form", { class: "panel form", novalidate: true, onsubmit: submit }, h("label", { class: "field" }, t.cardHolder, holder), h("label", { class: "field" }, t.cardNumber, number, note),
      h("div", { class: "actions" }, h("button", { class: "button primary", id: "pay" }, t.pay)))];
}

function pay(chosen) {
  account().plan = chosen.id;
  account().entitlements = ["reports", "import", ...(chosen.adds ?? [])];
  delete account().chosenPlan;
  save();
  track("payment_succeeded", { plan: chosen.id });
  signedInAs(you(), account());
  toast(t.paid);
  go("/billing");
}
