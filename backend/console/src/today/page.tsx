/** Today: whom to call first and why; what is due; what changed. The morning page of a CSM. */
import { useEffect } from "preact/hooks";
import { readAccounts, readToday } from "../accounts/api";
import { Money, Renewal, Score, Use, Why } from "../accounts/marks";
import { NoAccounts, OwnerPick, ownerOf } from "../accounts/page";
import type { Account, Today, TodayTask } from "../accounts/types";
import { useLoad } from "../load";
import { Icon } from "../parts/icon";
import { Failed, Skeleton, Stale } from "../parts/states";
import { go, href, type Route } from "../router";
import { useSession } from "../session";
import { useWalk } from "../walk";

export function TodayPage({ route }: { route: Route }) {
  const { t, lang, now } = useSession();
  const owner = ownerOf(route.query);
  const loaded = useLoad(`today ${lang} ${owner}`, (signal) => readToday(owner, lang, signal));
  const owners = useLoad(`owners ${lang}`, (signal) => readAccounts({ limit: 1 }, lang, signal));
  useEffect(() => {
    document.title = `${t.today.title} · Waypost`;
  }, [t]);
  useWalk((id) => go(id));
  const { data } = loaded;
  const date = new Intl.DateTimeFormat(lang === "en" ? "en-GB" : "ru-RU", {
    weekday: "long",
    day: "numeric",
    month: "long",
  }).format(now());
  const none = owners.data?.total === 0 && !owner;
  return (
    <>
      <header class="head">
        <h1>
          {t.today.title} <span class="muted date">{date}</span>
        </h1>
        <p class="question">{t.today.question}</p>
        <div class="tools">{owners.data && <OwnerPick owners={owners.data.owners} route={route} />}</div>
      </header>
      <Stale loaded={loaded} />
      {loaded.error && !data && <Failed error={loaded.error} retry={loaded.reload} />}
      {loaded.slow && <Skeleton rows={8} height={56} />}
      {data && none && data.tasks.overdue.length + data.tasks.today.length === 0 && (
        <NoAccounts words={t.today.empty} />
      )}
      {data && !(none && data.tasks.overdue.length + data.tasks.today.length === 0) && (
        <Morning data={data} />
      )}
    </>
  );
}

function Morning({ data }: { data: Today }) {
  const { t, f } = useSession();
  const w = t.today;
  return (
    <div class="morning">
      <section class="calls">
        <h2>{w.first}</h2>
        {data.first.length === 0 && (
          <p class="muted">
            {w.nobody}. {w.nobodyWhy}
          </p>
        )}
        <ol class="calls-list">
          {data.first.map((account, index) => (
            <Call key={account.id} account={account} place={index + 1} />
          ))}
        </ol>
        <a class="further" href={href("accounts")}>
          {w.all} <Icon name="right" size={13} />
        </a>
      </section>
      <div class="beside">
        <section>
          <h2>{w.tasks}</h2>
          {data.tasks.overdue.length > 0 && (
            <>
              <h3 class="hot">
                <Icon name="clock" size={13} /> {w.overdue}
              </h3>
              <TaskList tasks={data.tasks.overdue} />
            </>
          )}
          {data.tasks.today.length > 0 && (
            <>
              <h3>{w.due}</h3>
              <TaskList tasks={data.tasks.today} />
            </>
          )}
          {data.tasks.overdue.length + data.tasks.today.length === 0 && <p class="muted">{w.noTasks}</p>}
          <a class="further" href={href("tasks")}>
            {w.allTasks} <Icon name="right" size={13} />
          </a>
        </section>
        <section>
          <h2>{w.zones}</h2>
          {data.zones.length === 0 && <p class="muted">{w.noZones}</p>}
          <ul class="rows">
            {data.zones.map((zone) => {
              const to = `${href("zones", zone.account, zone.feature)}?state=${zone.state}`;
              return (
                <li key={`${zone.account} ${zone.feature}`}>
                  <a href={to} data-walk={to}>
                    <span class="who">
                      <strong>
                        {zone.feature_name} · {zone.account_name}
                      </strong>
                      <span class="muted">{zone.words}</span>
                    </span>
                  </a>
                </li>
              );
            })}
          </ul>
          <a class="further" href={href("zones")}>
            {w.allZones} <Icon name="right" size={13} />
          </a>
        </section>
        <section>
          <h2>{w.renewals}</h2>
          {data.renewals.length === 0 && <p class="muted">{w.noRenewals}</p>}
          <ul class="rows">
            {data.renewals.map((account) => (
              <li key={account.id}>
                <a href={href("accounts", account.id)} data-walk={href("accounts", account.id)}>
                  <span class="who">
                    <strong>{account.name}</strong>
                    <span class="muted">
                      <Renewal account={account} /> · <Money value={account.arr} />
                    </span>
                  </span>
                  <Score score={account.health} band={account.band} />
                </a>
              </li>
            ))}
          </ul>
        </section>
        <section>
          <h2>{w.changes}</h2>
          {data.changes.length === 0 && <p class="muted">{w.noChanges}</p>}
          <ul class="rows">
            {data.changes.map((change) => (
              <li key={change.account}>
                <a href={href("accounts", change.account)} data-walk={href("accounts", change.account)}>
                  <span class="who">
                    <strong>{change.name}</strong>
                    <span class="muted">{change.words}</span>
                  </span>
                  <span class="num">
                    {f.number(Math.round(change.from))} → {f.number(Math.round(change.to))}
                  </span>
                </a>
              </li>
            ))}
          </ul>
        </section>
      </div>
    </div>
  );
}

function Call({ account, place }: { account: Account; place: number }) {
  const { t, f } = useSession();
  const to = href("accounts", account.id);
  const about = [account.stage_name, account.owner].filter(Boolean).join(" · ");
  return (
    <li>
      <a href={to} data-walk={to}>
        <span class="place" aria-hidden="true">
          {place}
        </span>
        <span class="who">
          <strong>{account.name}</strong>
          <span>
            <Why account={account} most={3} />
          </span>
          <span class="muted">
            {[
              about,
              account.open_tasks > 0
                ? t.portfolio.tasks(account.open_tasks, f.number(account.open_tasks))
                : "",
            ]
              .filter(Boolean)
              .join(" · ")}
          </span>
        </span>
        <span class="marks">
          <Score score={account.health} band={account.band} change={account.health_change} />
          <Use weeks={account.usage} />
        </span>
      </a>
    </li>
  );
}

function TaskList({ tasks }: { tasks: TodayTask[] }) {
  const { t, f, now } = useSession();
  return (
    <ul class="rows">
      {tasks.map((task) => (
        <li key={task.id}>
          <a href={href("tasks", String(task.id))} data-walk={href("tasks", String(task.id))}>
            <span class="who">
              <strong>{task.title}</strong>
              <span class="muted">
                {[
                  task.account_name ?? task.account,
                  task.due_at === null
                    ? ""
                    : task.due_at < now()
                      ? t.tasks.overdue(f.span(now() - task.due_at))
                      : t.tasks.due(f.ago(task.due_at, now())),
                ]
                  .filter(Boolean)
                  .join(" · ")}
              </span>
            </span>
          </a>
        </li>
      ))}
    </ul>
  );
}
