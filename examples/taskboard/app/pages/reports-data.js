/** The three reports, counted from the cards of the account. Each gives rows [label, number]. */
import { t } from "../i18n.js";
import { account, cardsOf, isOverdue, members, STATUSES } from "../store.js";

const cardsIn = (boardId) => (boardId ? cardsOf(boardId) : account().cards);

const perStatus = (boardId) => STATUSES.map((s) => [t[s], cardsIn(boardId).filter((card) => card.status === s).length]);

const perPerson = (keep) => (boardId) =>
  [...members().map((m) => [m.name, m.id]), [t.nobody, ""]]
    .map(([name, id]) => [name, cardsIn(boardId).filter((card) => (card.who || "") === id && keep(card)).length])
    .filter(([, n]) => n > 0)
    .sort((a, b) => b[1] - a[1]);

export const REPORTS = [
  { id: 1, name: t.throughput, lead: t.throughputLead, rows: perStatus },
  { id: 2, name: t.byPerson, lead: t.byPersonLead, rows: perPerson((card) => card.status !== "done") },
  { id: 3, name: t.overdueReport, lead: t.overdueLead, rows: perPerson(isOverdue) },
];

export const reportById = (id) => REPORTS.find((report) => report.id === id);
