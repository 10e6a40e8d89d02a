/** One task: why now, the numbers behind it, who is concerned, and what to do with it. */
import type { ComponentChildren } from "preact";
import { Panel, Section } from "../parts/panel";
import { Answers } from "../reports/surveys";
import { go } from "../router";
import { useSession } from "../session";
import type { Task } from "../types";
import { Actions } from "./act";
import { When } from "./page";
import { PauseStrips } from "./pause";

interface Props {
  id: string;
  task: Task | null;
  tab: string;
  to: (id: string | null, tab?: string) => string;
  onClose: () => void;
  onChanged: (id: number) => void;
  onFailed: () => void;
  onPaused: () => void;
}

export function TaskPanel({ id, task, tab, to, onClose, onChanged, onFailed, onPaused }: Props) {
  const { t, now } = useSession();
  if (!task)
    return (
      <Panel subject={id} title={t.task.gone} onClose={onClose}>
        <p class="muted">{t.task.goneDo}</p>
      </Panel>
    );
  return (
    <Panel
      subject={id}
      title={task.title}
      over={<span class={`severity ${task.severity}`}>{t.tasks.severityLong[task.severity]}</span>}
      under={
        <p>
          <When task={task} now={now()} />
        </p>
      }
      onClose={onClose}
      onEscape={tab ? () => go(to(id)) : onClose}
    >
      <PauseStrips task={task} onChanged={onPaused} />
      <Actions task={task} tab={tab} to={to} onChanged={onChanged} onFailed={onFailed} onPaused={onPaused} />
      <Section title={t.task.why}>
        {task.body && <p>{task.body}</p>}
        {task.words.map((line) => (
          <p key={line} class="muted">
            {line}
          </p>
        ))}
      </Section>
      {task.context.answers.length > 0 && (
        <Section title={t.task.answers}>
          <Answers listed={task.context.answers} />
        </Section>
      )}
      <Facts task={task} />
      <Context task={task} />
    </Panel>
  );
}

function Facts({ task }: { task: Task }) {
  const { t, f, now } = useSession();
  const at = (instant: number | null) =>
    instant === null ? null : `${f.moment(instant, now())} (${f.ago(instant, now())})`;
  const { webhook, context } = task;
  const sent = [
    t.task.webhookState[webhook.state],
    webhook.attempts > 0 ? t.task.tries(webhook.attempts, f.number(webhook.attempts)) : "",
    webhook.last_error,
  ];
  const closed =
    task.closed_at && `${at(task.closed_at)}, ${t.tasks.closedBy[task.closed_by] ?? task.closed_by}`;
  const rows: [string, string | null | 0][] = [
    [t.task.account, task.account_name ?? task.account],
    [t.task.owner, task.owner],
    [t.task.trueSince, at(task.opened_at)],
    [t.task.noticed, at(task.noticed_at)],
    [t.task.due, at(task.due_at)],
    [t.task.last, at(context.last_active_at)],
    [t.task.snoozedUntil, at(task.snoozed_until)],
    [t.task.closedBy, closed],
    [t.task.outcome, task.outcome],
    [t.task.rule, task.rule],
    [t.task.webhook, sent.filter(Boolean).join(", ")],
  ];
  return (
    <Section title={t.task.facts}>
      <dl class="facts">
        {rows.map(
          ([name, value]) =>
            value && (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
      </dl>
    </Section>
  );
}

function Context({ task }: { task: Task }) {
  const { t, f, now } = useSession();
  const { people, recent, tips } = task.context;
  const list = (title: string, rows: ComponentChildren[]) => (
    <Section title={title}>
      {rows.length ? <ul class="lines">{rows}</ul> : <p class="muted">{t.task.none}</p>}
    </Section>
  );
  const ago = (at: number | null) => (at === null ? t.tasks.neverActive : f.ago(at, now()));
  return (
    <>
      {list(
        t.task.people,
        people.map((person) => (
          <li key={person.user_id}>
            <span>{person.name ?? person.user_id}</span>
            <span class="muted">{ago(person.last_active_at)}</span>
          </li>
        )),
      )}
      {list(
        t.task.recent,
        recent.map((event) => (
          <li key={`${event.at}${event.name}${event.user_id}`}>
            <span>
              <code>{event.name}</code> <span class="muted">{event.user_id}</span>
            </span>
            <span class="muted">{ago(event.at)}</span>
          </li>
        )),
      )}
      {list(
        t.task.tips,
        tips.map((tip) => (
          <li key={`${tip.at}${tip.tip}${tip.what}`}>
            <span>
              {tip.user_id} {t.task.what[tip.what] ?? tip.what} <code>{tip.tip}</code>
            </span>
            <span class="muted">{ago(tip.at)}</span>
          </li>
        )),
      )}
    </>
  );
}
