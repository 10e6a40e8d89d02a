/** Reading from the API: nothing for 300 ms, then a skeleton; old data stays while it is read again.
 *
 * A page in sight is read again every minute, and when the reader comes back to it.
 */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "./api";

export interface Loaded<T> {
  data: T | null;
  error: ApiError | null;
  /** Still waiting for the first data, for more than 300 ms. */
  slow: boolean;
  reload: () => void;
  /** Reading again failed: what is shown may be old. */
  stale: boolean;
  /** Changes the data in place, for optimistic updates. */
  change: (how: (data: T) => T) => void;
}

const PATIENCE_MS = 300;
const REFRESH_MS = 60_000;

/** Reads when `key` changes. Data of another `owner` (the part of the key before a space) is never shown. */
export function useLoad<T>(key: string, read: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [state, set] = useState<{ owner: string; data: T | null; error: ApiError | null }>({
    owner: "",
    data: null,
    error: null,
  });
  const [slow, setSlow] = useState(false);
  const [turn, setTurn] = useState(0);
  const latest = useRef(read);
  latest.current = read;
  const owner = key.split(" ", 1)[0] ?? "";

  useEffect(() => {
    const abort = new AbortController();
    const timer = setTimeout(() => setSlow(true), PATIENCE_MS);
    const settle = (data: T | null, error: ApiError | null) => {
      if (abort.signal.aborted) return;
      clearTimeout(timer);
      setSlow(false);
      set((old) => ({ owner, data: data ?? (old.owner === owner ? old.data : null), error }));
    };
    latest.current(abort.signal).then(
      (data) => settle(data, null),
      (cause: unknown) =>
        settle(null, cause instanceof ApiError ? cause : new ApiError("server", String(cause))),
    );
    return () => {
      abort.abort();
      clearTimeout(timer);
      setSlow(false);
    };
  }, [key, turn]);
  const reload = useCallback(() => setTurn((n) => n + 1), []);
  useEffect(() => {
    const again = () => {
      if (!document.hidden) reload();
    };
    const timer = setInterval(again, REFRESH_MS);
    document.addEventListener("visibilitychange", again);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", again);
    };
  }, [reload]);

  const mine = state.owner === owner;
  return {
    data: mine ? state.data : null,
    error: mine ? state.error : null,
    slow: slow && !(mine && state.data),
    reload,
    stale: mine && state.data !== null && state.error !== null,
    change: useCallback(
      (how) => set((old) => (old.data === null ? old : { ...old, data: how(old.data) })),
      [],
    ),
  };
}
