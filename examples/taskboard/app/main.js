import { followTips, signedInAs, signedOut } from "./analytics.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";
import { drawShell, showPage } from "./shell.js";
import { followLinks, go, otherwise, render, route } from "./router.js";
import { account, forget, save, state, you } from "./store.js";
import { billingPage, checkoutPage } from "./pages/billing.js";
import { boardPage } from "./pages/board.js";
import { importPage } from "./pages/import.js";
import { reportPage } from "./pages/report.js";
import { reportsPage } from "./pages/reports.js";
import { schedulePage } from "./pages/schedule.js";
import { settingsPage } from "./pages/settings.js";
import { teamPage } from "./pages/team.js";

const firstBoard = () => `/board/${account().boards[0].id}`;

route("/", () => go(firstBoard(), { replace: true }));
route("/board/:id", ({ id }) => showPage(boardPage(Number(id), firstBoard())));
route("/reports", () => showPage(reportsPage()));
route("/reports/schedule", () => showPage(schedulePage()));
route("/reports/:id", ({ id }) => showPage(reportPage(Number(id))));
route("/import", () => showPage(importPage()));
route("/team", () => showPage(teamPage()));
route("/settings", () => showPage(settingsPage()));
route("/billing", () => showPage(billingPage()));
route("/billing/checkout", () => showPage(checkoutPage()));
otherwise(() => showPage([h("h1", {}, t.notFound), h("a", { class: "button", href: "/" }, t.toBoard)]));

function becomePerson(id) {
  signedOut();
  state.person = id;
  save();
  signedInAs(you(), account());
  drawShell(becomePerson);
  go(firstBoard());
}

signedInAs(you(), account());
drawShell(becomePerson);
followLinks();
followTips(go);
render();

if (window.RIDGELINE?.demo) {
  import("/demo-bar.js").then(({ showDemoBar }) => showDemoBar(window.RIDGELINE, () => you().id, forget));
}
