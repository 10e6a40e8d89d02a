/** Accounts: the portfolio, ranked by what is worth a call; a row opens the panel. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { csv, download } from "../csv";
import { useKeys } from "../keys";
import { type Loaded, useLoad } from "../load";
import { recall, remember } from "../memory";
import { Icon } from "../parts/icon";
import { Search } from "../parts/search";
import { Empty, Failed, Skeleton, Stale } from "../parts/states";
import { go, having, href, type Route } from "../router";
import { useSession } from "../session";
import { useWalk } from "../walk";
import { readAccounts, readPortfolio } from "./api";
import { Journey } from "./journey";
import { Fell, Money, money, Renewal, Score, Use, Why } from "./marks";
import { AccountPanel } from "./panel";
import type { Account, Accounts, Portfolio } from "./types";

const SORTS = ["rank", "health", "fell", "wau", "renewal", "arr", "name"] as const;
type Sort = (typeof SORTS)[number];
const BANDS = ["red", "yellow", "green", "none"] as const;
const ROWS = 50;

/** Whose accounts: the address says it, else what this browser looked at last. */
export const ownerOf = (query: URLSearchParams): string => query.get("owner") ?? recall("owner") ?? "";

export function setOwner(owner: string, route: Route): void {
  remember("owner", owner);
  if (route.page) go(href(route.page, null, "", having(route.query, { owner: owner || null })), "replace");
}

export function useAccounts(route: Route): { page: ComponentChildren; panel: ComponentChildren } {
  const { t, lang } = useSession();
  const { query } = route;
  const sort = SORTS.find((each) => each === query.get("sort")) ?? "rank";
  const asked = {
    owner: ownerOf(query),
    stage: query.get("stage"),
    band: query.get("band"),
    q: query.get("q"),
    sort,
  };
  const key = JSON.stringify(asked);
  const [rows, setRows] = useState({ key, limit: ROWS });
  const limit = rows.key === key ? rows.limit : ROWS;
  const loaded = useLoad(`accounts ${lang} ${key} ${limit}`, (signal) => readAll(asked, limit, lang, signal));
  const sums = useLoad(`portfolio ${lang} ${asked.owner}`, (signal) =>
    readPortfolio(asked.owner, lang, signal),
  );
  useEffect(() => {
    document.title = `${t.portfolio.title} · Waypost`;
  }, [t]);
  const panel = route.id && (
    <AccountPanel
      id={route.id}
      tab={route.tab}
      query={query}
      onClose={() => go(href("accounts", null, "", query))}
      onChanged={loaded.reload}
    />
  );
  const page = (
    <List
      loaded={loaded}
      sums={sums.data}
      route={route}
      sort={sort}
      more={() => setRows({ key, limit: limit + ROWS })}
    />
  );
  return { page, panel };
}

/** The first `limit` rows, over as many pages as it takes. */
async function readAll(
  asked: Record<string, string | null>,
  limit: number,
  lang: "en" | "ru",
  signal: AbortSignal,
) {
  const first = await readAccounts({ ...asked, limit: ROWS }, lang, signal);
  let { next } = first;
  while (next && first.accounts.length < limit) {
    const page = await readAccounts({ ...asked, limit: ROWS, after: next }, lang, signal);
    first.accounts.push(...page.accounts);
    next = page.next;
  }
  return { ...first, next };
}

interface ListProps {
  loaded: Loaded<Accounts>;
  sums: Portfolio | null;
  route: Route;
  sort: Sort;
  more: () => void;
}

function List({ loaded, sums, route, sort, more }: ListProps) {
  const { t } = useSession();
  const { query } = route;
  const { data } = loaded;
  const set = (change: Record<string, string | null>) =>
    go(href("accounts", route.id, route.tab, having(query, change)), "replace");
  const open = (id: string, tab = "") => go(href("accounts", id, tab, query));
  useWalk((id) => open(id), { n: (id) => open(id, "notes"), p: (id) => open(id, "people") });
  const save = () => data && download("accounts.csv", csv(sheet(data.accounts)));
  useKeys({ x: () => !!data?.accounts.length && save() });
  const narrowed = ["stage", "band", "q"].some((name) => query.get(name)) || ownerOf(query) !== "";
  const journey = query.get("view") === "journey";
  const none = data && data.total === 0 && !narrowed;
  return (
    <>
      <header class="head">
        <h1>{t.portfolio.title}</h1>
        <p class="question">{journey ? t.journey.question : t.portfolio.question}</p>
        {data && data.accounts.length > 0 && (
          <div class="tools">
            <button
              type="button"
              class="button small"
              aria-keyshortcuts="x"
              title={`${t.common.export} (x)`}
              onClick={save}
            >
              <Icon name="download" /> {t.common.export}
            </button>
          </div>
        )}
      </header>
      {sums && !none && <Summary sums={sums} />}
      {data && !none && (
        <nav class="chips view" aria-label={t.journey.view}>
          <a
            href={href("accounts", null, "", having(query, { view: null }))}
            aria-current={journey ? undefined : "page"}
          >
            {t.journey.list}
          </a>
          <a
            href={href("accounts", null, "", having(query, { view: "journey" }))}
            aria-current={journey ? "page" : undefined}
          >
            {t.journey.title}
          </a>
        </nav>
      )}
      {journey && <Journey owner={ownerOf(query)} route={route} />}
      {data && !none && !journey && <Toolbar data={data} route={route} sort={sort} set={set} />}
      <Stale loaded={loaded} />
      {loaded.error && !data && <Failed error={loaded.error} retry={loaded.reload} />}
      {loaded.slow && <Skeleton rows={10} />}
      {none && <NoAccounts words={t.portfolio.empty} />}
      {data && !data.accounts.length && narrowed && !journey && (
        <Empty title={t.portfolio.nothing} why="">
          <button
            type="button"
            class="button"
            onClick={() => {
              remember("owner", "");
              go(href("accounts"), "replace");
            }}
          >
            {t.common.clear}
          </button>
        </Empty>
      )}
      {data && data.accounts.length > 0 && !journey && <Table data={data} route={route} more={more} />}
    </>
  );
}

export function NoAccounts({ words }: { words: { title: string; why: string; do: string } }) {
  return (
    <Empty title={words.title} why={words.why}>
      <a class="button" href={href("tips")}>
        {words.do}
      </a>
    </Empty>
  );
}

/** Whose accounts; nothing to choose with one CSM. */
export function OwnerPick({ owners, route }: { owners: Accounts["owners"]; route: Route }) {
  const { t } = useSession();
  const owner = ownerOf(route.query);
  if (owners.length < 2 && !owner) return null;
  return (
    <label class="picked">
      <span class="muted">{t.portfolio.owner}</span>
      <select value={owner} onChange={(event) => setOwner(event.currentTarget.value, route)}>
        <option value="">{t.portfolio.everyone}</option>
        {owners
          .filter((each) => each.id)
          .map((each) => (
            <option key={each.id} value={each.id}>
              {each.name || each.id}
            </option>
          ))}
      </select>
    </label>
  );
}

interface ToolbarProps {
  data: Accounts;
  route: Route;
  sort: Sort;
  set: (change: Record<string, string | null>) => void;
}

function Toolbar({ data, route, sort, set }: ToolbarProps) {
  const { t } = useSession();
  const { query } = route;
  const band = query.get("band") ?? "";
  return (
    <div class="toolbar">
      <Search label={t.portfolio.search} value={query.get("q") ?? ""} onInput={(q) => set({ q })} />
      <fieldset class="chips" aria-label={t.portfolio.column.health}>
        <button type="button" aria-pressed={!band} onClick={() => set({ band: null })}>
          {t.common.all}
        </button>
        {BANDS.map((each) => (
          <button key={each} type="button" aria-pressed={band === each} onClick={() => set({ band: each })}>
            {t.portfolio.band[each]}
          </button>
        ))}
      </fieldset>
      <OwnerPick owners={data.owners} route={route} />
      {data.stages.length > 0 && (
        <label class="picked">
          <span class="muted">{t.portfolio.stage}</span>
          <select
            value={query.get("stage") ?? ""}
            onChange={(event) => set({ stage: event.currentTarget.value || null })}
          >
            <option value="">{t.portfolio.everyStage}</option>
            {data.stages.map((each) => (
              <option key={each.id} value={each.id}>
                {each.name}
              </option>
            ))}
          </select>
        </label>
      )}
      <label class="picked">
        <span class="muted">{t.portfolio.sort}</span>
        <select
          value={sort}
          onChange={(event) =>
            set({ sort: event.currentTarget.value === "rank" ? null : event.currentTarget.value })
          }
        >
          {SORTS.map((each) => (
            <option key={each} value={each}>
              {t.portfolio.sorts[each]}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

/** The portfolio in a line of figures; what is not known says what to send. */
function Summary({ sums }: { sums: Portfolio }) {
  const { t, f, lang } = useSession();
  const w = t.portfolio.summary;
  const { bands, arr } = sums;
  const scored = bands.red + bands.yellow + bands.green;
  const cash = (value: number | null) => (value === null ? w.unknown : money(value, lang));
  return (
    <dl class="figures" aria-label={w.label}>
      <div>
        <dt>{w.health}</dt>
        <dd>
          {scored ? (
            <>
              <span class="bandbar" aria-hidden="true">
                {(["red", "yellow", "green"] as const).map(
                  (band) =>
                    bands[band] > 0 && <i key={band} class={band} style={{ flexGrow: bands[band] }} />,
                )}
              </span>
              <small>
                {(["red", "yellow", "green"] as const)
                  .map((band) => `${f.number(bands[band])} ${t.portfolio.band[band]}`)
                  .join(" · ")}
              </small>
            </>
          ) : (
            t.portfolio.noScore
          )}
        </dd>
      </div>
      <div>
        <dt>{w.wau}</dt>
        <dd>
          {f.number(sums.wau.now)} <small>{w.wauBefore(f.number(sums.wau.before))}</small>
        </dd>
      </div>
      <div title={arr.total === null ? w.unknownHow : undefined}>
        <dt>{w.arr}</dt>
        <dd>
          {cash(arr.total)}
          {arr.red !== null && arr.red > 0 && (
            <small>
              {w.red}: {money(arr.red, lang)}
            </small>
          )}
        </dd>
      </div>
      {arr.at_risk && (
        <div title={w.riskHow}>
          <dt>{w.risk}</dt>
          <dd>{money(arr.at_risk.value, lang)}</dd>
        </div>
      )}
      {arr.renewing_at_risk.accounts > 0 && (
        <div title={w.renewingHow}>
          <dt>{w.renewing}</dt>
          <dd>
            {money(arr.renewing_at_risk.arr, lang)}{" "}
            <small>
              {t.portfolio.count(arr.renewing_at_risk.accounts, f.number(arr.renewing_at_risk.accounts))}
            </small>
          </dd>
        </div>
      )}
      {(["nrr", "grr"] as const).map((name) => {
        const rate = sums[name];
        return (
          rate && (
            <div key={name} title={w.retentionHow(rate.from, rate.to)}>
              <dt>{w[name]}</dt>
              <dd>
                {f.percent(rate.value)}{" "}
                <small>{t.portfolio.count(rate.accounts, f.number(rate.accounts))}</small>
              </dd>
            </div>
          )
        );
      })}
    </dl>
  );
}

function Table({ data, route, more }: { data: Accounts; route: Route; more: () => void }) {
  const { t, f } = useSession();
  const w = t.portfolio.column;
  const shown = data.accounts.length;
  return (
    <div class="scroll">
      <table class="data accounts">
        <caption>
          {t.portfolio.count(data.total, t.portfolio.counted(f.number(shown), f.number(data.total)))}
        </caption>
        <thead>
          <tr>
            <th scope="col">{w.name}</th>
            <th scope="col" title={t.portfolio.hint.health}>
              {w.health}
            </th>
            <th scope="col" class="reasons">
              {w.why}
            </th>
            <th scope="col" class="wide" title={t.portfolio.hint.use}>
              {w.use}
            </th>
            <th scope="col" class="num" title={t.portfolio.hint.fell}>
              {w.fell}
            </th>
            <th scope="col" class="num wide">
              {w.wau}
            </th>
            <th scope="col" class="num">
              {w.arr}
            </th>
            <th scope="col" class="num">
              {w.renewal}
            </th>
            <th scope="col" class="wide">
              {w.owner}
            </th>
          </tr>
        </thead>
        <tbody>
          {data.accounts.map((account) => (
            <Row
              key={account.id}
              account={account}
              current={account.id === route.id}
              to={href("accounts", account.id, "", route.query)}
            />
          ))}
        </tbody>
      </table>
      {data.next && (
        <button type="button" class="button more" onClick={more}>
          {t.portfolio.more}
        </button>
      )}
    </div>
  );
}

function Row({ account, current, to }: { account: Account; current: boolean; to: string }) {
  const { t, f } = useSession();
  const w = t.portfolio.column;
  const about = [account.stage_name, account.plan].filter(Boolean).join(" · ");
  return (
    <tr
      data-walk={account.id}
      tabIndex={-1}
      aria-current={current ? "true" : undefined}
      onClick={() => go(to)}
    >
      <th scope="row">
        <a href={to} onClick={(event) => event.stopPropagation()}>
          {account.name}
        </a>
        {about && <span class="muted about">{about}</span>}
      </th>
      <td data-label={w.health}>
        <Score score={account.health} band={account.band} change={account.health_change} />
      </td>
      <td class="reasons">
        <Why account={account} />
      </td>
      <td class="wide">
        <Use weeks={account.usage} />
      </td>
      <td class="num" data-label={w.fell}>
        <Fell fell={account.fell} />
      </td>
      <td
        class="num wide"
        title={account.seats ? t.portfolio.seats(f.number(account.active), f.number(account.seats)) : ""}
      >
        {f.number(account.wau)}
      </td>
      <td class="num" data-label={w.arr}>
        <Money value={account.arr} />
      </td>
      <td class="num" data-label={w.renewal}>
        <Renewal account={account} />
      </td>
      <td class="wide">{account.owner}</td>
    </tr>
  );
}

function sheet(accounts: readonly Account[]): (string | number)[][] {
  const head = [
    "id",
    "name",
    "owner",
    "stage",
    "plan",
    "seats",
    "active_28d",
    "active_7d",
    "fell",
    "health",
    "band",
  ];
  const row = (a: Account) => [
    a.id,
    a.name,
    a.owner,
    a.stage,
    a.plan,
    a.seats ?? "",
    a.active,
    a.wau,
    a.fell ?? "",
    a.health ?? "",
    a.band,
    a.arr ?? "",
    a.renewal ?? "",
    a.why.map((reason) => reason.words).join("; "),
  ];
  return [[...head, "arr", "renewal", "why"], ...accounts.map(row)];
}
