/** The three states beside "here it is": waiting, nothing, and failed. */
import type { ComponentChildren } from "preact";
import type { ApiError } from "../api";
import type { Loaded } from "../load";
import { useSession } from "../session";
import { Icon } from "./icon";

/** The layout that is coming, in grey. */
export function Skeleton({ rows, height = 36 }: { rows: number; height?: number }) {
  const { t } = useSession();
  return (
    <div class="skeleton" role="status">
      <span class="sr-only">{t.common.loading}</span>
      {Array.from({ length: rows }, (_, row) => (
        <i key={row} style={{ height: `${height}px` }}>
          <b style={{ width: `${34 - ((row * 7) % 15)}%` }} />
          <b style={{ width: `${18 + ((row * 5) % 9)}%` }} />
        </i>
      ))}
    </div>
  );
}

/** "printed by `waypost serve`" → the quoted parts as code. */
export function Said({ text }: { text: string }) {
  return <>{text.split("`").map((part, index) => (index % 2 ? <code key={index}>{part}</code> : part))}</>;
}

/** What will stand here, why it is empty, and the one thing to do. */
export function Empty(props: { title: string; why: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <h2>{props.title}</h2>
      {props.why && (
        <p>
          <Said text={props.why} />
        </p>
      )}
      {props.children}
    </div>
  );
}

/** What happened, what was kept, what to do next. */
export function Failed({ error, retry }: { error: ApiError; retry: () => void }) {
  const { t } = useSession();
  const happened = error.kind in t.error ? t.error[error.kind as "server"] : t.error.server;
  return (
    <div class="failed" role="alert">
      <h2>{t.error.title.load}</h2>
      <p>{happened}</p>
      {error.detail && <p class="muted">{error.detail}</p>}
      <p class="muted">{t.error.kept}</p>
      <button type="button" class="button" onClick={retry}>
        {t.error.retry}
      </button>
    </div>
  );
}

/** What is shown could not be read again: say so, keep it. */
export function Stale({ loaded }: { loaded: Pick<Loaded<unknown>, "stale" | "reload"> }) {
  const { t } = useSession();
  if (!loaded.stale) return null;
  return (
    <p class="stale" role="status">
      <Icon name="warning" /> <span>{t.error.stale}</span>
      <button type="button" class="button small" onClick={loaded.reload}>
        {t.error.retry}
      </button>
    </p>
  );
}
