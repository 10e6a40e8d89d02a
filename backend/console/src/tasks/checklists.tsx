/** The checklists of an account: tick what is done, begin another. */
import { beginChecklist, readChecklists, tickItem } from "../api";
import { useLoad } from "../load";
import { Section } from "../parts/panel";
import { useSession } from "../session";
import type { Checklist } from "../types";
import { whoActs } from "./forms";

export function AccountChecklists({ account }: { account: string }) {
  const { t, f, lang, say } = useSession();
  const { data, reload } = useLoad(`checklists:${account} ${lang}`, (signal) =>
    readChecklists(account, lang, signal),
  );
  if (!data || !(data.checklists.length || data.templates.length)) return null;
  const change = async (how: () => Promise<unknown>, done = "") => {
    try {
      await how();
      if (done) say({ text: done });
    } catch {
      say({ text: t.desk.notSaved, bad: true });
    }
    reload();
  };
  const begin = (id: string) => {
    const name = data.templates.find((each) => each.id === id)?.name ?? id;
    change(() => beginChecklist(id, account, whoActs()), t.desk.didBegin(name));
  };
  return (
    <Section title={t.desk.checklists}>
      {data.checklists.map((one) => (
        <details key={one.id} class="checklist" open={one.done_at === null}>
          <summary>
            {one.name}{" "}
            <span class="muted">{t.desk.progress(f.number(one.done), f.number(one.items.length))}</span>
          </summary>
          <Items list={one} onTick={(item, done) => change(() => tickItem(one.id, item, done, whoActs()))} />
        </details>
      ))}
      {data.templates.length > 0 && (
        <p class="chips">
          <span class="muted">{t.desk.begin}:</span>
          {data.templates.map((each) => (
            <button key={each.id} type="button" onClick={() => begin(each.id)}>
              {each.name}
            </button>
          ))}
        </p>
      )}
    </Section>
  );
}

function Items({ list, onTick }: { list: Checklist; onTick: (item: string, done: boolean) => void }) {
  const { t, f, now } = useSession();
  return (
    <ul>
      {list.items.map((item) => {
        const late = item.done_at === null && item.due_at !== null && item.due_at < now();
        const when =
          item.done_at !== null
            ? t.desk.ticked(item.done_by, f.date(item.done_at, now()))
            : item.due_at !== null && t.desk.by(f.date(item.due_at, now()));
        return (
          <li key={item.id}>
            <label>
              <input
                type="checkbox"
                checked={item.done_at !== null}
                onChange={(event) => onTick(item.id, event.currentTarget.checked)}
              />
              <span>
                {item.text} {when && <span class={late ? "hot" : "muted"}>{when}</span>}
              </span>
            </label>
          </li>
        );
      })}
    </ul>
  );
}
