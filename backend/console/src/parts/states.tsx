/** The three states beside "here it is": waiting, nothing, and failed. */
import type { ComponentChildren } from "preact";
import type { ApiError } from "../api";
import { useSession } from "../session";

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

/** What will stand here, why it is empty, and the one thing to do. */
export function Empty({
  title,
  why,
  children,
}: {
  title: string;
  why: string;
  children?: ComponentChildren;
}) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      <p>{why}</p>
      {children}
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
      <p>
        {happened} {error.detail}
      </p>
      <p class="muted">{t.error.kept}</p>
      <button type="button" class="button" onClick={retry}>
        {t.error.retry}
      </button>
    </div>
  );
}
