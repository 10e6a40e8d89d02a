/** The API of accounts: one function a route. */
import { query, read, send } from "../api";
import type { Lang } from "../types";
import type {
  AccountDetail,
  Accounts,
  Members,
  Portfolio,
  Stage,
  Timeline,
  Today,
  ZonePeople,
  ZoneState,
  Zones,
} from "./types";

type Asked = Record<string, string | number | null>;

const path = (id: string, part = "") => `/v1/accounts/${encodeURIComponent(id)}${part}`;

export const readAccounts = (asked: Asked, lang: Lang, signal: AbortSignal) =>
  read<Accounts>(`/v1/accounts${query({ ...asked, lang })}`, signal);

export const readPortfolio = (owner: string, lang: Lang, signal: AbortSignal) =>
  read<Portfolio>(`/v1/portfolio${query({ owner, lang })}`, signal);

export const readAccount = (id: string, lang: Lang, signal: AbortSignal) =>
  read<AccountDetail>(`${path(id)}${query({ lang })}`, signal);

export const readMembers = (id: string, after: string, signal: AbortSignal) =>
  read<Members>(`${path(id, "/people")}${query({ after })}`, signal);

export const readTimeline = (id: string, before: string, lang: Lang, signal: AbortSignal) =>
  read<Timeline>(`${path(id, "/timeline")}${query({ before, lang })}`, signal);

export const addNote = (id: string, body: string, by: string): Promise<unknown> =>
  send(path(id, "/notes"), { body, by });

export const readZones = (asked: Asked, lang: Lang, signal: AbortSignal) =>
  read<Zones>(`/v1/zones${query({ ...asked, lang })}`, signal);

export const readZonePeople = (
  account: string,
  feature: string,
  state: ZoneState,
  others: boolean,
  after: string,
  signal: AbortSignal,
) =>
  read<ZonePeople>(
    `/v1/zones/people${query({ account, feature, state, others: others ? 1 : null, after })}`,
    signal,
  );

export const readJourney = (owner: string, lang: Lang, signal: AbortSignal) =>
  read<{ stages: Stage[] }>(`/v1/journey${query({ owner, lang })}`, signal);

export const readToday = (owner: string, lang: Lang, signal: AbortSignal) =>
  read<Today>(`/v1/today${query({ owner, lang })}`, signal);
