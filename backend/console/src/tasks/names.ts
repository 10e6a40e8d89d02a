/** Whom a task is about, as people say it. */
import type { Task, WholeTask } from "../types";

export const ACCOUNT = "g:";

export const nameOf = (task: Task): string => task.account_name ?? task.account ?? task.subject.slice(2);

/** The name of the account, or of a person where it is known. */
export function whoIs(task: Task | WholeTask, subject: string): string {
  if (subject.startsWith(ACCOUNT)) return nameOf(task);
  const id = subject.slice(2);
  const people = "people" in task ? [...task.people.use, ...task.people.do_not] : [];
  return people.find((person) => person.user_id === id)?.name ?? id;
}
