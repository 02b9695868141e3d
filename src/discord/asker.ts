import {
  type AutocompleteInteraction,
  type ButtonInteraction,
  ChannelType,
  type ChatInputCommandInteraction,
  type Guild,
  type GuildBasedChannel,
  GuildMember,
  InteractionContextType,
  type ModalSubmitInteraction,
  PermissionFlagsBits,
  PermissionsBitField,
  type RoleSelectMenuInteraction,
  type User,
} from 'discord.js';
import type { Asker, FoundChat } from '../chat/model.ts';
import type { Address, ChatType } from '../store/chat-model.ts';

export type AnyInteraction =
  | ChatInputCommandInteraction
  | ButtonInteraction
  | RoleSelectMenuInteraction
  | ModalSubmitInteraction
  | AutocompleteInteraction;

/** Any of these makes a person an administrator of a channel (`any` counts Administrator in by itself). */
const ADMIN = [PermissionFlagsBits.ManageGuild, PermissionFlagsBits.ManageChannels];

/** A channel's id, bare as the `channel` option gives it or as a mention that somebody typed. */
const CHANNEL_REFERENCE = /^(?:<#)?(\d{15,21})>?$/;

/** Where a Discord channel is; a thread is a channel of its own. */
export function addressOf(channelId: string): Address {
  return { platform: 'discord', chatId: channelId, threadId: '' };
}

/** Who asks, as the chat room sees him; undefined when the interaction says no channel. */
export function askerOf(interaction: AnyInteraction): Asker | undefined {
  const { channelId, channel, guildId, user } = interaction;
  if (isVisit(interaction)) return visitor(user, interaction.locale);
  if (guildId === null) return askerOfDirect(user, interaction.locale);
  if (channelId === null) return undefined;
  const name = channel !== null && 'name' in channel && channel.name !== null ? channel.name : channelId;
  return {
    address: addressOf(channelId),
    chatType: chatTypeOf(channel?.type),
    chatTitle: `#${name}`,
    userId: user.id,
    userName: user.displayName,
    languageHint: interaction.locale,
    missing: missingIn(channel?.type, interaction.appPermissions),
    isAdmin: async () => interaction.memberPermissions?.any(ADMIN) ?? false,
    findChat: async (reference) => {
      const id = CHANNEL_REFERENCE.exec(reference)?.[1];
      if (id === undefined) return undefined;
      return resolvedChat(interaction, id) ?? cachedChat(interaction, id);
    },
  };
}

/**
 * Did the person bring the bot along to where it is not itself? It can answer there, and never say a word unasked
 * (Discord's documentation, "User-Installed Apps").
 */
function isVisit({ context, authorizingIntegrationOwners: owners }: AnyInteraction): boolean {
  if (context === null || context === InteractionContextType.BotDM) return false;
  return owners[0] === undefined && owners[1] !== undefined;
}

function visitor(user: User, languageHint: string): Asker {
  return {
    ...askerOfDirect(user, languageHint),
    address: addressOf(`visitor-${user.id}`),
    visitor: true,
  };
}

/** Who is alone with the bot: he himself is the chat, in whatever channel Discord lets them meet. */
export function askerOfDirect(user: User, languageHint: string): Asker {
  return {
    address: addressOf(`user:${user.id}`),
    chatType: 'private',
    chatTitle: user.displayName,
    userId: user.id,
    userName: user.displayName,
    languageHint,
    missing: [],
    isAdmin: async () => true,
    findChat: async () => undefined,
  };
}

/** An asker for what happens in a channel without a person: the bot came back to a server. */
export function askerOfChannel(channel: GuildBasedChannel): Asker {
  return {
    address: addressOf(channel.id),
    chatType: chatTypeOf(channel.type),
    chatTitle: `#${channel.name}`,
    userId: undefined,
    languageHint: channel.guild.preferredLocale,
    isAdmin: async () => false,
    findChat: async () => undefined,
  };
}

/** The channel that the person picked: Discord sends both sides' permissions along, so nothing needs to be asked. */
function resolvedChat(interaction: AnyInteraction, id: string): FoundChat | undefined {
  if (!interaction.isChatInputCommand()) return undefined;
  const channel = interaction.options.getChannel('channel');
  if (channel === null || channel.id !== id || !('appPermissions' in channel)) return undefined;
  // A picked channel is a clone that carries the asker's permissions as well; their type does not say so.
  const asker = 'permissions' in channel ? channel.permissions : undefined;
  return found(
    channel,
    asker instanceof PermissionsBitField ? asker : undefined,
    channel.appPermissions ?? undefined,
  );
}

/** A channel that was named in words: both sides' permissions follow from the cached roles and overwrites. */
function cachedChat(interaction: AnyInteraction, id: string): FoundChat | undefined {
  const channel = interaction.guild?.channels.cache.get(id);
  const member = interaction.member;
  if (channel === undefined || !(member instanceof GuildMember)) return undefined;
  const asker = channel.permissionsFor(member);
  if (!asker.has(PermissionFlagsBits.ViewChannel)) return undefined;
  return found(channel, asker, ownPermissions(channel.guild, channel));
}

function ownPermissions(guild: Guild, channel: GuildBasedChannel): Readonly<PermissionsBitField> | undefined {
  return guild.members.me === null ? undefined : channel.permissionsFor(guild.members.me);
}

function found(
  channel: { id: string; type: ChannelType; name?: string | null },
  asker: Readonly<PermissionsBitField> | undefined,
  own: Readonly<PermissionsBitField> | undefined,
): FoundChat {
  return {
    address: addressOf(channel.id),
    type: chatTypeOf(channel.type),
    title: `#${channel.name ?? channel.id}`,
    askerIsAdmin: asker?.any(ADMIN) ?? false,
    missing: missingIn(channel.type, own),
  };
}

/** What the bot lacks to post alerts with pictures in such a channel, in Discord's English words. */
function missingIn(type: ChannelType | undefined, own: Readonly<PermissionsBitField> | undefined): string[] {
  const needed: [string, bigint][] = [
    ['View Channel', PermissionFlagsBits.ViewChannel],
    isThread(type)
      ? ['Send Messages in Threads', PermissionFlagsBits.SendMessagesInThreads]
      : ['Send Messages', PermissionFlagsBits.SendMessages],
    ['Embed Links', PermissionFlagsBits.EmbedLinks],
    ['Attach Files', PermissionFlagsBits.AttachFiles],
  ];
  return needed.filter(([, bit]) => !own?.has(bit)).map(([name]) => name);
}

function isThread(type: ChannelType | undefined): boolean {
  return (
    type === ChannelType.PublicThread ||
    type === ChannelType.PrivateThread ||
    type === ChannelType.AnnouncementThread
  );
}

function chatTypeOf(type: ChannelType | undefined): ChatType {
  return type === ChannelType.GuildAnnouncement ? 'channel' : 'group';
}
