import type { Lang } from "../types";

const rules = { en: new Intl.PluralRules("en"), ru: new Intl.PluralRules("ru") };

/** The form of a word that `n` takes: one / other in English, one / few / many / other in Russian. */
export function plural(
  lang: Lang,
  n: number,
  forms: Partial<Record<Intl.LDMLPluralRule, string>> & { other: string },
): string {
  return forms[rules[lang].select(n)] ?? forms.other;
}
