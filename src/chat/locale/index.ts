import { LOCALES, type Locale } from '../../store/chat-model.ts';
import { type Catalogue, en } from './en.ts';
import { ja } from './ja.ts';
import { ko } from './ko.ts';
import { zh } from './zh.ts';

const CATALOGUES: Readonly<Record<Locale, Catalogue>> = { en, ko, zh, ja };

/** All words of a language. */
export function catalogueOf(locale: Locale): Catalogue {
  return CATALOGUES[locale];
}

/** One text in every language, as menus want it. */
export function inEveryLocale(pick: (t: Catalogue) => string): Readonly<Record<Locale, string>> {
  return { en: pick(en), ko: pick(ko), zh: pick(zh), ja: pick(ja) };
}

/** The language that a platform's hint (`ko`, `pt-BR`, `zh-Hans`) stands for, if we have it. */
export function guessLocale(hint: string | undefined): Locale | undefined {
  const language = hint?.toLowerCase().split(/[-_]/)[0];
  return LOCALES.find((locale) => locale === language);
}
