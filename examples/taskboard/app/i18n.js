import { WORDS } from "./words.js";

export const language = /^ru\b/i.test(navigator.language) ? "ru" : "en";

export const t = WORDS[language];

/** Sample texts are [English, Russian]; what a person typed is a plain string. */
export const local = (text) => (Array.isArray(text) ? text[language === "ru" ? 1 : 0] : text);

const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "short" });
/** "Nov 24", never broken over two lines. */
export const shortDate = (date) => (date ? day.format(date).replaceAll(" ", "\u00a0") : "");

document.documentElement.lang = language;
