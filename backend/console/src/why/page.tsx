/** Why: a person, a tip, a day and time; the answer in words, and how the rule came out. */
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { readFound, readTips } from "../api";
import { localInput } from "../format";
import { useKeys } from "../keys";
import { useLoad } from "../load";
import { Icon } from "../parts/icon";
import { Empty, Failed, Skeleton } from "../parts/states";
import { go, having, href } from "../router";
import { useSession } from "../session";
import { Answer } from "../tips/why";
import type { Found } from "../types";

/** Whom a typed text means: an id as it stands, or the one person of that name. */
export function meant(typed: string, people: Found["people"]): string {
  const text = typed.trim();
  if (people.some((person) => person.user_id === text)) return text;
  const named = people.filter((person) => person.name?.toLowerCase() === text.toLowerCase());
  return named.length === 1 && named[0] ? named[0].user_id : text;
}

export function WhyPage({ query }: { query: URLSearchParams }) {
  const { t, lang, now } = useSession();
  const user = query.get("user") ?? "";
  const tip = query.get("tip") ?? "";
  const at = Number(query.get("at")) || null;
  const tips = useLoad(`why-tips ${lang}`, (signal) => readTips(lang, signal));
  const [typed, setTyped] = useState(user);
  const found = useLoad(`people ${typed}`, (signal) => readFound(typed, signal));
  const which = useRef<HTMLSelectElement>(null);
  const when = useRef<HTMLInputElement>(null);
  const who = useRef<HTMLInputElement>(null);
  const list = useId();
  useEffect(() => setTyped(user), [user]);
  useEffect(() => {
    document.title = `${t.whyPage.title} · Waypost`;
  }, [t]);
  useEffect(() => {
    if (!user) who.current?.focus();
  }, [!!tips.data]);
  useKeys({ "/": () => who.current?.focus() });

  const people = found.data?.people ?? [];
  const ask = (event: Event) => {
    event.preventDefault();
    const given = when.current?.value ?? "";
    // the field knows minutes only: left as it was, it means the very instant that was asked for
    const instant = at && given === localInput(at) ? at : given ? new Date(given).getTime() : 0;
    const change = {
      user: meant(typed, people) || null,
      tip: which.current?.value || null,
      at: instant ? String(instant) : null,
    };
    go(href("why", null, "", having(query, change)));
  };
  return (
    <>
      <header class="head">
        <h1>{t.whyPage.title}</h1>
        <p class="question">{t.whyPage.question}</p>
      </header>
      {tips.error && !tips.data && <Failed error={tips.error} retry={tips.reload} />}
      {tips.slow && <Skeleton rows={3} />}
      {tips.data && !tips.data.tips.length && <Empty title={t.whyPage.noTips} why="" />}
      {tips.data && tips.data.tips.length > 0 && (
        <div class="asking">
          <form class="ask" onSubmit={ask}>
            <label>
              {t.whyPage.person}
              <input
                ref={who}
                list={list}
                value={typed}
                placeholder={t.whyPage.typed}
                autocomplete="off"
                spellcheck={false}
                aria-keyshortcuts="/"
                onInput={(event) => setTyped(event.currentTarget.value)}
              />
              <datalist id={list}>
                {people.map((person) => (
                  <option key={person.user_id} value={person.user_id}>
                    {[person.name, person.account].filter(Boolean).join(", ")}
                  </option>
                ))}
              </datalist>
            </label>
            <label>
              {t.whyPage.tip}
              <select ref={which} key={tip} defaultValue={tip}>
                <option value="" selected={!tip}>
                  {t.whyPage.choose}
                </option>
                {tips.data.tips.map((each) => (
                  <option key={each.id} value={each.id} selected={each.id === tip}>
                    {each.name}
                  </option>
                ))}
              </select>
            </label>
            <label key={at}>
              {t.whyPage.at}
              <input
                ref={when}
                type="datetime-local"
                defaultValue={at ? localInput(at) : ""}
                max={localInput(now())}
              />
            </label>
            <button type="submit" class="button primary">
              {t.why.ask}
            </button>
          </form>
          {user && tip ? (
            <>
              <Answer tip={tip} user={user} at={at} />
              <p>
                <a
                  class="button"
                  href={href(
                    "tips",
                    tip,
                    "why",
                    having(new URLSearchParams(), { user, at: at ? String(at) : null }),
                  )}
                >
                  <Icon name="tips" /> {t.whyPage.open}
                </a>
              </p>
            </>
          ) : (
            <Empty title={t.whyPage.start} why={t.whyPage.startWhy} />
          )}
        </div>
      )}
    </>
  );
}
