/** What happened at an account, day by day, the latest first. */
import { useState } from "preact/hooks";
import { useLoad } from "../load";
import { Icon, type IconName } from "../parts/icon";
import { Failed, Skeleton } from "../parts/states";
import { useSession } from "../session";
import { readTimeline } from "./api";
import type { Timeline } from "./types";

const ICONS: Record<string, IconName> = {
  event: "hotspot",
  tip: "tips",
  task: "tasks",
  note: "inline",
  stage: "right",
  health: "chart",
  pause: "pause",
  survey: "reports",
  ticket: "warning",
};

export function TimelineTab({ id }: { id: string }) {
  const { t, f, lang, now, say } = useSession();
  const loaded = useLoad(`timeline:${id} ${lang}`, (signal) => readTimeline(id, "", lang, signal));
  const key = `${id} ${lang}`;
  const [more, setMore] = useState<(Timeline & { of: string }) | null>(null);
  const extra = more?.of === key ? more : null;
  const next = extra ? extra.next : loaded.data?.next;
  const days = [...(loaded.data?.days ?? []), ...(extra?.days ?? [])];
  const showMore = async () => {
    try {
      const page = await readTimeline(id, next ?? "", lang, new AbortController().signal);
      setMore({ of: key, days: [...(extra?.days ?? []), ...page.days], next: page.next });
    } catch {
      say({ text: t.error.title.load, bad: true });
    }
  };
  if (loaded.error && !loaded.data) return <Failed error={loaded.error} retry={loaded.reload} />;
  if (!loaded.data) return loaded.slow ? <Skeleton rows={8} /> : null;
  if (!days.length) return <p class="muted">{t.account.nothingHappened}</p>;
  return (
    <>
      {days.map(({ day, items }) => (
        <section key={day} class="section">
          <h3>{f.date(Date.parse(`${day}T12:00:00`), now())}</h3>
          <ul class="timeline">
            {items.map((item, index) => (
              <li key={`${item.at}-${index}`} class={item.kind}>
                <Icon name={ICONS[item.kind] ?? "hotspot"} size={13} />
                <span>{item.words}</span>
              </li>
            ))}
          </ul>
        </section>
      ))}
      {next && (
        <button type="button" class="button small" onClick={showMore}>
          {t.account.earlier}
        </button>
      )}
    </>
  );
}
