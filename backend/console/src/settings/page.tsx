/** Settings: where messages go, a test of each webhook, and the dead letters with a way to send them again. */
import { useEffect, useRef, useState } from "preact/hooks";
import {
  ApiError,
  addWebhook,
  readDeadLetters,
  readWebhooks,
  removeWebhook,
  replayLetter,
  replayWebhook,
  testWebhook,
} from "../api";
import { useLoad } from "../load";
import { Copied } from "../parts/copied";
import { Empty, Failed, Skeleton, Stale } from "../parts/states";
import { useSession } from "../session";
import type { Endpoint, Letter } from "./types";

/** Runs a change and says what came of it; `done` is read again after it. */
function useAct(done: () => void) {
  const { t, say } = useSession();
  return async (change: () => Promise<string>) => {
    try {
      say({ text: await change() });
    } catch (cause) {
      const why = cause instanceof ApiError ? cause.detail : "";
      say({ text: t.ways.failed(why), bad: true });
    }
    done();
  };
}

export function SettingsPage() {
  const { t } = useSession();
  const webhooks = useLoad("webhooks", readWebhooks);
  const letters = useLoad("letters", readDeadLetters);
  useEffect(() => {
    document.title = `${t.ways.title} · Waypost`;
  }, [t]);
  const reload = () => {
    webhooks.reload();
    letters.reload();
  };
  const failed = webhooks.error ?? letters.error;
  return (
    <>
      <header class="head">
        <h1>{t.ways.title}</h1>
        <p class="question">{t.ways.question}</p>
      </header>
      {failed && !(webhooks.data && letters.data) && <Failed error={failed} retry={reload} />}
      <Stale loaded={webhooks} />
      {webhooks.slow && <Skeleton rows={4} />}
      {webhooks.data && (
        <section class="ways" aria-labelledby="webhooks">
          <h2 id="webhooks">{t.ways.webhooks}</h2>
          {webhooks.data.webhooks.length ? (
            <Webhooks all={webhooks.data.webhooks} onChanged={reload} />
          ) : (
            <Empty title={t.ways.none.title} why={t.ways.none.why} />
          )}
          <Add onAdded={reload} />
        </section>
      )}
      {letters.data && (
        <section class="ways" aria-labelledby="letters">
          <h2 id="letters">{t.ways.letters}</h2>
          {letters.data.messages.length ? (
            <Letters all={letters.data.messages} onChanged={reload} />
          ) : (
            <p class="muted">{t.ways.noLetters}</p>
          )}
        </section>
      )}
    </>
  );
}

function Webhooks({ all, onChanged }: { all: Endpoint[]; onChanged: () => void }) {
  const { t } = useSession();
  return (
    <div class="scroll">
      <table class="plain">
        <thead>
          <tr>
            <th scope="col">{t.ways.url}</th>
            <th scope="col">{t.ways.types}</th>
            <th scope="col" class="num">
              {t.ways.waiting}
            </th>
            <th scope="col" class="num">
              {t.ways.dead}
            </th>
            <th scope="col">
              <span class="sr-only">{t.ways.act}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {all.map((one) => (
            <Row key={one.id} one={one} onChanged={onChanged} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ one, onChanged }: { one: Endpoint; onChanged: () => void }) {
  const { t, f, say } = useSession();
  const act = useAct(onChanged);
  const [busy, setBusy] = useState(false);
  const [asked, setAsked] = useState(false);
  const test = async () => {
    setBusy(true);
    try {
      const came = await testWebhook(one.id);
      say(
        came.ok ? { text: t.ways.arrived(came.status ?? 0) } : { text: t.ways.lost(came.error), bad: true },
      );
    } catch (cause) {
      say({ text: t.ways.lost(cause instanceof ApiError ? cause.detail : ""), bad: true });
    }
    setBusy(false);
  };
  const replay = () =>
    act(async () => {
      const { replayed } = await replayWebhook(one.id);
      return t.ways.replayed(replayed, f.number(replayed));
    });
  const remove = () =>
    act(async () => {
      await removeWebhook(one.id);
      return t.ways.removed;
    });
  return (
    <tr>
      <th scope="row" class="address">
        {one.url}
        {one.from_environment && <span class="muted"> {t.ways.environment}</span>}
      </th>
      <td data-label={t.ways.types}>{one.types.join(", ") || t.ways.all}</td>
      <td class={one.waiting ? "num" : "num none"} data-label={t.ways.waiting}>
        {f.number(one.waiting)}
      </td>
      <td class={one.dead ? "num" : "num none"} data-label={t.ways.dead}>
        {f.number(one.dead)}
      </td>
      <td class="acts">
        <button type="button" class="button small" disabled={busy} onClick={test}>
          {busy ? t.ways.testing : t.ways.test}
        </button>
        {one.dead > 0 && (
          <button type="button" class="button small" onClick={replay}>
            {t.ways.replayDead}
          </button>
        )}
        {!one.from_environment && (
          <button type="button" class="quiet" onClick={asked ? remove : () => setAsked(true)}>
            {asked ? t.ways.sure : t.ways.remove}
          </button>
        )}
      </td>
    </tr>
  );
}

function Add({ onAdded }: { onAdded: () => void }) {
  const { t } = useSession();
  const url = useRef<HTMLInputElement>(null);
  const [secret, setSecret] = useState("");
  const [wrong, setWrong] = useState("");
  const add = async (event: Event) => {
    event.preventDefault();
    try {
      setSecret((await addWebhook(url.current?.value.trim() ?? "")).secret);
      setWrong("");
      if (url.current) url.current.value = "";
      onAdded();
    } catch (cause) {
      setWrong(t.ways.failed(cause instanceof ApiError ? cause.detail : ""));
      url.current?.focus();
    }
  };
  return (
    <form class="act" onSubmit={add} noValidate>
      <label>
        {t.ways.add}
        <input
          ref={url}
          type="url"
          placeholder="https://"
          autocomplete="off"
          spellcheck={false}
          aria-describedby="webhook-hint"
          aria-invalid={wrong ? "true" : undefined}
        />
      </label>
      <p id="webhook-hint" class="muted" role={wrong ? "alert" : undefined}>
        {wrong || t.ways.addressHint}
      </p>
      <button type="submit" class="button">
        {t.ways.addButton}
      </button>
      {secret && (
        <div role="status">
          <p>{t.ways.made}</p>
          <Copied text={secret} label={t.ways.secret} />
        </div>
      )}
    </form>
  );
}

function Letters({ all, onChanged }: { all: Letter[]; onChanged: () => void }) {
  const { t, f, now } = useSession();
  const act = useAct(onChanged);
  const replay = (one: Letter) =>
    act(async () => {
      await replayLetter(one.id);
      return t.ways.replayed(1, f.number(1));
    });
  return (
    <>
      <p class="muted">{t.ways.lettersNote}</p>
      <div class="scroll">
        <table class="plain">
          <thead>
            <tr>
              <th scope="col">{t.ways.message}</th>
              <th scope="col">{t.ways.when}</th>
              <th scope="col">{t.ways.to}</th>
              <th scope="col">{t.ways.error}</th>
              <th scope="col">
                <span class="sr-only">{t.ways.act}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {all.map((one) => (
              <tr key={one.id}>
                <th scope="row">{one.message_id}</th>
                <td>{f.moment(one.created_at, now())}</td>
                <td data-label={t.ways.to}>
                  {"csm" in one.to ? t.ways.mail(one.to.csm) : t.ways.webhook(one.to.webhook)}
                </td>
                <td class="address">
                  {one.last_error}, {t.ways.tries(one.attempts, f.number(one.attempts))}
                </td>
                <td class="acts">
                  <button
                    type="button"
                    class="button small"
                    aria-label={`${t.ways.replay}: ${one.message_id}`}
                    onClick={() => replay(one)}
                  >
                    {t.ways.replay}
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
