/** What every part of the signed-in console needs: language, words, formats, the clock, the notice line. */
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
  /** The server's now: the demo can move it. */
  now: () => number;
  say: (notice: Notice) => void;
  signOut: () => void;
}

export const WORDS: Record<Lang, Words> = { en, ru };
export const FORMATS: Record<Lang, Format> = { en: formatFor("en"), ru: formatFor("ru") };

/** The remembered language, else the first of the browser's that we speak, else English. */
export function firstLang(remembered: string | null, languages: readonly string[]): Lang {
  if (remembered === "en" || remembered === "ru") return remembered;
  const known = languages.map((language) => language.slice(0, 2).toLowerCase());
  return known.find((language): language is Lang => language === "en" || language === "ru") ?? "en";
}

export function firstTheme(): Theme {
  const remembered = recall("theme");
  return remembered === "light" || remembered === "dark" ? remembered : "auto";
}

const Context = createContext<Session | null>(null);
export const SessionProvider = Context.Provider;

export function useSession(): Session {
  const session = useContext(Context);
  if (!session) throw new Error("outside the shell");
  return session;
}
