import { createHash } from 'node:crypto';
import type { Api } from 'grammy';
import type { BotCommandScope } from 'grammy/types';
import type { CommandDefinition } from '../chat/model.ts';
import type { Log } from '../kit/log.ts';
import { LOCALES } from '../store/chat-model.ts';
import { keys } from '../store/keys.ts';
import type { Store } from '../store/redis.ts';

/** Who sees which commands; a menu only shows, the chat room decides who may. */
const SCOPES: readonly { scope: BotCommandScope; shows(definition: CommandDefinition): boolean }[] = [
  { scope: { type: 'default' }, shows: () => true },
  // Whoever is no administrator asks, and changes nothing.
  { scope: { type: 'all_group_chats' }, shows: ({ admin }) => !admin },
  { scope: { type: 'all_chat_administrators' }, shows: () => true },
];

/**
 * Registers the commands' menus, by who sees them and in every language, unless this bot has exactly these already:
 * writing them is rate limited. English is for every language without a menu of its own. Throws what the store or
 * Telegram threw; nothing is remembered then.
 */
export async function registerCommands(options: {
  api: Api;
  botId: number;
  definitions: readonly CommandDefinition[];
  store: Store;
  log: Log;
}): Promise<void> {
  const menus = SCOPES.flatMap(({ scope, shows }) =>
    LOCALES.map((locale) => ({
      scope,
      locale,
      commands: options.definitions
        .filter(shows)
        .map(({ name, description }) => ({ command: name, description: description[locale] })),
    })),
  );
  const hash = createHash('sha256')
    .update(JSON.stringify([options.botId, menus]))
    .digest('hex');
  if ((await options.store.get(keys.commandsHash('telegram'))) === hash) return;
  for (const { scope, locale, commands } of menus) {
    const language = locale === 'en' ? {} : { language_code: locale };
    await options.api.setMyCommands(commands, { scope, ...language });
  }
  await options.store.set(keys.commandsHash('telegram'), hash);
  options.log.info({ commands: options.definitions.length }, 'telegram: commands registered');
}
