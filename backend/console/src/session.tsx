/** What every part of the console needs: language, words, formats, theme, the server's clock, notices. */
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { type Format, formatFor } from "./format";
import { recall } from "./memory";
import type { Lang, Me } from "./types";
import { en, type Words } from "./words/en";
import { ru } from "./words/ru";

export type Theme = "auto" | "light" | "dark";

export interface Notice {
  text: string;
  bad?: boolean;
  undo?: () => void;
}

export interface Session {
  lang: Lang;
  setLang: (lang: Lang) => void;
  theme: Theme;
  setTheme: (theme: Theme) => void;
  t: Words;
  f: Format;
  me: Me | null;
  /** The server's clock, which the demo may have moved. */
  now: () => number;
  say: (notice: Notice | null) => void;
  signOut: () => void;
}

export const WORDS: Record<Lang, Words> = { en, ru };
export const FORMATS: Record<Lang, Format> = { en: formatFor("en"), ru: formatFor("ru") };

/** The language chosen before, else the first of the browser's that we speak. */
export function firstLang(kept: string | null, languages: readonly string[]): Lang {
  if (kept === "en" || kept === "ru") return kept;
  const found = languages
    .map((tag) => tag.slice(0, 2).toLowerCase())
    .find((tag) => tag === "en" || tag === "ru");
  return found === "ru" ? "ru" : "en";
}

export function firstTheme(): Theme {
  const kept = recall("theme");
  return kept === "light" || kept === "dark" ? kept : "auto";
}

const Current = createContext<Session | null>(null);
export const SessionProvider = Current.Provider;

export function useSession(): Session {
  const session = useContext(Current);
  if (!session) throw new Error("outside of a session");
  return session;
}
