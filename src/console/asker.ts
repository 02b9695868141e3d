import type { Asker, CommandCall } from '../chat/model.ts';
import { LOCALES, type Locale } from '../store/chat-model.ts';

/** The console's one chat: whoever passed its lock owns the bot. */
const CONSOLE_ADDRESS = { platform: 'console', chatId: 'console', threadId: '' } as const;

/** The person at the console; `acceptLanguage` is the header of his browser. */
export function consoleAsker(acceptLanguage: string | undefined): Asker {
  return {
    address: CONSOLE_ADDRESS,
    chatType: 'private',
    chatTitle: 'Console',
    userId: 'console',
    languageHint: firstLanguage(acceptLanguage),
    isAdmin: async () => true,
    findChat: async () => undefined,
  };
}

/** The first language of an Accept-Language header (browsers put the preferred one first), as a BCP 47 tag. */
function firstLanguage(acceptLanguage: string | undefined): string | undefined {
  return /^\s*([a-z]{2,8}(?:-[a-z0-9]{1,8})*)/i.exec(acceptLanguage ?? '')?.[1];
}

/** The language in which numbers are shown to this browser. */
export function localeOf(acceptLanguage: string | undefined): Locale {
  const language = firstLanguage(acceptLanguage)?.slice(0, 2).toLowerCase();
  return LOCALES.find((locale) => locale === language) ?? 'en';
}

/**
 * A typed line as a command. The slash may be left out before a command's name; a line that begins otherwise asks for
 * help. Undefined for a blank line.
 */
export function parseLine(line: string, commands: ReadonlySet<string>): CommandCall | undefined {
  const [first, ...words] = line.trim().split(/\s+/u);
  if (!first) return undefined;
  const name = first.replace(/^\//, '').toLowerCase();
  if (first.startsWith('/') || commands.has(name)) return { name, words, options: {} };
  return { name: 'help', words: [], options: {} };
}
