/** Signed in or not, which page, which panel. */
import type { ComponentChildren } from "preact";
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { useAccounts } from "./accounts/page";
import { logout, onSignedOut, readMe, readTasks } from "./api";
import { useLoad } from "./load";
import { recall, remember } from "./memory";
import { Failed, Skeleton } from "./parts/states";
import { useReports } from "./reports/page";
import { href, type Route, useRoute } from "./router";
import {
  FORMATS,
  firstLang,
  firstTheme,
  type Notice,
  type Session,
  SessionProvider,
  type Theme,
  useSession,
  WORDS,
} from "./session";
import { SettingsPage } from "./settings/page";
import { Shell } from "./shell";
import { SignIn } from "./signin";
import { useTasks } from "./tasks/page";
import { useTips } from "./tips/page";
import { TodayPage } from "./today/page";
import type { Lang, Me } from "./types";
import { WhyPage } from "./why/page";
import { useZones } from "./zones/page";

const NOTICE_MS = 8_000;

export function App() {
  const [lang, setLang] = useState<Lang>(() => firstLang(recall("lang"), navigator.languages));
  const [theme, setTheme] = useState<Theme>(firstTheme);
  const [door, setDoor] = useState<"unknown" | "open" | "left" | "closed">("unknown");
  const [notice, setNotice] = useState<Notice | null>(null);
  const me = useLoad<Me | null>(`me ${lang} ${door}`, (signal) =>
    door === "closed" || door === "left" ? Promise.resolve(null) : readMe(lang, signal),
  );

  useEffect(() => onSignedOut(() => setDoor("closed")), []);
  useEffect(() => {
    document.documentElement.lang = lang;
  }, [lang]);
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  useEffect(() => {
    if (!notice || notice.bad) return;
    const timer = setTimeout(() => setNotice(null), NOTICE_MS);
    return () => clearTimeout(timer);
  }, [notice]);

  // The server's clock: what it said, moved on by the time since.
  const offset = useRef(0);
  const said = useRef<Me | null>(null);
  if (me.data && me.data !== said.current) {
    said.current = me.data;
    offset.current = me.data.now - Date.now();
  }
  const session = useMemo(
    (): Session => ({
      lang,
      setLang: (next) => {
        remember("lang", next);
        setLang(next);
      },
      theme,
      setTheme: (next) => {
        remember("theme", next);
        setTheme(next);
      },
      t: WORDS[lang],
      f: FORMATS[lang],
      me: me.data,
      now: () => Date.now() + offset.current,
      say: setNotice,
      signOut: () => {
        const leave = () => setDoor("left");
        logout().then(leave, leave);
      },
    }),
    [lang, theme, me.data],
  );

  let view: ComponentChildren = null;
  if (door === "closed" || door === "left")
    view = <SignIn thrownOut={door === "closed" && said.current !== null} onDone={() => setDoor("open")} />;
  else if (me.data) view = <Pages notice={notice} onNotice={setNotice} />;
  else if (me.error && me.error.kind !== "signed_out")
    view = (
      <main class="door">
        <Failed error={me.error} retry={me.reload} />
      </main>
    );
  else if (me.slow)
    view = (
      <main class="door wait">
        <Skeleton rows={6} />
      </main>
    );
  return <SessionProvider value={session}>{view}</SessionProvider>;
}

function Pages({ notice, onNotice }: { notice: Notice | null; onNotice: (notice: Notice | null) => void }) {
  const { t, lang, now } = useSession();
  const route = useRoute();
  const open = useLoad(`open ${lang}`, (signal) => readTasks("open", lang, signal));
  const count = open.data && {
    open: open.data.counts.open,
    overdue: open.data.tasks.filter((task) => task.due_at !== null && task.due_at < now()).length,
  };
  const changed = useCallback(() => open.reload(), [open.reload]);
  const Page =
    route.page === "tips"
      ? TipsPage
      : route.page === "tasks"
        ? TasksPage
        : route.page === "reports"
          ? ReportsPage
          : route.page === "accounts"
            ? AccountsPage
            : route.page === "zones"
              ? ZonesPage
              : null;
  if (route.page === "today")
    return (
      <Shell route={route} open={count} notice={notice} onNotice={onNotice} panel={null}>
        <TodayPage route={route} />
      </Shell>
    );
  if (route.page === "why")
    return (
      <Shell route={route} open={count} notice={notice} onNotice={onNotice} panel={null}>
        <WhyPage query={route.query} />
      </Shell>
    );
  if (route.page === "settings")
    return (
      <Shell route={route} open={count} notice={notice} onNotice={onNotice} panel={null}>
        <SettingsPage />
      </Shell>
    );
  if (Page)
    return <Page route={route} open={count} notice={notice} onNotice={onNotice} onChanged={changed} />;
  return (
    <Shell route={route} open={count} notice={notice} onNotice={onNotice} panel={null}>
      <header class="head">
        <h1>{t.error.page}</h1>
        <p class="question">{t.error.missing}</p>
      </header>
      <a class="button" href={href("tips")}>
        {t.error.pageNext}
      </a>
    </Shell>
  );
}

interface PageProps {
  route: Route;
  open: { open: number; overdue: number } | null;
  notice: Notice | null;
  onNotice: (notice: Notice | null) => void;
  onChanged: () => void;
}

function TipsPage(props: PageProps) {
  const { page, panel } = useTips(props.route);
  return (
    <Shell {...props} panel={panel}>
      {page}
    </Shell>
  );
}

function TasksPage(props: PageProps) {
  const { page, panel } = useTasks(props.route, props.onChanged);
  return (
    <Shell {...props} panel={panel}>
      {page}
    </Shell>
  );
}

function AccountsPage(props: PageProps) {
  const { page, panel } = useAccounts(props.route);
  return (
    <Shell {...props} panel={panel}>
      {page}
    </Shell>
  );
}

function ZonesPage(props: PageProps) {
  const { page, panel } = useZones(props.route);
  return (
    <Shell {...props} panel={panel}>
      {page}
    </Shell>
  );
}

function ReportsPage(props: PageProps) {
  const { page, panel } = useReports(props.route);
  return (
    <Shell {...props} panel={panel}>
      {page}
    </Shell>
  );
}
