/** The door. One password, printed by the server at its first start. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { ApiError, login } from "./api";
import { Icon, Mark } from "./parts/icon";
import { Said } from "./parts/states";
import { useSession } from "./session";
import type { Lang } from "./types";

interface Props {
  /** The session ended while somebody was working. */
  thrownOut: boolean;
  onDone: () => void;
}

export function SignIn({ thrownOut, onDone }: Props) {
  const { t, f, lang, setLang } = useSession();
  const field = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  const [shown, setShown] = useState(false);
  const [error, setError] = useState("");
  useEffect(() => {
    document.title = `${t.signIn.button} · Waypost`;
  }, [t]);
  useLayoutEffect(() => field.current?.focus(), []);

  const explain = (failure: ApiError): string => {
    if (failure.kind === "unreachable") return t.signIn.unreachable;
    if (failure.kind === "server") return t.signIn.server;
    if (failure.kind === "throttled")
      return failure.retryAfter
        ? t.signIn.throttled(f.span(failure.retryAfter * 1000))
        : t.signIn.throttledSoon;
    return t.signIn.wrong;
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    const password = field.current?.value ?? "";
    if (!password) {
      setError(t.signIn.empty);
      field.current?.focus();
      return;
    }
    setBusy(true);
    setError("");
    try {
      await login(password);
      onDone();
    } catch (cause) {
      setError(explain(cause instanceof ApiError ? cause : new ApiError("server")));
      setBusy(false);
      field.current?.select();
      field.current?.focus();
    }
  };

  return (
    <main class="door">
      <form onSubmit={submit} noValidate aria-describedby="where">
        <p class="wordmark">
          <Mark /> Waypost
        </p>
        <h1>{t.signIn.title}</h1>
        {thrownOut && <p class="muted">{t.signIn.thrownOut}</p>}
        <label for="password">{t.signIn.password}</label>
        <div class="field">
          <input
            id="password"
            ref={field}
            {...(shown ? { type: "text" as const } : { type: "password" as const })}
            autocomplete="current-password"
            spellcheck={false}
            aria-invalid={!!error}
            aria-describedby="problem where"
          />
          <button type="button" class="quiet" aria-pressed={shown} onClick={() => setShown(!shown)}>
            {shown ? t.signIn.hide : t.signIn.show}
          </button>
        </div>
        <p id="problem" class="problem" role="alert">
          {error && (
            <>
              <Icon name="warning" />
              <span>
                <Said text={error} />
              </span>
            </>
          )}
        </p>
        <button type="submit" class="button primary" disabled={busy}>
          {busy ? t.signIn.wait : t.signIn.button}
        </button>
        <p id="where" class="muted">
          {t.signIn.where}
        </p>
      </form>
      <p class="tongues">
        {(["en", "ru"] as Lang[]).map((each) => (
          <button
            key={each}
            type="button"
            class="quiet"
            lang={each}
            aria-pressed={lang === each}
            onClick={() => setLang(each)}
          >
            {each === "en" ? "English" : "Русский"}
          </button>
        ))}
      </p>
    </main>
  );
}
