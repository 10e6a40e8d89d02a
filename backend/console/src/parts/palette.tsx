/** ⌘K: type a few letters of a page, tip, task or setting, enter goes there. */
import { useId, useMemo, useState } from "preact/hooks";
import { readTasks, readTips } from "../api";
import { useLoad } from "../load";
import { go, href } from "../router";
import { useSession } from "../session";
import { Dialog } from "./dialog";

export interface Entry {
  kind: string;
  label: string;
  also: string;
  act: () => void;
}

const SHOWN = 9;

/** Entries with every typed word in them; those that begin with the text come first. */
export function matching<T extends { label: string; also: string }>(
  entries: readonly T[],
  typed: string,
): T[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const found = entries.filter((entry) => {
    const text = `${entry.label} ${entry.also}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const first = words[0] ?? "";
  const rank = (entry: T) => (entry.label.toLowerCase().startsWith(first) ? 0 : 1);
  return found.sort((a, b) => rank(a) - rank(b)).slice(0, SHOWN);
}

export function Palette({ onClose }: { onClose: () => void }) {
  const session = useSession();
  const { t, lang } = session;
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const list = useId();
  const tips = useLoad(`palette-tips ${lang}`, (signal) => readTips(lang, signal));
  const tasks = useLoad(`palette-tasks ${lang}`, (signal) => readTasks("open", lang, signal));

  const entries = useMemo((): Entry[] => {
    const page = (to: string, label: string) => ({
      kind: t.palette.page,
      label,
      also: "",
      act: () => go(to),
    });
    const setting = (label: string, act: () => void) => ({ kind: t.palette.setting, label, also: "", act });
    return [
      page(href("today"), t.today.title),
      page(href("accounts"), t.portfolio.title),
      page(href("zones"), t.zones.title),
      page(href("tips"), t.tips.title),
      page(href("tasks"), t.tasks.title),
      page(href("reports"), t.reports.title),
      page(href("why"), t.whyPage.title),
      page(href("settings"), t.ways.title),
      ...(tips.data?.tips ?? []).map((tip) => ({
        kind: t.palette.tip,
        label: tip.name,
        also: tip.id,
        act: () => go(href("tips", tip.id)),
      })),
      ...(tasks.data?.tasks ?? []).map((task) => ({
        kind: t.palette.task,
        label: task.account_name ?? task.account ?? task.subject,
        also: task.title,
        act: () => go(href("tasks", String(task.id))),
      })),
      setting(`${t.settings.theme}: ${t.settings.light}`, () => session.setTheme("light")),
      setting(`${t.settings.theme}: ${t.settings.dark}`, () => session.setTheme("dark")),
      setting(`${t.settings.theme}: ${t.settings.auto}`, () => session.setTheme("auto")),
      setting("Language: English", () => session.setLang("en")),
      setting("Язык: русский", () => session.setLang("ru")),
      setting(t.settings.signOut, session.signOut),
    ];
  }, [t, tips.data, tasks.data, session]);
  const found = matching(entries, typed);
  const chosen = Math.min(at, found.length - 1);

  const run = (entry: Entry | undefined) => {
    if (!entry) return;
    onClose();
    entry.act();
  };
  const press = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step) setAt((chosen + step + found.length) % Math.max(1, found.length));
    else if (event.key === "Enter") run(found[chosen]);
    else return;
    event.preventDefault();
  };

  return (
    <Dialog class="palette" label={t.palette.title} onClose={onClose}>
      <input
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls={list}
        aria-activedescendant={found.length ? `${list}-${chosen}` : undefined}
        aria-label={t.palette.title}
        placeholder={t.palette.placeholder}
        value={typed}
        spellcheck={false}
        onInput={(event) => {
          setTyped(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={press}
      />
      <ul id={list} role="listbox" aria-label={t.palette.title}>
        {found.map((entry, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox above has the keys
          <li
            key={`${entry.kind}${entry.label}${entry.also}`}
            id={`${list}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            onClick={() => run(entry)}
          >
            <span class="label">{entry.label}</span>
            <span class="also">{entry.also}</span>
            <span class="kind">{entry.kind}</span>
          </li>
        ))}
      </ul>
      {found.length === 0 && (
        <p class="muted" role="status">
          {t.palette.none}
        </p>
      )}
    </Dialog>
  );
}
