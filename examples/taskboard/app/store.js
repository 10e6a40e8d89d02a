/** The whole state of the app, kept in localStorage (or in memory when the browser refuses). */
import { freshState, PEOPLE } from "./sample.js";

const KEY = "ridgeline.state.2";
export const STATUSES = ["todo", "doing", "review", "done"];
export const PRIORITIES = ["low", "normal", "high"];
const DAY = 86_400_000;

export const state = read();

function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? freshState();
  } catch {
    return freshState();
  }
}

export function save() {
  try {
    localStorage.setItem(KEY, JSON.stringify(state));
  } catch {
    /* storage is full or forbidden: the page keeps working until it is closed */
  }
}

/** Start anew at the next load; who you are and how it looks stays. */
export function forget() {
  const { person, theme, layout } = state;
  Object.assign(state, freshState(), { person, theme, layout });
  save();
}

export const you = () => PEOPLE.find((person) => person.id === state.person) ?? PEOPLE[0];
export const account = () => state.accounts[you().account];
export const members = () => account().members;
export const member = (id) => members().find((person) => person.id === id);
export const canEdit = () => you().role !== "viewer";
export const cardsOf = (boardId) => account().cards.filter((card) => card.board === boardId);
export const cardById = (id) => account().cards.find((card) => card.id === id);
export const boardById = (id) => account().boards.find((board) => board.id === id);

export const newId = () => Math.max(0, ...account().cards.map((card) => card.id), ...account().boards.map((b) => b.id)) + 1;

/** Due dates are kept as days from today in the sample and as ISO dates once edited. */
export function dueDate(card) {
  if (card.due === null || card.due === "") return null;
  return typeof card.due === "number" ? new Date(Date.now() + card.due * DAY) : new Date(`${card.due}T12:00`);
}

export function isOverdue(card) {
  const due = dueDate(card);
  return due !== null && card.status !== "done" && isoDay(due) < isoDay(new Date());
}

export function isoDay(date) {
  if (!date || Number.isNaN(date.getTime())) return "";
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
}

export function matches(card, filter) {
  return (
    (!filter.who || card.who === filter.who) &&
    (!filter.priority || card.priority === filter.priority) &&
    (!filter.overdue || isOverdue(card))
  );
}
