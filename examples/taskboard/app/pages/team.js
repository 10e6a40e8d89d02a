/** /team — who is here, and an invitation. */
import { track } from "../analytics.js";
import { h, options, toast } from "../dom.js";
import { t } from "../i18n.js";
import { go } from "../router.js";
import { avatar } from "../shell.js";
import { account, members, save, you } from "../store.js";

export function teamPage() {
  const mayInvite = ["admin", "manager"].includes(you().role);
  return [
    h("h1", {}, t.team),
    h("p", { class: "lead" }, t.teamLead(members().length, account().seats)),
    mayInvite ? inviteForm() : h("p", { class: "panel" }, t.onlyAdmins),
    h("ul", { class: "rows people" }, members().map(line)),
  ];
}

function line(person) {
  const name = person.id === you().id ? `${person.name} (${t.you})` : person.name;
  return h("li", {}, avatar(person), h("span", { class: "who" }, h("strong", {}, name), h("span", { class: "muted" }, person.email)), h("span", { class: "spread" }),
    h("span", { class: "badge" }, t[person.role]), h("span", { class: "muted state" }, person.pending ? t.pending : t.active));
}

function inviteForm() {
  const email = h("input", { id: "invite-email", type: "email", required: true, autocomplete: "off", placeholder: "name@company.example" });
  const role = h("select", { id: "invite-role" }, options(["member", "manager", "viewer", "admin"].map((r) => [r, t[r]]), "member"));
  const submit = (event) => {
    event.preventDefault();
    const name = email.value.split("@")[0].replace(/[._]/g, " ");
    const id = `guest-${Date.now().toString(36)}`;
    members().push({ id, name, email: email.value, role: role.value, hue: (members().length * 67) % 360, pending: true });
    save();
    track("member_invited", { role: role.value });
    toast(t.invited(email.value));
    go("/team");
  };
  return h("form", { class: "panel form", id: "invite", onsubmit: submit }, h("h2", {}, t.inviteTitle), h("p", { class: "muted" }, t.inviteLead),
    h("div", { class: "pair" }, h("label", { class: "field" }, t.email, email), h("label", { class: "field" }, t.role, role)),
    h("div", { class: "actions" }, h("button", { class: "button primary", id: "invite-send" }, t.sendInvite)));
}
