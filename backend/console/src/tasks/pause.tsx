/** A CSM pause: the button, the dialog it opens, and the strip that stands while one runs. */
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { ApiError, beginPause, endPause } from "../api";
import { localInput } from "../format";
import { recall, remember } from "../memory";
import { Dialog } from "../parts/dialog";
import { Icon } from "../parts/icon";
import { go } from "../router";
import { useSession } from "../session";
import type { Pause, Task } from "../types";
import { ACCOUNT, whoIs } from "./names";
import { inAWeek, nextFriday, tomorrow } from "./times";

/** Those of a task that still run, the one that lasts longest first. */
export const runningPauses = (task: Task, now: number): Pause[] =>
  (task.pauses ?? []).filter((pause) => pause.ends_at > now).sort((a, b) => b.ends_at - a.ends_at);

/** Whose tips can be paused from a task: the person it is about, and their account. */
function subjectsOf(task: Task): string[] {
  const account = task.account === null ? [] : [ACCOUNT + task.account];
  return task.subject.startsWith(ACCOUNT) ? [task.subject] : [task.subject, ...account];
}

function useUntil(): (pause: Pause) => string {
  const { t, f, now } = useSession();
  return (pause) =>
    pause.until_at === null
      ? t.pause.untilEvent(pause.until_event ?? "")
      : t.pause.until(f.day(pause.until_at, now()), pause.until_event);
}

/** The mark of a row in the list. */
export function PauseMark({ task }: { task: Task }) {
  const { t, now } = useSession();
  const until = useUntil();
  const [pause] = runningPauses(task, now());
  if (!pause) return null;
  return (
    <span class="pause-mark">
      <Icon name="pause" size={13} /> {t.pause.mark(until(pause))}
    </span>
  );
}

/** One line a pause that runs: until when, why, by whom, and how to end it. */
export function PauseStrips({ task, onChanged }: { task: Task; onChanged: () => void }) {
  const { t, now, say } = useSession();
  const until = useUntil();
  const resume = async (pause: Pause) => {
    const who = whoIs(task, pause.subject);
    try {
      await endPause(pause.id);
      say({ text: t.pause.resumed(who) });
    } catch {
      say({ text: t.pause.failed(who), bad: true });
    }
    onChanged();
  };
  return (
    <>
      {runningPauses(task, now()).map((pause) => (
        <div class="pause-strip" key={pause.id}>
          <Icon name="pause" />
          <p>
            <strong>{t.pause.strip(whoIs(task, pause.subject), until(pause))}</strong>
            {[pause.reason, pause.author].filter(Boolean).map((text) => (
              <span key={text}> · {text}</span>
            ))}
            {pause.allow.length > 0 && <span> · {t.pause.allow(pause.allow.join(", "))}</span>}
          </p>
          <button type="button" class="button small" onClick={() => resume(pause)}>
            {t.pause.resume}
          </button>
        </div>
      ))}
    </>
  );
}

interface Props {
  task: Task;
  tab: string;
  to: (id: string | null, tab?: string) => string;
  onChanged: () => void;
}

export function PauseAction({ task, tab, to, onChanged }: Props) {
  const { t, now } = useSession();
  const id = String(task.id);
  const label = runningPauses(task, now()).length > 0 ? t.pause.change : t.pause.action;
  return (
    <>
      <a class="button" href={to(id, "pause")} aria-haspopup="dialog" aria-keyshortcuts="p">
        <Icon name="pause" /> {label} <kbd>p</kbd>
      </a>
      {tab === "pause" && <PauseDialog task={task} onClose={() => go(to(id))} onChanged={onChanged} />}
    </>
  );
}

interface DialogProps {
  task: Task;
  onClose: () => void;
  onChanged: () => void;
}

function PauseDialog({ task, onClose, onChanged }: DialogProps) {
  const { t, f, say, now } = useSession();
  const subjects = subjectsOf(task);
  const running = runningPauses(task, now());
  const [subject, setSubject] = useState(running[0]?.subject ?? task.subject);
  /** What the new one takes the place of: it is there to be changed, and the tips that it lets through stay. */
  const former = running.find((pause) => pause.subject === subject);
  const [until, setUntil] = useState(former?.until_at ? localInput(former.until_at) : "");
  const [error, setError] = useState("");
  const first = useRef<HTMLButtonElement>(null);
  const form = useRef<HTMLFormElement>(null);
  const ids = useId();
  useLayoutEffect(() => first.current?.focus(), []);
  const who = whoIs(task, subject);
  const choices: [string, number][] = [
    [t.act.tomorrow, tomorrow(now())],
    [t.pause.friday, nextFriday(now())],
    [t.pause.week, inAWeek(now())],
  ];
  const field = (name: string) => {
    const input = form.current?.elements.namedItem(name);
    return input instanceof HTMLInputElement ? input : null;
  };
  const said = (name: string) => field(name)?.value.trim() ?? "";
  const fill = (text: string) => {
    const reason = field("reason");
    if (reason) reason.value = text;
    reason?.focus();
  };

  const submit = async (event: Event) => {
    event.preventDefault();
    const at = until ? new Date(until).getTime() : null;
    const ended = said("event") || null;
    if (at === null && ended === null) return setError(t.pause.endless);
    if (at !== null && at <= now()) return setError(t.act.past);
    const author = said("author");
    remember("name", author);
    try {
      const wanted = {
        subject,
        until_at: at,
        until_event: ended,
        allow: former?.allow ?? [],
        reason: said("reason"),
        author,
      };
      const made = await beginPause(wanted);
      const back = async () => {
        await endPause(made.id);
        onChanged();
      };
      const when = at === null ? t.pause.untilEvent(ended ?? "") : t.pause.until(f.day(at, now()), ended);
      say({ text: t.pause.strip(who, when), ...(former ? {} : { undo: back }) });
      onChanged();
      onClose();
    } catch (cause) {
      const detail = cause instanceof ApiError ? cause.detail : "";
      setError(detail ? `${t.pause.refused} ${detail}` : t.pause.refused);
    }
  };

  return (
    <Dialog class="pausing" label={t.pause.title(who)} onClose={onClose}>
      <form ref={form} class="act" onSubmit={submit} noValidate aria-describedby={`${ids}hint`}>
        <header>
          <h2>{t.pause.title(who)}</h2>
          <button type="button" class="quiet" aria-label={t.common.close} onClick={onClose}>
            <Icon name="close" />
          </button>
        </header>
        <p id={`${ids}hint`} class="muted">
          {t.pause.hint}
        </p>
        {subjects.length > 1 && (
          <fieldset>
            <legend>{t.pause.whose}</legend>
            {subjects.map((each) => (
              <label key={each} class="choice">
                <input
                  type="radio"
                  name="subject"
                  checked={each === subject}
                  onChange={() => setSubject(each)}
                />
                {each.startsWith(ACCOUNT)
                  ? t.pause.everybody(whoIs(task, each))
                  : t.pause.person(whoIs(task, each))}
              </label>
            ))}
          </fieldset>
        )}
        <p class="chips">
          {choices.map(([label, at], index) => (
            <button
              key={label}
              ref={index ? null : first}
              type="button"
              aria-pressed={until === localInput(at)}
              onClick={() => {
                setUntil(localInput(at));
                setError("");
              }}
            >
              {label}
            </button>
          ))}
        </p>
        <label>
          {t.pause.untilField}
          <input
            type="datetime-local"
            min={localInput(now())}
            value={until}
            onInput={(event) => {
              setUntil(event.currentTarget.value);
              setError("");
            }}
          />
        </label>
        <label>
          {t.pause.event}
          <input
            name="event"
            maxLength={200}
            autocomplete="off"
            spellcheck={false}
            placeholder="call_booked"
            defaultValue={former?.until_event ?? ""}
            onInput={() => setError("")}
          />
        </label>
        <label>
          {t.pause.reason}
          <input name="reason" maxLength={500} autocomplete="off" defaultValue={former?.reason ?? ""} />
        </label>
        <p class="chips">
          {t.pause.suggestions.map((text) => (
            <button key={text} type="button" onClick={() => fill(text)}>
              {text}
            </button>
          ))}
        </p>
        <label>
          {t.pause.author}
          <input name="author" maxLength={100} autocomplete="name" defaultValue={recall("name") ?? ""} />
        </label>
        <p class="problem" role="alert">
          {error && (
            <>
              <Icon name="warning" /> <span>{error}</span>
            </>
          )}
        </p>
        <button type="submit" class="button primary">
          {t.pause.submit}
        </button>
      </form>
    </Dialog>
  );
}
