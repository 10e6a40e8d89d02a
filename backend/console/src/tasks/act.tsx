/** Done with an outcome, snooze until a day, reopen. Each form has its own address, so keys can lead to it. */
import { useLayoutEffect, useRef } from "preact/hooks";
import { finishTask, reopenTask, snoozeTask } from "../api";
import { localInput } from "../format";
import { useKeys } from "../keys";
import { Icon } from "../parts/icon";
import { useSession } from "../session";
import type { Task } from "../types";
import { nameOf } from "./page";
import { PauseAction } from "./pause";
import { inTwoWeeks, nextMonday, tomorrow } from "./times";

interface Props {
  task: Task;
  tab: string;
  to: (id: string | null, tab?: string) => string;
  onChanged: (id: number) => void;
  onFailed: () => void;
  onPaused: () => void;
}

export function Actions({ task, tab, to, onChanged, onFailed, onPaused }: Props) {
  const { t, f, say, now } = useSession();
  const who = nameOf(task);
  const id = String(task.id);
  const act = async (change: () => Promise<unknown>, done: string, undo: (() => Promise<unknown>) | null) => {
    try {
      await change();
      const back = async () => {
        await undo?.();
        onFailed();
      };
      say(undo ? { text: done, undo: back } : { text: done });
      onChanged(task.id);
    } catch {
      say({ text: t.act.failed(who), bad: true });
      onFailed();
    }
  };
  const reopen = () => reopenTask(task.id);
  const finish = (outcome: string) => act(() => finishTask(task.id, outcome), t.act.didDone(who), reopen);
  const snooze = (until: number) =>
    act(() => snoozeTask(task.id, until), t.act.didSnooze(who, f.moment(until, now())), reopen);

  const closed = task.state === "done" || task.state === "closed";
  const open = () => act(reopen, t.act.didReopen(who), null);
  useKeys(closed || task.state === "snoozed" ? { r: open } : {});
  const reopening = (
    <button type="button" class="button" aria-keyshortcuts="r" onClick={open}>
      <Icon name="undo" /> {t.act.reopen} <kbd>r</kbd>
    </button>
  );
  const pausing = <PauseAction task={task} tab={tab} to={to} onChanged={onPaused} />;
  if (closed)
    return (
      <div class="actions">
        {reopening}
        {pausing}
      </div>
    );
  return (
    <>
      <div class="actions">
        <a
          class={tab === "done" || tab === "snooze" ? "button" : "button primary"}
          href={to(id, tab === "done" ? "" : "done")}
          aria-expanded={tab === "done"}
          aria-keyshortcuts="d"
        >
          <Icon name="check" /> {t.act.done} <kbd>d</kbd>
        </a>
        <a
          class="button"
          href={to(id, tab === "snooze" ? "" : "snooze")}
          aria-expanded={tab === "snooze"}
          aria-keyshortcuts="s"
        >
          <Icon name="clock" /> {t.act.snooze} <kbd>s</kbd>
        </a>
        {task.state === "snoozed" && reopening}
        {pausing}
      </div>
      {tab === "done" && <DoneForm onFinish={finish} />}
      {tab === "snooze" && <SnoozeForm onSnooze={snooze} />}
    </>
  );
}

function DoneForm({ onFinish }: { onFinish: (outcome: string) => void }) {
  const { t } = useSession();
  const outcome = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => outcome.current?.focus(), []);
  const fill = (text: string) => {
    if (outcome.current) outcome.current.value = text;
    outcome.current?.focus();
  };
  const submit = (event: Event) => {
    event.preventDefault();
    onFinish(outcome.current?.value.trim() ?? "");
  };
  return (
    <form class="act" onSubmit={submit}>
      <label>
        {t.act.outcome}
        <input ref={outcome} maxLength={2000} autocomplete="off" />
      </label>
      <p class="muted">{t.act.outcomeHint}</p>
      <p class="chips">
        {t.act.suggestions.map((text) => (
          <button key={text} type="button" onClick={() => fill(text)}>
            {text}
          </button>
        ))}
      </p>
      <button type="submit" class="button primary">
        {t.act.finish}
      </button>
    </form>
  );
}

function SnoozeForm({ onSnooze }: { onSnooze: (until: number) => void }) {
  const { t, now } = useSession();
  const picked = useRef<HTMLInputElement>(null);
  const first = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => first.current?.focus(), []);
  const choices: [string, number][] = [
    [t.act.tomorrow, tomorrow(now())],
    [t.act.monday, nextMonday(now())],
    [t.act.weeks, inTwoWeeks(now())],
  ];
  const submit = (event: Event) => {
    event.preventDefault();
    const field = picked.current;
    const until = field?.value ? new Date(field.value).getTime() : 0;
    if (until > now()) onSnooze(until);
    else {
      field?.setCustomValidity(t.act.past);
      field?.reportValidity();
    }
  };
  return (
    <form class="act" onSubmit={submit} noValidate>
      <p class="chips">
        {choices.map(([label, until], index) => (
          <button key={label} ref={index ? null : first} type="button" onClick={() => onSnooze(until)}>
            {label}
          </button>
        ))}
      </p>
      <label>
        {t.act.pick}
        <input
          ref={picked}
          type="datetime-local"
          min={localInput(now())}
          onInput={(event) => event.currentTarget.setCustomValidity("")}
        />
      </label>
      <button type="submit" class="button">
        {t.act.set}
      </button>
    </form>
  );
}
