/** One account: overview, people, timeline, notes; each part has its address. */
import { useKeys } from "../keys";
import { useLoad } from "../load";
import { Panel } from "../parts/panel";
import { Empty, Failed, Skeleton, Stale } from "../parts/states";
import { go, href } from "../router";
import { useSession } from "../session";
import { readAccount } from "./api";
import { Members } from "./members";
import { Notes } from "./notes";
import { Overview } from "./overview";
import { TimelineTab } from "./timeline";

const TABS = ["overview", "people", "timeline", "notes"] as const;

interface Props {
  id: string;
  tab: string;
  query: URLSearchParams;
  onClose: () => void;
  onChanged: () => void;
}

export function AccountPanel({ id, tab, query, onClose, onChanged }: Props) {
  const { t, f, lang } = useSession();
  const loaded = useLoad(`account:${id} ${lang}`, (signal) => readAccount(id, lang, signal));
  const at = TABS.find((each) => each === tab) ?? "overview";
  const to = (each: string) => href("accounts", id, each === "overview" ? "" : each, query);
  useKeys(Object.fromEntries(TABS.map((each, index) => [String(index + 1), () => go(to(each), "replace")])));
  const account = loaded.data;
  const missing = loaded.error?.kind === "missing";
  const about = account && [account.stage_name, account.plan, account.owner].filter(Boolean).join(" · ");
  return (
    <Panel
      subject={id}
      title={account?.name ?? (missing ? t.account.missing : id)}
      over={about && <span class="muted">{about}</span>}
      under={
        account && (
          <nav class="tabs" aria-label={account.name}>
            {TABS.map((each, index) => (
              <a
                key={each}
                href={to(each)}
                aria-current={at === each ? "page" : undefined}
                aria-keyshortcuts={String(index + 1)}
              >
                {t.account.tabs[each]}
                {each === "people" && ` ${f.number(account.people_count)}`}
                {each === "notes" && account.notes.length > 0 && ` ${f.number(account.notes.length)}`}
              </a>
            ))}
          </nav>
        )
      }
      onClose={onClose}
    >
      <Stale loaded={loaded} />
      {missing && !account && <Empty title={t.account.missing} why={t.account.missingWhy} />}
      {loaded.error && !missing && !account && <Failed error={loaded.error} retry={loaded.reload} />}
      {loaded.slow && <Skeleton rows={8} />}
      {account && at === "overview" && <Overview account={account} />}
      {account && at === "people" && <Members account={account} />}
      {account && at === "timeline" && <TimelineTab id={id} />}
      {account && at === "notes" && (
        <Notes
          account={account}
          onAdded={() => {
            loaded.reload();
            onChanged();
          }}
        />
      )}
    </Panel>
  );
}
