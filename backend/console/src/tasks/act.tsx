/** What is done with a task. Each form has its own address, so keys can lead to it. */
import {
  ApiError,
  assignTask,
  finishTask,
  noteTask,
  reopenTask,
  setTaskDue,
  snoozeTask,
  takeTask,
} from "../api";
import { useKeys } from "../keys";
import { Icon, type IconName } from "../parts/icon";
import { go } from "../router";
import { useSession } from "../session";
import type { Task } from "../types";
import { DoneForm, NoteForm, PlanForm, SnoozeForm, TakeForm, whoActs } from "./forms";
import { nameOf } from "./names";
import { PauseAction } from "./pause";

interface Props {
  task: Task;
  tab: string;
  to: (id: string | null, tab?: string) => string;
  /** It left the list. */
  onChanged: (id: number) => void;
  onFailed: () => void;
  /** It is there as before, with something changed. */
  onSaved: () => void;
}

export function Actions({ task, tab, to, onChanged, onFailed, onSaved }: Props) {
  const { t, f, say, now } = useSession();
  const who = nameOf(task);
  const id = String(task.id);
  const failed = (cause: unknown) => {
    const detail = cause instanceof ApiError ? cause.detail : "";
    say({ text: [t.act.failed(who), detail].filter(Boolean).join(" "), bad: true });
    onFailed();
  };
  const act = async (change: () => Promise<unknown>, done: string, undo: (() => Promise<unknown>) | null) => {
    try {
      await change();
      const back = async () => {
        await undo?.();
        onFailed();
      };
      say(undo ? { text: done, undo: back } : { text: done });
      onChanged(task.id);
    } catch (cause) {
      failed(cause);
    }
  };
  /** What keeps the task where it is: the form closes, the panel stays. */
  const save = async (change: () => Promise<unknown>, done: string) => {
    try {
      await change();
      say({ text: done });
      go(to(id));
      onSaved();
    } catch (cause) {
      failed(cause);
    }
  };
  const reopen = () => reopenTask(task.id);
  const finish = (code: string, outcome: string) =>
    act(() => finishTask(task.id, code, outcome, whoActs()), t.act.didDone(who), reopen);
  const snooze = (until: number) =>
    act(() => snoozeTask(task.id, until, whoActs()), t.act.didSnooze(who, f.moment(until, now())), reopen);
  const take = (by: string, until: number | null) =>
    save(() => takeTask(task.id, by, until), t.desk.didTake(who));
  const plan = (owner: string, due: number | null) =>
    save(async () => {
      if (owner !== task.owner) await assignTask(task.id, owner, whoActs());
      if (due !== task.due_at) await setTaskDue(task.id, due, whoActs());
    }, t.desk.didPlan(who));
  const note = (body: string) => save(() => noteTask(task.id, body, whoActs()), t.desk.didNote(who));

  const closed = task.state === "done" || task.state === "closed";
  const open = () => act(reopen, t.act.didReopen(who), null);
  useKeys(closed || task.state === "snoozed" ? { r: open } : {});
  const action = (name: string, key: string, icon: IconName, label: string, primary = false) => (
    <a
      class={primary && !tab ? "button primary" : "button"}
      href={to(id, tab === name ? "" : name)}
      aria-expanded={tab === name}
      aria-keyshortcuts={key}
    >
      <Icon name={icon} /> {label} <kbd>{key}</kbd>
    </a>
  );
  const reopening = (
    <button type="button" class="button" aria-keyshortcuts="r" onClick={open}>
      <Icon name="undo" /> {t.act.reopen} <kbd>r</kbd>
    </button>
  );
  return (
    <>
      <div class="actions">
        {!closed && action("take", "t", "right", t.desk.take, task.taken_at === null)}
        {!closed && action("done", "e", "check", t.act.done, task.taken_at !== null)}
        {!closed && action("snooze", "s", "clock", t.act.snooze)}
        {(closed || task.state === "snoozed") && reopening}
        {!closed && action("plan", "o", "tasks", t.desk.plan)}
        {action("note", "n", "tooltip", t.desk.note)}
        <PauseAction task={task} tab={tab} to={to} onChanged={onSaved} />
      </div>
      {!closed && tab === "take" && <TakeForm onTake={take} />}
      {!closed && tab === "done" && <DoneForm onFinish={finish} />}
      {!closed && tab === "snooze" && <SnoozeForm onSnooze={snooze} />}
      {!closed && tab === "plan" && <PlanForm task={task} onPlan={plan} />}
      {tab === "note" && <NoteForm onNote={note} />}
    </>
  );
}
