/** The management API: one function a route, one error with a kind that the words know. */
import type { ReportPeople, Reports, SurveyDetail, Surveys } from "./reports/types";
import type { Endpoint, Letter, Tested } from "./settings/types";
import type {
  Checklists,
  Days,
  Effect,
  Explained,
  Found,
  Health,
  Lang,
  Me,
  Move,
  Pause,
  People,
  TaskState,
  Tasks,
  Times,
  TipDetail,
  Tips,
  Trial,
  Version,
  Versions,
  WholeTask,
} from "./types";

export type Kind = "unreachable" | "server" | "throttled" | "missing" | "refused" | "signed_out";

export class ApiError extends Error {
  constructor(
    readonly kind: Kind,
    readonly detail = "",
    /** Seconds, when the server said so. */
    readonly retryAfter = 0,
    /** The stable name of what is wrong. */
    readonly code = "",
  ) {
    super(detail || kind);
  }
}

const watchers = new Set<() => void>();

/** Calls back when any request finds that nobody is signed in. Returns how to stop. */
export function onSignedOut(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => void watchers.delete(watcher);
}

const KINDS: Record<number, Kind> = { 401: "signed_out", 404: "missing", 429: "throttled" };

async function failure(response: Response): Promise<ApiError> {
  const kind = KINDS[response.status] ?? (response.status >= 500 ? "server" : "refused");
  let detail = "";
  let code = "";
  try {
    const said = (await response.json()) as { detail?: unknown; code?: unknown };
    detail = String(said.detail ?? "");
    code = String(said.code ?? "");
  } catch {
    // not one of our answers: the status says enough
  }
  return new ApiError(kind, detail, Number(response.headers.get("retry-after")) || 0, code);
}

async function call(path: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(`/api${path}`, init);
  } catch (cause) {
    if (init.signal?.aborted) throw cause;
    throw new ApiError("unreachable");
  }
  if (response.ok) return response;
  const error = await failure(response);
  if (error.kind === "signed_out" && path !== "/login") for (const watcher of watchers) watcher();
  throw error;
}

export const read = async <T>(path: string, signal: AbortSignal): Promise<T> =>
  (await (await call(path, { signal })).json()) as T;

export const send = (path: string, body: unknown = {}): Promise<Response> =>
  call(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

export const query = (values: Record<string, string | number | null | undefined>): string => {
  const found = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value) found.set(name, String(value));
  return `?${found}`;
};

export const login = (password: string): Promise<unknown> => send("/login", { password });
export const logout = (): Promise<unknown> => send("/logout");
export const readMe = (lang: Lang, signal: AbortSignal) => read<Me>(`/me${query({ lang })}`, signal);
export const readTips = (lang: Lang, signal: AbortSignal) => read<Tips>(`/tips${query({ lang })}`, signal);

export const readTip = (id: string, lang: Lang, signal: AbortSignal) =>
  read<TipDetail>(`/tips/${encodeURIComponent(id)}${query({ lang })}`, signal);

export const readEffect = (id: string, lang: Lang, signal: AbortSignal) =>
  read<Effect>(`/tips/${encodeURIComponent(id)}/effect${query({ lang })}`, signal);

export const readVersions = (id: string, pair: [number, number] | null, signal: AbortSignal) =>
  read<Versions>(
    `/tips/${encodeURIComponent(id)}/versions${query({ from: pair?.[0], to: pair?.[1] })}`,
    signal,
  );

export const rollBack = (id: string, to: number, message: string, by?: string): Promise<unknown> =>
  send(`/tips/${encodeURIComponent(id)}/rollback`, { to, message, by });

export const publishTip = (id: string, document: unknown, message: string, by?: string): Promise<unknown> =>
  send(`/tips/${encodeURIComponent(id)}/publish`, { document, message, by });

export const changeState = async (id: string, state: Move, by?: string): Promise<{ version: Version }> =>
  (await (await send(`/tips/${encodeURIComponent(id)}/state`, { state, by })).json()) as { version: Version };

export const readPeople = (id: string, outcome: string, days: Days, after: string, signal: AbortSignal) =>
  read<People>(`/tips/${encodeURIComponent(id)}/people${query({ outcome, days, after })}`, signal);

export const readExplain = (user: string, tip: string, at: number | null, lang: Lang, signal: AbortSignal) =>
  read<Explained>(`/v1/explain${query({ user, tip, at, lang })}`, signal);

export const readFound = (q: string, signal: AbortSignal) => read<Found>(`/people${query({ q })}`, signal);

export const beginTrial = async (tip: unknown, since: string): Promise<Trial> =>
  (await (await send("/backtests", { tip, since })).json()) as Trial;
export const readTrial = (id: number, lang: Lang, signal: AbortSignal) =>
  read<Trial>(`/backtests/${id}${query({ lang })}`, signal);
export const stopTrial = (id: number): Promise<unknown> => send(`/backtests/${id}/stop`);

export const readReports = (lang: Lang, signal: AbortSignal) =>
  read<Reports>(`/reports${query({ lang })}`, signal);

export const readReportPeople = (
  name: string,
  of: string,
  number: string,
  after: string,
  signal: AbortSignal,
) => read<ReportPeople>(`/reports/${encodeURIComponent(name)}/people${query({ of, number, after })}`, signal);

export const readSurveys = (signal: AbortSignal) => read<Surveys>("/v1/surveys", signal);

export const readSurvey = (id: string, before: number | null, signal: AbortSignal) =>
  read<SurveyDetail>(`/v1/surveys/${encodeURIComponent(id)}${query({ before })}`, signal);

const tasksAfter = (state: TaskState, lang: Lang, after: string | null, signal: AbortSignal) =>
  read<Tasks>(`/v1/tasks${query({ state, lang, after })}`, signal);

/** The first `pages` of the inbox, each of two hundred. */
export async function readTasks(
  state: TaskState,
  lang: Lang,
  signal: AbortSignal,
  pages = 1,
): Promise<Tasks> {
  let found = await tasksAfter(state, lang, null, signal);
  for (let page = 1; page < pages && found.next; page++) {
    const more = await tasksAfter(state, lang, found.next, signal);
    found = { ...more, tasks: [...found.tasks, ...more.tasks] };
  }
  return found;
}

export const readTimes = (signal: AbortSignal) => read<Times>("/v1/tasks/times", signal);

export const readTask = (id: string, lang: Lang, signal: AbortSignal) =>
  read<WholeTask>(`/v1/tasks/${encodeURIComponent(id)}${query({ lang })}`, signal);

const act = (id: number, what: string, body: unknown): Promise<unknown> =>
  send(`/v1/tasks/${id}/${what}`, body);

export const finishTask = (id: number, code: string, outcome: string, by: string) =>
  act(id, "done", { code, outcome, by });
export const snoozeTask = (id: number, until: number, by: string) => act(id, "snooze", { until, by });
export const reopenTask = (id: number) => act(id, "reopen", {});
export const takeTask = (id: number, by: string, until: number | null) =>
  act(id, "take", { by, ...(until !== null && { pause: { until_at: until } }) });
export const assignTask = (id: number, owner: string, by: string) => act(id, "assign", { owner, by });
export const setTaskDue = (id: number, due: number | null, by: string) => act(id, "due", { due_at: due, by });
export const noteTask = (id: number, body: string, by: string) => act(id, "notes", { body, by });

export const readChecklists = (account: string, lang: Lang, signal: AbortSignal) =>
  read<Checklists>(`/v1/checklists${query({ account, lang })}`, signal);
export const beginChecklist = (template: string, account: string, by: string): Promise<unknown> =>
  send("/v1/checklists", { template, account, by });
export const tickItem = (id: number, item: string, done: boolean, by: string): Promise<unknown> =>
  send(`/v1/checklists/${id}/items/${encodeURIComponent(item)}`, { done, by });

/** Null where accounts have no health. */
export async function readHealth(account: string, lang: Lang, signal: AbortSignal): Promise<Health | null> {
  try {
    const path = `/v1/accounts/${encodeURIComponent(account)}${query({ lang })}`;
    return (await read<{ health_detail?: Health }>(path, signal)).health_detail ?? null;
  } catch (cause) {
    if (cause instanceof ApiError && cause.kind === "missing") return null;
    throw cause;
  }
}

export const beginPause = async (
  wanted: Pick<Pause, "subject" | "until_at" | "until_event" | "allow" | "reason" | "author">,
): Promise<Pause> => (await (await send("/pauses", wanted)).json()) as Pause;
export const endPause = (id: number): Promise<unknown> => send(`/pauses/${id}/end`);
export const readWebhooks = (signal: AbortSignal) => read<{ webhooks: Endpoint[] }>("/v1/webhooks", signal);
export const readDeadLetters = (signal: AbortSignal) =>
  read<{ messages: Letter[] }>(`/v1/webhooks/messages${query({ state: "dead" })}`, signal);
export const addWebhook = async (url: string): Promise<{ secret: string }> =>
  (await (await send("/v1/webhooks", { url })).json()) as { secret: string };
export const testWebhook = async (id: number): Promise<Tested> =>
  (await (await send(`/v1/webhooks/${id}/test`)).json()) as Tested;
export const replayWebhook = async (id: number): Promise<{ replayed: number }> =>
  (await (await send(`/v1/webhooks/${id}/replay`)).json()) as { replayed: number };
export const removeWebhook = (id: number): Promise<unknown> => send(`/v1/webhooks/${id}/delete`);
export const replayLetter = (id: number): Promise<unknown> => send(`/v1/webhooks/messages/${id}/replay`);
