/** Low activity: features by account as a map, the zones most worth a look as a list, the people of each. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { readZonePeople, readZones } from "../accounts/api";
import { ownerOf, setOwner } from "../accounts/page";
import type { ZonePeople, ZoneState, Zones } from "../accounts/types";
import { type Loaded, useLoad } from "../load";
import { Panel, Section } from "../parts/panel";
import { Empty, Failed, Skeleton, Stale } from "../parts/states";
import { go, having, href, type Route } from "../router";
import { useSession } from "../session";
import type { Lang } from "../types";
import { useWalk } from "../walk";

const STATES = ["unused", "falling", "abandoned"] as const satisfies readonly ZoneState[];
const ROWS = 50;
const ALL: ZoneState[] = [...STATES, "used", "not_entitled"];

const cellHref = (account: string, feature: string, state: ZoneState, query: URLSearchParams) =>
  href("zones", account, feature, having(query, { state }));

export function useZones(route: Route): { page: ComponentChildren; panel: ComponentChildren } {
  const { t, lang } = useSession();
  const { query } = route;
  const owner = ownerOf(query);
  const asked = { owner, feature: query.get("feature"), state: query.get("of") };
  const key = JSON.stringify(asked);
  const [rows, setRows] = useState({ key, limit: ROWS });
  const limit = rows.key === key ? rows.limit : ROWS;
  const loaded = useLoad(`zones ${lang} ${key} ${limit}`, (signal) => readAll(asked, limit, lang, signal));
  useEffect(() => {
    document.title = `${t.zones.title} · Waypost`;
  }, [t]);
  useWalk((to) => go(to));
  const state = ALL.find((each) => each === query.get("state")) ?? "unused";
  const panel = route.id && route.tab && (
    <ZonePanel
      account={route.id}
      feature={route.tab}
      state={state}
      zones={loaded.data}
      onClose={() => go(href("zones", null, "", having(query, { state: null })))}
    />
  );
  const more = () => setRows({ key, limit: limit + ROWS });
  return { page: <ZonesPage loaded={loaded} route={route} owner={owner} more={more} />, panel };
}

/** The map, and the first `limit` rows of the list, over as many pages as it takes. */
async function readAll(asked: Record<string, string | null>, limit: number, lang: Lang, signal: AbortSignal) {
  const first = await readZones({ ...asked, limit: ROWS }, lang, signal);
  let { next } = first;
  while (next && first.ranked.length < limit) {
    const page = await readZones({ ...asked, limit: ROWS, after: next }, lang, signal);
    first.ranked.push(...page.ranked);
    next = page.next;
  }
  return { ...first, next };
}

interface PageProps {
  loaded: Loaded<Zones>;
  route: Route;
  owner: string;
  more: () => void;
}

function ZonesPage({ loaded, route, owner, more }: PageProps) {
  const { t, f } = useSession();
  const { query } = route;
  const { data } = loaded;
  const w = t.zones;
  const of = query.get("of") ?? "";
  const set = (change: Record<string, string | null>) =>
    go(href("zones", route.id, route.tab, having(query, change)), "replace");
  const narrowed = !!of || !!query.get("feature") || !!owner;
  const nothing = data && data.ranked.length === 0 && data.cells.length === 0;
  return (
    <>
      <header class="head">
        <h1>{w.title}</h1>
        <p class="question">{w.question}</p>
      </header>
      <Stale loaded={loaded} />
      {loaded.error && !data && <Failed error={loaded.error} retry={loaded.reload} />}
      {loaded.slow && <Skeleton rows={10} />}
      {data && !(nothing && !narrowed) && (
        <div class="toolbar">
          <fieldset class="chips" aria-label={w.states}>
            <button type="button" aria-pressed={!of} onClick={() => set({ of: null })}>
              {t.common.all}
            </button>
            {STATES.map((each) => (
              <button key={each} type="button" aria-pressed={of === each} onClick={() => set({ of: each })}>
                {w.state[each]}
              </button>
            ))}
          </fieldset>
          {data.features.length > 1 && (
            <label class="picked">
              <span class="muted">{w.feature}</span>
              <select
                value={query.get("feature") ?? ""}
                onChange={(event) => set({ feature: event.currentTarget.value || null })}
              >
                <option value="">{w.everyFeature}</option>
                {data.features.map((each) => (
                  <option key={each.id} value={each.id}>
                    {each.name}
                  </option>
                ))}
              </select>
            </label>
          )}
          {owner && (
            <button type="button" class="button small" onClick={() => setOwner("", route)}>
              {t.portfolio.owner}: {owner} ×
            </button>
          )}
        </div>
      )}
      {nothing && (
        <Empty title={narrowed ? w.nothing : w.empty.title} why={narrowed ? "" : w.empty.why}>
          {narrowed && (
            <button type="button" class="button" onClick={() => go(href("zones"), "replace")}>
              {t.common.clear}
            </button>
          )}
        </Empty>
      )}
      {data && data.cells.length > 0 && <HeatMap data={data} route={route} />}
      {data && data.ranked.length > 0 && (
        <section class="zones-list">
          <h2>
            {w.list} <span class="muted">· {f.number(data.total)}</span>
          </h2>
          <table class="data zones">
            <thead>
              <tr>
                <th scope="col">{w.column.account}</th>
                <th scope="col">{w.column.feature}</th>
                <th scope="col">{w.column.state}</th>
                <th scope="col" class="num">
                  {w.column.people}
                </th>
              </tr>
            </thead>
            <tbody>
              {data.ranked.map((zone) => {
                const to = cellHref(zone.account, zone.feature, zone.state, query);
                const current = route.id === zone.account && route.tab === zone.feature;
                return (
                  <tr
                    key={to}
                    data-walk={to}
                    tabIndex={-1}
                    aria-current={current ? "true" : undefined}
                    onClick={() => go(to)}
                  >
                    <th scope="row">
                      <a href={to} onClick={(event) => event.stopPropagation()}>
                        {zone.account_name}
                      </a>
                    </th>
                    <td>{zone.feature_name}</td>
                    <td>
                      <span class={`zone-mark ${zone.state}`}>{w.state[zone.state]}</span>{" "}
                      <span class="muted">{zone.words}</span>
                    </td>
                    <td class="num">{w.of(f.number(zone.people), f.number(zone.of))}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
          {data.next && (
            <button type="button" class="button more" onClick={more}>
              {t.portfolio.more}
            </button>
          )}
        </section>
      )}
      {data && data.ranked.length === 0 && data.cells.length > 0 && (
        <p class="muted">{narrowed ? w.nothing : w.empty.calm}</p>
      )}
    </>
  );
}

/** Each cell says its state in a word; the colour only repeats it. */
function HeatMap({ data, route }: { data: Zones; route: Route }) {
  const { t, f } = useSession();
  const w = t.zones;
  const wanted = route.query.get("feature");
  const features = data.features.filter((each) => !wanted || each.id === wanted);
  const cells = new Map(data.cells.map((cell) => [`${cell.account}\n${cell.feature}`, cell]));
  return (
    <section class="heat">
      <h2>
        {w.map} <span class="muted">· {w.mapHint(f.number(data.accounts.length))}</span>
      </h2>
      <ul class="zone-legend" aria-label={w.legend}>
        {ALL.map((state) => (
          <li key={state}>
            <i class={`cell ${state}`} /> {w.state[state]}
          </li>
        ))}
      </ul>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a wide map scrolls by keyboard */}
      <div class="scroll-x" role="region" aria-label={w.map} tabIndex={0}>
        <table class="map">
          <thead>
            <tr>
              <th scope="col">{w.column.account}</th>
              {features.map((feature) => (
                <th key={feature.id} scope="col">
                  {feature.name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {data.accounts.map((account) => (
              <tr key={account.id}>
                <th scope="row">
                  <a href={href("accounts", account.id)}>{account.name}</a>
                </th>
                {features.map((feature) => {
                  const cell = cells.get(`${account.id}\n${feature.id}`);
                  if (!cell) return <td key={feature.id} />;
                  const label = w.cell(
                    account.name,
                    feature.name,
                    w.state[cell.state],
                    f.number(cell.people),
                    f.number(cell.of),
                  );
                  const shown = cell.state === "used" ? f.number(cell.people) : w.short[cell.state];
                  return (
                    <td key={feature.id}>
                      {cell.state === "not_entitled" ? (
                        <span class="cell not_entitled" title={label}>
                          <span aria-hidden="true">{w.short.not_entitled}</span>
                          <span class="sr-only">{w.state.not_entitled}</span>
                        </span>
                      ) : (
                        <a
                          class={`cell ${cell.state}`}
                          href={cellHref(account.id, feature.id, cell.state, route.query)}
                          title={label}
                          aria-label={`${shown}. ${label}`}
                        >
                          {shown}
                        </a>
                      )}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

interface PanelProps {
  account: string;
  feature: string;
  state: ZoneState;
  zones: Zones | null;
  onClose: () => void;
}

function ZonePanel({ account, feature, state, zones, onClose }: PanelProps) {
  const { t } = useSession();
  const w = t.zones;
  const named = <T extends { id: string; name: string }>(list: readonly T[] | undefined, id: string) =>
    list?.find((each) => each.id === id)?.name ?? id;
  const ranked = zones?.ranked.find((zone) => zone.account === account && zone.feature === feature);
  const of = { account, feature, state };
  return (
    <Panel
      subject={cellHref(account, feature, state, new URLSearchParams())}
      title={w.panel(
        named(zones?.features, feature),
        ranked?.account_name ?? named(zones?.accounts, account),
      )}
      over={<span class={`zone-mark ${state}`}>{w.state[state]}</span>}
      under={
        <p>
          <a href={href("accounts", account)}>{w.toAccount}</a>
        </p>
      }
      onClose={onClose}
    >
      {state === "used" && <People of={of} others title={w.others} />}
      <People of={of} title={w.peopleTitle[state]} />
      {(state === "falling" || state === "abandoned") && <People of={of} others title={w.rest} />}
    </Panel>
  );
}

interface PeopleProps {
  of: { account: string; feature: string; state: ZoneState };
  /** The active people whom the state is not about. */
  others?: boolean;
  title: (n: number, shown: string) => string;
}

function People({ of, others = false, title }: PeopleProps) {
  const { t, f, now, say } = useSession();
  const w = t.zones;
  const key = `zone:${of.account}:${of.feature}:${of.state}:${others}`;
  const page = (after: string, signal: AbortSignal) =>
    readZonePeople(of.account, of.feature, of.state, others, after, signal);
  const loaded = useLoad(`${key} `, (signal) => page("", signal));
  const [more, setMore] = useState<(ZonePeople & { of: string }) | null>(null);
  const extra = more?.of === key ? more : null;
  const next = extra ? extra.next : loaded.data?.next;
  const people = [...(loaded.data?.people ?? []), ...(extra?.people ?? [])];
  const total = loaded.data?.total ?? 0;
  const showMore = async () => {
    try {
      const found = await page(next ?? "", new AbortController().signal);
      setMore({ of: key, ...found, people: [...(extra?.people ?? []), ...found.people] });
    } catch {
      say({ text: t.error.title.load, bad: true });
    }
  };
  if (loaded.error && !loaded.data) return <Failed error={loaded.error} retry={loaded.reload} />;
  if (!loaded.data) return loaded.slow ? <Skeleton rows={6} /> : null;
  if (!people.length) return others ? null : <p class="muted">{w.nobody}</p>;
  return (
    <Section title={title(total, f.number(total))}>
      <ul class="rows">
        {people.map((person) => (
          <li key={person.user_id} class="person">
            <span class="who">
              <strong>{person.name ?? person.user_id}</strong>
              <span class="muted">
                {[
                  person.role,
                  person.last_active_at === null
                    ? w.neverSeen
                    : w.lastActive(f.ago(person.last_active_at, now())),
                  person.last_used_at === null ? "" : w.lastUsed(f.ago(person.last_used_at, now())),
                ]
                  .filter(Boolean)
                  .join(" · ")}
              </span>
            </span>
          </li>
        ))}
      </ul>
      {next && (
        <button type="button" class="button small" onClick={showMore}>
          {t.portfolio.more}
        </button>
      )}
    </Section>
  );
}
