/** One task in one view: what happened and why now, what to do, who is concerned, and what was done before. */
import { readTask } from "../api";
import { useLoad } from "../load";
import { Panel, Section } from "../parts/panel";
import { Skeleton } from "../parts/states";
import { Answers } from "../reports/surveys";
import { go, href } from "../router";
import { useSession } from "../session";
import type { Task, WholeTask } from "../types";
import { Actions } from "./act";
import { AccountChecklists } from "./checklists";
import { AccountHealth } from "./health";
import { When } from "./page";
import { PauseStrips } from "./pause";
import { Before, People, Timeline, Tips } from "./view";

interface Props {
  id: string;
  /** The row of it in the list, where it is in that list. */
  row: Task | null;
  tab: string;
  to: (id: string | null, tab?: string) => string;
  onClose: () => void;
  onChanged: (id: number) => void;
  onFailed: () => void;
  onSaved: () => void;
}

export function TaskPanel({ id, row, tab, to, onClose, onChanged, onFailed, onSaved }: Props) {
  const { t, lang, now } = useSession();
  const loaded = useLoad(`task:${id} ${lang}`, (signal) => readTask(id, lang, signal));
  const whole = loaded.data;
  const task = whole ?? row;
  if (!task) {
    if (!loaded.error) return null;
    return (
      <Panel subject={id} title={t.task.gone} onClose={onClose}>
        <p class="muted">{t.task.goneDo}</p>
      </Panel>
    );
  }
  const again = (told: () => void) => () => {
    loaded.reload();
    told();
  };
  const account = task.account;
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
      <PauseStrips task={task} onChanged={again(onSaved)} />
      <Actions
        task={task}
        tab={tab}
        to={to}
        onChanged={onChanged}
        onFailed={again(onFailed)}
        onSaved={again(onSaved)}
      />
      {loaded.slow && <Skeleton rows={8} height={28} />}
      {whole && <Happened task={whole} />}
      <Section title={t.desk.next}>
        <p>{task.body || t.task.none}</p>
      </Section>
      {whole && <Facts task={whole} />}
      {account !== null && <AccountHealth account={account} />}
      {whole && whole.answers.length > 0 && (
        <Section title={t.task.answers}>
          <Answers listed={whole.answers} />
        </Section>
      )}
      {whole && (
        <>
          <People task={whole} />
          <Tips task={whole} />
        </>
      )}
      {account !== null && <AccountChecklists account={account} />}
      {whole && (
        <>
          <Timeline task={whole} />
          <Before task={whole} to={(other) => to(other)} />
        </>
      )}
    </Panel>
  );
}

function Happened({ task }: { task: WholeTask }) {
  const { t, f } = useSession();
  const { tip, route, usage = [] } = task.context;
  const said = [...task.words, ...(task.opened_by === "person" ? [t.desk.byPerson] : [])];
  return (
    <Section title={t.desk.happened}>
      {said.map((line) => (
        <p key={line}>{line}</p>
      ))}
      {usage.map(({ recent, norm }) => (
        <p key={`${recent}${norm}`}>
          {t.desk.usage(f.number(Math.round(recent)), f.number(Math.round(norm)))}
        </p>
      ))}
      {route && <p>{t.desk.asked(route)}</p>}
      {tip && (
        <p>
          <a href={href("tips", tip)}>{t.desk.openTip(tip)}</a>
        </p>
      )}
    </Section>
  );
}

function Facts({ task }: { task: WholeTask }) {
  const { t, f, now } = useSession();
  const at = (instant: number | null) =>
    instant === null ? null : `${f.moment(instant, now())} (${f.ago(instant, now())})`;
  const { webhook } = task;
  const sent = [
    t.task.webhookState[webhook.state],
    webhook.attempts > 0 ? t.task.tries(webhook.attempts, f.number(webhook.attempts)) : "",
    webhook.last_error,
  ];
  const closed =
    task.closed_at && `${at(task.closed_at)}, ${t.tasks.closedBy[task.closed_by] ?? task.closed_by}`;
  const came = [t.desk.codes[task.outcome_code], task.outcome].filter(Boolean).join(": ");
  const rows: [string, string | null | 0][] = [
    [t.task.account, task.account_name ?? task.account],
    [t.task.owner, task.owner],
    [t.desk.taken, task.taken_at && t.desk.takenBy(task.taken_by, f.ago(task.taken_at, now()))],
    [t.task.trueSince, at(task.opened_at)],
    [t.task.noticed, at(task.noticed_at)],
    [t.task.due, at(task.due_at)],
    [t.task.last, at(task.last_active_at)],
    [t.task.snoozedUntil, at(task.snoozed_until)],
    [t.task.closedBy, closed],
    [t.task.outcome, came],
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
