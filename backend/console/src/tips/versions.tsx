/** The life of a tip: its state and where it can go, its versions, what changed between two, and the way back. */
import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { ApiError, changeState, readVersions, rollBack } from "../api";
import { type Loaded, useLoad } from "../load";
import { recall, remember } from "../memory";
import { Icon } from "../parts/icon";
import { Section } from "../parts/panel";
import { Failed, Skeleton, Stale } from "../parts/states";
import { useSession } from "../session";
import type { Change, Move, TipDetail, Version, Versions } from "../types";

interface Props {
  tip: TipDetail;
  onChanged: () => void;
}

/** Promote, pause, resume, retire. Each is a new version, so undo is a rollback. */
export function States({ tip, onChanged }: Props) {
  const { t, say } = useSession();
  const by = recall("name") || undefined;
  const label = (to: Move) => (tip.state === "paused" && to === "live" ? t.life.resume : t.life.move[to]);
  const change = async (to: Move) => {
    try {
      const made = await changeState(tip.id, to, by);
      const undo = async () => {
        await rollBack(tip.id, made.version.version - 1, t.life.undone, by);
        onChanged();
      };
      say({ text: t.life.moved(tip.name, t.tips.state[to]), undo });
    } catch (cause) {
      const detail = cause instanceof ApiError ? cause.detail : "";
      say({ text: `${t.life.failed(tip.name)} ${detail}`.trim(), bad: true });
    }
    onChanged();
  };
  if (!tip.moves.length) return <p class="muted">{t.life.over}</p>;
  return (
    <>
      {tip.state !== "live" && t.life.about[tip.state] && <p class="muted">{t.life.about[tip.state]}</p>}
      <p class="chips">
        {tip.moves.map((to) => (
          <button key={to} type="button" title={t.life.about[to]} onClick={() => change(to)}>
            {label(to)}
          </button>
        ))}
      </p>
    </>
  );
}

export function VersionsTab({ tip, onChanged }: Props) {
  const { t } = useSession();
  const [pair, setPair] = useState<[number, number] | null>(null);
  const key = pair ? pair.join("-") : `newest-${tip.version}`;
  const loaded = useLoad(`versions:${tip.id} ${key}`, (signal) => readVersions(tip.id, pair, signal));
  const changed = () => {
    setPair(null);
    loaded.reload();
    onChanged();
  };
  return (
    <>
      <Stale loaded={loaded} />
      <Section title={t.life.title}>
        <States tip={tip} onChanged={changed} />
      </Section>
      {loaded.error && !loaded.data && <Failed error={loaded.error} retry={loaded.reload} />}
      {!loaded.data && loaded.slow && <Skeleton rows={4} height={40} />}
      {loaded.data && (
        <Shown tip={tip} loaded={loaded} data={loaded.data} choose={setPair} onChanged={changed} />
      )}
    </>
  );
}

interface ShownProps extends Props {
  loaded: Loaded<Versions>;
  data: Versions;
  choose: (pair: [number, number]) => void;
}

function Shown({ tip, data, choose, onChanged }: ShownProps) {
  const { t } = useSession();
  const [newest] = data.versions;
  return (
    <>
      {data.differs && (
        <div class="pause-strip">
          <Icon name="warning" />
          <p>{t.life.differs}</p>
        </div>
      )}
      <Section title={t.tip.versions}>
        <ol class="lines versions">
          {data.versions.map((version) => (
            <Row key={version.version} version={version} />
          ))}
        </ol>
      </Section>
      {data.versions.length > 1 && (
        <Section title={t.life.changed}>
          <p class="between">
            <Pick
              label={t.life.from}
              data={data}
              value={data.from}
              onPick={(from) => choose([from, data.to])}
            />
            <span aria-hidden="true">→</span>
            <Pick label={t.life.to} data={data} value={data.to} onPick={(to) => choose([data.from, to])} />
          </p>
          <Changes list={data.changes} />
        </Section>
      )}
      {newest && data.versions.length > 1 && (
        <WayBack key={newest.version} tip={tip} data={data} onChanged={onChanged} />
      )}
    </>
  );
}

function Row({ version }: { version: Version }) {
  const { t, f, now } = useSession();
  const when = version.live_until
    ? t.tip.until(f.moment(version.live_from, now()), f.moment(version.live_until, now()))
    : t.life.since(f.moment(version.live_from, now()));
  const who = version.author === "folder" ? t.life.folder : version.author;
  return (
    <li>
      <span>
        <strong>{t.tip.version(version.version)}</strong> · {who}
        {version.message && <span class="words">{version.message}</span>}
        <span class="muted words">{when}</span>
      </span>
      <span class={`state ${version.live_until ? "" : version.state}`}>{t.tips.state[version.state]}</span>
    </li>
  );
}

interface PickProps {
  label: string;
  data: Versions;
  value: number;
  onPick: (version: number) => void;
}

function Pick({ label, data, value, onPick }: PickProps) {
  const { t } = useSession();
  return (
    <label class="pick">
      <span class="sr-only">{label}</span>
      <select value={String(value)} onChange={(event) => onPick(Number(event.currentTarget.value))}>
        {data.versions.map(({ version }) => (
          <option key={version} value={String(version)}>
            {t.tip.version(version)}
          </option>
        ))}
      </select>
    </label>
  );
}

function Changes({ list }: { list: Change[] }) {
  const { t } = useSession();
  if (!list.length) return <p class="muted">{t.life.same}</p>;
  return (
    <dl class="changes">
      {list.map(({ path, what, old, new: now }) => (
        <div key={path}>
          <dt>
            <code>{path}</code> <span class="muted">{t.life.what[what]}</span>
          </dt>
          {what !== "added" && (
            <dd>
              <del>{JSON.stringify(old)}</del>
            </dd>
          )}
          {what !== "removed" && (
            <dd>
              <ins>{JSON.stringify(now)}</ins>
            </dd>
          )}
        </div>
      ))}
    </dl>
  );
}

function WayBack({ tip, data, onChanged }: { tip: TipDetail; data: Versions; onChanged: () => void }) {
  const { t, say } = useSession();
  const older = data.versions.filter((version) => version.live_until !== null);
  const [to, setTo] = useState(older[0]?.version ?? 0);
  const submit = async (message: string, by?: string) => {
    await rollBack(tip.id, to, message, by);
    say({ text: t.life.back(tip.name, t.tip.version(to)) });
    onChanged();
  };
  return (
    <Section title={t.life.rollback}>
      <Reasoned tip={tip} hint={t.life.hint} label={t.life.submit} submit={submit}>
        <label>
          {t.life.backTo}
          <select value={String(to)} onChange={(event) => setTo(Number(event.currentTarget.value))}>
            {older.map(({ version }) => (
              <option key={version} value={String(version)}>
                {t.tip.version(version)}
              </option>
            ))}
          </select>
        </label>
      </Reasoned>
    </Section>
  );
}

interface ReasonedProps {
  tip: TipDetail;
  hint: string;
  label: string;
  submit: (message: string, by?: string) => Promise<void>;
  children?: ComponentChildren;
}

/** What makes a new version asks why and who. */
export function Reasoned({ tip, hint, label, submit, children }: ReasonedProps) {
  const { t } = useSession();
  const [error, setError] = useState("");
  const ids = useId();
  const send = async (event: Event) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const said = (name: string) => String(form.get(name) ?? "").trim();
    if (!said("message")) return setError(t.life.say);
    remember("name", said("by"));
    try {
      await submit(said("message"), said("by") || undefined);
    } catch (cause) {
      setError(cause instanceof ApiError && cause.detail ? cause.detail : t.life.failed(tip.name));
    }
  };
  return (
    <form class="act" onSubmit={send} noValidate aria-describedby={`${ids}hint`}>
      <p id={`${ids}hint`} class="muted">
        {hint}
      </p>
      {children}
      <label>
        {t.life.message}
        <input name="message" maxLength={500} autocomplete="off" onInput={() => setError("")} />
      </label>
      <label>
        {t.life.by}
        <input name="by" maxLength={100} autocomplete="name" defaultValue={recall("name") ?? ""} />
      </label>
      <p class="problem" role="alert">
        {error && (
          <>
            <Icon name="warning" /> <span>{error}</span>
          </>
        )}
      </p>
      <button type="submit" class="button primary">
        {label}
      </button>
    </form>
  );
}
