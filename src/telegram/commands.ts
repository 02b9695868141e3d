import { createHash } from 'node:crypto';
import type { Api } from 'grammy';
import type { CommandDefinition } from '../chat/model.ts';
import type { Log } from '../kit/log.ts';
import { LOCALES } from '../store/chat-model.ts';
import { keys } from '../store/keys.ts';
import type { Store } from '../store/redis.ts';

/**
 * Registers the commands' menu in every language unless this bot has exactly these already: writing it is rate limited.
 * English is the default of every language without a menu of its own. Throws what the store or Telegram threw.
 */
export async function registerCommands(options: {
  api: Api;
  botId: number;
  definitions: readonly CommandDefinition[];
  store: Store;
  log: Log;
}): Promise<void> {
  const menus = LOCALES.map((locale) => ({
    locale,
    commands: options.definitions.map(({ name, description }) => ({
      command: name,
      description: description[locale],
    })),
  }));
  const hash = createHash('sha256')
    .update(JSON.stringify([options.botId, menus]))
    .digest('hex');
  if ((await options.store.get(keys.commandsHash('telegram'))) === hash) return;
  for (const { locale, commands } of menus) {
    await options.api.setMyCommands(commands, locale === 'en' ? {} : { language_code: locale });
  }
  await options.store.set(keys.commandsHash('telegram'), hash);
  options.log.info({ commands: options.definitions.length }, 'telegram: commands registered');
}
