/** The frame around the pages: the rail, the notice line, the palette and the sheet of shortcuts. */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { keyOf, PALETTE_KEY, useKeys } from "./keys";
import { COVERING, useMedia } from "./media";
import { Icon, type IconName, Mark } from "./parts/icon";
import { Palette } from "./parts/palette";
import { Shortcuts } from "./parts/shortcuts";
import { go, href, type Page, type Route } from "./router";
import { type Notice, type Theme, useSession } from "./session";

const THEMES: Theme[] = ["auto", "light", "dark"];
const THEME_ICON: Record<Theme, IconName> = { auto: "system", light: "sun", dark: "moon" };
const SECOND_KEY_MS = 1_000;
const NEVER = Number.NEGATIVE_INFINITY;

interface Props {
  route: Route;
  /** Open tasks, and how many of them are overdue. */
  open: { open: number; overdue: number } | null;
  notice: Notice | null;
  onNotice: (notice: Notice | null) => void;
  panel: ComponentChildren;
  children: ComponentChildren;
}

export function Shell({ route, open, notice, onNotice, panel, children }: Props) {
  const session = useSession();
  const { t, f, me, lang, theme } = session;
  const [sheet, setSheet] = useState<"palette" | "shortcuts" | null>(null);
  const covered = useMedia(COVERING) && !!panel;
  const leader = useRef(NEVER);

  useLayoutEffect(() => {
    const palette = (event: KeyboardEvent) => {
      if ((event.metaKey || event.ctrlKey) && keyOf(event).toLowerCase() === "k") {
        event.preventDefault();
        setSheet((now) => (now === "palette" ? null : "palette"));
      }
    };
    document.addEventListener("keydown", palette);
    return () => document.removeEventListener("keydown", palette);
  }, []);
  const second = (page: Page) => (event: KeyboardEvent) => {
    if (event.timeStamp - leader.current > SECOND_KEY_MS) return;
    leader.current = NEVER;
    event.stopImmediatePropagation(); // the page below may know the same letter
    go(href(page));
  };
  useKeys({
    "?": () => setSheet("shortcuts"),
    g: (event) => {
      leader.current = event.timeStamp;
    },
    t: second("today"),
    c: second("accounts"),
    l: second("zones"),
    i: second("tips"),
    a: second("tasks"),
    r: second("reports"),
    w: second("why"),
    s: second("settings"),
    z: () => {
      notice?.undo?.();
    },
  });

  const ahead = me ? session.now() - Date.now() : 0;
  const place = (page: Page, label: string, keys: string) => (
    <li>
      <a
        href={href(page)}
        aria-current={route.page === page ? "page" : undefined}
        title={`${label} (${keys})`}
        onClick={() => onNotice(null)}
      >
        <Icon name={page} />
        <span class="name">{label}</span>
        {page === "tasks" && open && open.open > 0 && (
          <span class={open.overdue ? "badge hot" : "badge"}>
            {f.number(open.open)}
            <span class="sr-only">
              {` ${t.nav.open}`}
              {open.overdue > 0 && `, ${t.nav.overdue(f.number(open.overdue))}`}
            </span>
          </span>
        )}
      </a>
    </li>
  );
  const tool = (icon: IconName, label: string, act: () => void, key = "") => (
    <button type="button" class="tool" title={key ? `${label} (${key})` : label} onClick={act}>
      <Icon name={icon} />
      <span class="name">{label}</span>
      {key && <kbd>{key}</kbd>}
    </button>
  );
  const nextTheme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "auto";

  return (
    <div class={panel ? "shell with-panel" : "shell"}>
      <a class="skip" href="#content">
        {t.nav.skip}
      </a>
      <header class="rail" inert={covered}>
        <a class="wordmark" href={href("tips")} aria-label="Waypost">
          <Mark />
          <span class="name">Waypost</span>
        </a>
        {me?.project && (
          <p class="project" title={me.project}>
            {me.project}
          </p>
        )}
        <nav aria-label={t.nav.pages}>
          <ul>
            {place("today", t.nav.today, "g t")}
            {place("accounts", t.nav.accounts, "g c")}
            {place("zones", t.nav.zones, "g l")}
            {place("tasks", t.nav.tasks, "g a")}
            {place("tips", t.nav.tips, "g i")}
            {place("reports", t.nav.reports, "g r")}
            {place("why", t.nav.why, "g w")}
            {place("settings", t.ways.title, "g s")}
          </ul>
        </nav>
        <div class="tools">
          {tool("search", t.settings.palette, () => setSheet("palette"), PALETTE_KEY)}
          {tool("keys", t.settings.shortcuts, () => setSheet("shortcuts"), "?")}
          {tool(THEME_ICON[theme], `${t.settings.theme}: ${t.settings[theme]}`, () =>
            session.setTheme(nextTheme),
          )}
          {tool("globe", `${t.settings.language}: ${t.language}`, () =>
            session.setLang(lang === "en" ? "ru" : "en"),
          )}
          {tool("out", t.settings.signOut, session.signOut)}
        </div>
      </header>
      <main id="content" tabIndex={-1} inert={covered}>
        {me?.demo && Math.abs(ahead) > 60_000 && (
          <p class="clock-note">
            <Icon name="clock" /> {t.clock(f.moment(session.now(), Date.now()), f.span(Math.abs(ahead)))}
          </p>
        )}
        {children}
      </main>
      {panel}
      <div class="notice-place" role="status" aria-live="polite">
        {notice && !notice.bad && <NoticeLine notice={notice} onClose={() => onNotice(null)} />}
      </div>
      <div class="notice-place" role="alert">
        {notice?.bad && <NoticeLine notice={notice} onClose={() => onNotice(null)} />}
      </div>
      {sheet === "palette" && <Palette onClose={() => setSheet(null)} />}
      {sheet === "shortcuts" && <Shortcuts onClose={() => setSheet(null)} />}
    </div>
  );
}

function NoticeLine({ notice, onClose }: { notice: Notice; onClose: () => void }) {
  const { t } = useSession();
  return (
    <div class={notice.bad ? "notice bad" : "notice"}>
      {notice.bad && <Icon name="warning" />}
      <span>{notice.text}</span>
      {notice.undo && (
        <button type="button" class="quiet" aria-keyshortcuts="z" onClick={notice.undo}>
          {t.common.undo} <kbd>z</kbd>
        </button>
      )}
      <button type="button" class="quiet" aria-label={t.common.close} onClick={onClose}>
        <Icon name="close" />
      </button>
    </div>
  );
}
