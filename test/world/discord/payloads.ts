import { CHANNEL_TYPES, type FakeChannel, type FakeMessage } from './model.ts';

/** A channel as the API shows it. */
export function channelPayload(channel: FakeChannel): Record<string, unknown> {
  return {
    id: channel.id,
    type: channel.type,
    ...(channel.guildId === undefined
      ? { recipients: channel.recipient ? [userPayload(channel.recipient)] : [] }
      : { guild_id: channel.guildId, name: channel.name, position: 0, permission_overwrites: [] }),
    ...(channel.parentId === undefined ? {} : { parent_id: channel.parentId }),
    ...(channel.type === CHANNEL_TYPES.publicThread
      ? { thread_metadata: { archived: false, locked: channel.locked, auto_archive_duration: 1440 } }
      : {}),
  };
}

/** A user as the API shows him. */
export function userPayload(user: { id: string; username: string }): Record<string, unknown> {
  return {
    id: user.id,
    username: user.username,
    discriminator: '0',
    avatar: null,
    global_name: user.username,
  };
}

/** A message as the API shows it. */
export function messagePayload(message: FakeMessage): Record<string, unknown> {
  return {
    id: message.id,
    channel_id: message.channelId,
    author: { id: '0', username: 'Sheepdog', discriminator: '0', avatar: null, bot: true },
    type: 0,
    timestamp: new Date().toISOString(),
    edited_timestamp: null,
    content: message.content,
    embeds: message.embeds ?? [],
    components: message.components ?? [],
    attachments: [],
    mentions: [],
    mention_roles: [],
    flags: message.flags,
  };
}
