import { createHash } from 'node:crypto';
import {
  type APIApplicationCommandOption,
  ApplicationCommandOptionType,
  ApplicationCommandType,
  ApplicationIntegrationType,
  ChannelType,
  InteractionContextType,
  type LocalizationMap,
  type REST,
  type RESTPostAPIChatInputApplicationCommandsJSONBody,
  Routes,
} from 'discord.js';
import type { CommandDefinition } from '../chat/model.ts';
import type { Log } from '../kit/log.ts';
import type { Locale } from '../store/chat-model.ts';
import { keys } from '../store/keys.ts';
import type { Store } from '../store/redis.ts';

/** Channels and threads that can be told something. */
const TARGET_CHANNELS = [
  ChannelType.GuildText,
  ChannelType.GuildAnnouncement,
  ChannelType.AnnouncementThread,
  ChannelType.PublicThread,
  ChannelType.PrivateThread,
] as const;

/** The commands as Discord registers them. */
export function commandPayloads(
  definitions: readonly CommandDefinition[],
): RESTPostAPIChatInputApplicationCommandsJSONBody[] {
  return definitions.map((definition) => ({
    type: ApplicationCommandType.ChatInput,
    name: definition.name,
    ...described(definition.description),
    options: definition.options.map(optionPayload),
    // Seen by all: Discord shows a command only to those who have *every* permission named, but whoever may manage
    // the server *or* its channels is an administrator here. The chat room refuses the others, and says why.
    default_member_permissions: null,
    // Where the bot itself is: elsewhere a rule could be set for a place that no alert can reach. What only answers,
    // a person may take along everywhere.
    contexts: [
      InteractionContextType.Guild,
      InteractionContextType.BotDM,
      ...(definition.anywhere ? [InteractionContextType.PrivateChannel] : []),
    ],
    integration_types: [
      ApplicationIntegrationType.GuildInstall,
      ...(definition.anywhere ? [ApplicationIntegrationType.UserInstall] : []),
    ],
  }));
}

function optionPayload(option: CommandDefinition['options'][number]): APIApplicationCommandOption {
  // Nothing is refused for being incomplete: no option is required.
  const base = { name: option.name, ...described(option.description), required: false };
  if (option.name === 'channel') {
    return { ...base, type: ApplicationCommandOptionType.Channel, channel_types: [...TARGET_CHANNELS] };
  }
  if (option.choices !== undefined) {
    const choices = option.choices.map((choice) => ({ name: choice, value: choice }));
    return { ...base, type: ApplicationCommandOptionType.String, choices };
  }
  if (option.autocomplete) return { ...base, type: ApplicationCommandOptionType.String, autocomplete: true };
  return { ...base, type: ApplicationCommandOptionType.String };
}

function described(text: Readonly<Record<Locale, string>>): {
  description: string;
  description_localizations: LocalizationMap;
} {
  return {
    description: text.en,
    description_localizations: {
      'en-US': text.en,
      ko: text.ko,
      ja: text.ja,
      'zh-CN': text.zh,
      'zh-TW': text.zh,
    },
  };
}

/**
 * Registers the commands unless this application has exactly these already: Discord counts every creation against
 * 200 a day. Throws what the store or Discord threw; nothing is remembered then.
 */
export async function registerCommands(options: {
  rest: REST;
  applicationId: string;
  definitions: readonly CommandDefinition[];
  store: Store;
  log: Log;
}): Promise<void> {
  const body = commandPayloads(options.definitions);
  const hash = createHash('sha256')
    .update(JSON.stringify([options.applicationId, body]))
    .digest('hex');
  if ((await options.store.get(keys.commandsHash('discord'))) === hash) return;
  await options.rest.put(Routes.applicationCommands(options.applicationId), { body });
  await options.store.set(keys.commandsHash('discord'), hash);
  options.log.info({ commands: body.length }, 'discord: commands registered');
}
