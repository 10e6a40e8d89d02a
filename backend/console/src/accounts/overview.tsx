/** Why it needs a call, how its health came about, what it uses, and what was done so far. */
import { Figure } from "../parts/figures";
import { Icon } from "../parts/icon";
import { Section } from "../parts/panel";
import { href } from "../router";
import { useSession } from "../session";
import { Fell, Money, Renewal, Score, Use } from "./marks";
import type { AccountDetail, Health, Signal } from "./types";

export function Overview({ account }: { account: AccountDetail }) {
  const { t, f, now } = useSession();
  const w = t.account;
  const instant = (day: string) => Date.parse(`${day}T12:00:00`);
  return (
    <>
      <Section title={w.why}>
        {account.why.length === 0 && <p>{w.calm}</p>}
        <ul class="reasons-list">
          {account.why.map((reason) => (
            <li key={reason.code}>{reason.words}</li>
          ))}
        </ul>
        {account.pauses.map((pause) => (
          <p key={pause.id} class="paused">
            <Icon name="pause" size={13} />{" "}
            {pause.until_at !== null
              ? t.portfolio.paused(f.day(pause.until_at, now()))
              : t.portfolio.pausedOpen}
            {[pause.until_event && w.pausedEvent(pause.until_event), pause.reason, pause.author]
              .filter(Boolean)
              .map((text) => (
                <span key={text}> · {text}</span>
              ))}
          </p>
        ))}
        <dl class="facts-grid">
          <div>
            <dt>{t.portfolio.column.fell}</dt>
            <dd>
              <Fell fell={account.fell} /> <Use weeks={account.usage} />
            </dd>
          </div>
          <div>
            <dt>{t.portfolio.column.wau}</dt>
            <dd>
              {f.number(account.wau)}
              {account.seats !== null && (
                <small class="muted">
                  {" "}
                  {t.portfolio.seats(f.number(account.active), f.number(account.seats))}
                </small>
              )}
            </dd>
          </div>
          <div>
            <dt>{t.portfolio.column.arr}</dt>
            <dd>
              <Money value={account.arr} />
            </dd>
          </div>
          <div>
            <dt>{t.portfolio.column.renewal}</dt>
            <dd>
              <Renewal account={account} />
            </dd>
          </div>
        </dl>
      </Section>
      <HealthPart health={account.health_detail} date={(day) => f.date(instant(day), now())} />
      {account.zones.length > 0 && (
        <Section title={w.zones}>
          <ul class="zone-list">
            {account.zones.map((zone) => (
              <li key={zone.feature}>
                <a
                  href={`${href("zones", account.id, zone.feature)}?state=${zone.state}`}
                  title={w.openZone}
                  class={`zone ${zone.state}`}
                >
                  <span>{zone.name}</span>
                  <span class="word">{w.zone[zone.state]}</span>
                  <span class="num">{t.zones.of(f.number(zone.people), f.number(zone.of))}</span>
                </a>
              </li>
            ))}
          </ul>
        </Section>
      )}
      {account.signals.length > 0 && (
        <Section title={w.signals}>
          <table class="plain">
            <tbody>
              {account.signals.map((signal) => (
                <SignalRow key={signal.id} signal={signal} />
              ))}
            </tbody>
          </table>
        </Section>
      )}
      {account.opportunities.length > 0 && (
        <Section title={w.opportunities}>
          <ul class="reasons-list">
            {account.opportunities.map((chance) => (
              <li key={chance.code}>{chance.words}</li>
            ))}
          </ul>
        </Section>
      )}
      <Section title={w.tasks}>
        {account.tasks.length === 0 && <p class="muted">{w.noTasks}</p>}
        <ul class="rows">
          {account.tasks.map((task) => (
            <li key={task.id}>
              <a href={`${href("tasks", String(task.id))}${task.closed_at === null ? "" : "?state=done"}`}>
                <span class="who">
                  <strong>{task.title}</strong>
                  <span class="muted">
                    {task.closed_at === null
                      ? w.taskOpen(f.moment(task.opened_at, now()))
                      : [w.taskDone(f.moment(task.closed_at, now())), task.outcome]
                          .filter(Boolean)
                          .join(" · ")}
                  </span>
                </span>
              </a>
            </li>
          ))}
        </ul>
      </Section>
      {account.stage_history.length > 0 && (
        <Section title={w.stages}>
          <ul class="stages">
            {account.stage_history.map((stage) => (
              <li key={stage.from}>
                <span>{stage.name}</span>{" "}
                <span class="muted">
                  {stage.to === null
                    ? `${w.since(f.date(stage.from, now()))}, ${f.span(now() - stage.from)}`
                    : w.fromTo(f.date(stage.from, now()), f.date(stage.to, now()))}
                </span>
              </li>
            ))}
          </ul>
        </Section>
      )}
      {Object.keys(account.traits).length > 0 && (
        <Section title={w.traits}>
          <table class="plain">
            <tbody>
              {Object.entries(account.traits).map(([name, value]) => (
                <tr key={name}>
                  <th scope="row">
                    <code>{name}</code>
                  </th>
                  <td>{typeof value === "string" ? value : JSON.stringify(value)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Section>
      )}
    </>
  );
}

function SignalRow({ signal }: { signal: Signal }) {
  const { t, f } = useSession();
  const { value, unit } = signal;
  const shown =
    value === null
      ? t.common.none
      : typeof value === "string"
        ? value
        : unit === "share"
          ? f.percent(value)
          : f.number(Math.round(value * 10) / 10);
  return (
    <tr>
      <th scope="row">{signal.words}</th>
      <td class={signal.tone === "bad" ? "num hot" : "num"}>{shown}</td>
    </tr>
  );
}

function HealthPart({ health, date }: { health: Health; date: (day: string) => string }) {
  const { t, f } = useSession();
  const w = t.account;
  const weeks = health.history;
  return (
    <Section title={w.health}>
      <p class="health-line">
        <Score score={health.score} band={health.band} />{" "}
        {health.score === null ? (
          <span class="muted">{w.noHealth}</span>
        ) : (
          health.coverage < 1 && <span class="muted">{w.coverage(f.percent(health.coverage))}</span>
        )}
      </p>
      {health.override && (
        <p class="hot">
          <Icon name="warning" size={13} /> {w.overridden}: {health.override.words}
        </p>
      )}
      <ul class="components">
        {health.components.map((part) => (
          <li key={part.id} class={part.value === null ? "unknown" : ""}>
            <span>{part.words}</span>
            <span class="track" aria-hidden="true">
              {part.value !== null && <i style={{ width: `${part.value * 100}%` }} />}
            </span>
            <span class="num">
              {part.value === null ? t.common.none : f.number(Math.round(part.value * 100))}
            </span>
            <span class="muted because">
              {[part.because, w.weight(f.percent(part.weight))].filter(Boolean).join(" · ")}
            </span>
          </li>
        ))}
      </ul>
      {weeks.length > 1 && (
        <Figure
          title={w.history}
          table={{
            head: [w.week, w.score],
            rows: weeks.map((week): [string, string] => [
              date(week.week),
              week.score === null ? t.common.none : f.number(Math.round(week.score)),
            ]),
          }}
        >
          <HealthLine weeks={weeks} date={date} />
        </Figure>
      )}
      {health.explained.length > 0 && (
        <ul class="reasons-list">
          {health.explained.map((change) => (
            <li key={change.week}>
              <span class="muted">{date(change.week)}:</span> {f.number(Math.round(change.from))} →{" "}
              {f.number(Math.round(change.to))}. {change.words}
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

const BOX = { width: 380, height: 96, left: 26, right: 374, top: 8, bottom: 76 };
const LIMITS = [0, 40, 70, 100];

/** Health from 0 to 100, with the lines at which a band ends. */
function HealthLine({ weeks, date }: { weeks: Health["history"]; date: (day: string) => string }) {
  const { t, f } = useSession();
  const x = (at: number) => BOX.left + (at / Math.max(1, weeks.length - 1)) * (BOX.right - BOX.left);
  const y = (value: number) => BOX.bottom - (value / 100) * (BOX.bottom - BOX.top);
  const points = weeks
    .map((week, at) => (week.score === null ? "" : `${x(at).toFixed(1)},${y(week.score).toFixed(1)}`))
    .filter(Boolean)
    .join(" ");
  const said = weeks.map((week) => (week.score === null ? t.common.none : f.number(Math.round(week.score))));
  return (
    <svg
      class="drawn"
      viewBox={`0 0 ${BOX.width} ${BOX.height}`}
      role="img"
      aria-label={`${t.account.history}: ${said.join(", ")}`}
    >
      {LIMITS.map((limit) => (
        <g key={limit}>
          <line class={limit ? "grid" : "zero"} x1={BOX.left} x2={BOX.right} y1={y(limit)} y2={y(limit)} />
          <text x={BOX.left - 5} y={y(limit) + 3.5} text-anchor="end">
            {f.number(limit)}
          </text>
        </g>
      ))}
      <polyline class="line" points={points} />
      {weeks.map(
        (week, at) =>
          week.score !== null && (
            <g key={week.week} class="point">
              <circle cx={x(at)} cy={y(week.score)} r="2.5">
                <title>{`${date(week.week)}: ${said[at]}`}</title>
              </circle>
            </g>
          ),
      )}
      <text x={BOX.left} y={BOX.bottom + 14}>
        {date(weeks[0]?.week ?? "")}
      </text>
      <text x={BOX.right} y={BOX.bottom + 14} text-anchor="end">
        {date(weeks.at(-1)?.week ?? "")}
      </text>
    </svg>
  );
}
