/** The small forms of a task: take it, owner and deadline, a note, done, snooze. */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { localInput } from "../format";
import { recall, remember } from "../memory";
import { useSession } from "../session";
import type { Task } from "../types";
import { inAWeek, inTwoWeeks, nextFriday, nextMonday, tomorrow } from "./times";

const CODES = ["reached", "not_reached", "solved", "no_action", "churn_risk"];

/** Who acts, as they said it last. */
export const whoActs = (): string => recall("name") ?? "";

function Name({ value, onInput }: { value: string; onInput: (name: string) => void }) {
  const { t } = useSession();
  return (
    <label>
      {t.desk.name}
      <input
        maxLength={100}
        autocomplete="name"
        value={value}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </label>
  );
}

interface ChoicesProps<T> {
  legend: string;
  choices: readonly (readonly [string, T])[];
  value: T;
  onPick: (value: T) => void;
}

function Choices<T>({ legend, choices, value, onPick }: ChoicesProps<T>) {
  return (
    <fieldset class="choices">
      <legend>{legend}</legend>
      <p class="chips">
        {choices.map(([label, each]) => (
          <button key={label} type="button" aria-pressed={each === value} onClick={() => onPick(each)}>
            {label}
          </button>
        ))}
      </p>
    </fieldset>
  );
}

/** A form of the panel; its first field takes the focus. */
function Form({ onSubmit, children }: { onSubmit: () => void; children: ComponentChildren }) {
  const form = useRef<HTMLFormElement>(null);
  useLayoutEffect(() => form.current?.querySelector<HTMLElement>("input, textarea, button")?.focus(), []);
  const submit = (event: Event) => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <form class="act" ref={form} onSubmit={submit} noValidate>
      {children}
    </form>
  );
}

export function TakeForm({ onTake }: { onTake: (by: string, until: number | null) => void }) {
  const { t, now } = useSession();
  const [by, setBy] = useState(whoActs());
  const [until, setUntil] = useState<number | null>(null);
  const [choices] = useState((): [string, number | null][] => [
    [t.desk.noPause, null],
    [t.desk.untilTomorrow, tomorrow(now())],
    [t.desk.untilFriday, nextFriday(now())],
    [t.desk.untilWeek, inAWeek(now())],
  ]);
  const submit = () => {
    remember("name", by.trim());
    onTake(by.trim(), until);
  };
  return (
    <Form onSubmit={submit}>
      <Name value={by} onInput={setBy} />
      <p class="muted">{t.desk.takeHint}</p>
      <Choices legend={t.desk.andPause} choices={choices} value={until} onPick={setUntil} />
      <button type="submit" class="button primary">
        {t.desk.take}
      </button>
    </Form>
  );
}

export function PlanForm({
  task,
  onPlan,
}: {
  task: Task;
  onPlan: (owner: string, due: number | null) => void;
}) {
  const { t } = useSession();
  const [owner, setOwner] = useState(task.owner);
  const was = task.due_at === null ? "" : localInput(task.due_at);
  const [due, setDue] = useState(was);
  /** A deadline that was not touched keeps its seconds. */
  const instant = () => (due === was ? task.due_at : due ? new Date(due).getTime() : null);
  return (
    <Form onSubmit={() => onPlan(owner.trim(), instant())}>
      <label>
        {t.desk.owner}
        <input
          maxLength={200}
          autocomplete="off"
          spellcheck={false}
          value={owner}
          onInput={(event) => setOwner(event.currentTarget.value)}
        />
      </label>
      <label>
        {t.desk.due}
        <input type="datetime-local" value={due} onInput={(event) => setDue(event.currentTarget.value)} />
      </label>
      <button type="submit" class="button primary">
        {t.desk.save}
      </button>
    </Form>
  );
}

export function NoteForm({ onNote }: { onNote: (body: string) => void }) {
  const { t } = useSession();
  const [body, setBody] = useState("");
  return (
    <Form onSubmit={() => body.trim() && onNote(body.trim())}>
      <label>
        {t.desk.noteField}
        <textarea
          maxLength={2000}
          rows={3}
          value={body}
          onInput={(event) => setBody(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="button primary">
        {t.desk.addNote}
      </button>
    </Form>
  );
}

export function DoneForm({ onFinish }: { onFinish: (code: string, outcome: string) => void }) {
  const { t } = useSession();
  const [code, setCode] = useState(CODES[0] ?? "");
  const [outcome, setOutcome] = useState("");
  return (
    <Form onSubmit={() => onFinish(code, outcome.trim())}>
      <label>
        {t.desk.words}
        <input
          maxLength={2000}
          autocomplete="off"
          value={outcome}
          onInput={(event) => setOutcome(event.currentTarget.value)}
        />
      </label>
      <Choices
        legend={t.desk.code}
        choices={CODES.map((each) => [t.desk.codes[each] ?? each, each] as const)}
        value={code}
        onPick={setCode}
      />
      <button type="submit" class="button primary">
        {t.act.finish}
      </button>
    </Form>
  );
}

export function SnoozeForm({ onSnooze }: { onSnooze: (until: number) => void }) {
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
