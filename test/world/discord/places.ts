import type { FakeState } from './api.ts';
import type { FakeDiscord } from './fake.ts';
import {
  ADMIN_PERMISSIONS,
  CHANNEL_TYPES,
  type FakeChannel,
  type FakeGuild,
  type FakeUser,
  MEMBER_PERMISSIONS,
  snowflake,
} from './model.ts';
import { channelPayload, userPayload } from './payloads.ts';

type Places = Pick<
  FakeDiscord,
  'addUser' | 'addGuild' | 'addChannel' | 'addThread' | 'directChannel' | 'deleteChannel' | 'removeGuild'
> & {
  /** A server with its channels, as the gateway tells of it. */
  guildPayload(guild: FakeGuild): object;
  /** The user with this id, if there is one. */
  userOf(id: string): FakeUser | undefined;
  /** A channel that is there from the beginning: no event tells of it. */
  keepChannel(channel: Partial<FakeChannel>): FakeChannel;
};

/** Where people are: servers, channels, threads, direct channels. `dispatch` sends an event of the gateway. */
export function createPlaces(options: {
  state: FakeState;
  bot: { id: string; username: string };
  dispatch(type: string, data: unknown): void;
}): Places {
  const { state, bot, dispatch } = options;
  const people = new Map<string, FakeUser>();

  function guildPayload(guild: FakeGuild) {
    const channels = [...state.channels.values()].filter((it) => it.guildId === guild.id);
    const isThread = (it: FakeChannel) => it.type === CHANNEL_TYPES.publicThread;
    return {
      id: guild.id,
      name: guild.name,
      preferred_locale: 'en-US',
      roles: [
        { id: guild.id, name: '@everyone', permissions: String(MEMBER_PERMISSIONS), position: 0 },
        { id: guild.adminRoleId, name: 'admin', permissions: String(ADMIN_PERMISSIONS), position: 1 },
      ],
      channels: channels.filter((it) => !isThread(it)).map(withOverwrite),
      threads: channels.filter(isThread).map(channelPayload),
      members: [{ user: { ...userPayload(bot), bot: true }, roles: [] }],
      unavailable: false,
    };
  }

  /** What the bot may not do in a channel stands there as an overwrite against it. */
  function withOverwrite(channel: FakeChannel) {
    const deny = MEMBER_PERMISSIONS & ~channel.botPermissions;
    const overwrite = { id: bot.id, type: 1, allow: '0', deny: String(deny) };
    return { ...channelPayload(channel), permission_overwrites: deny === 0n ? [] : [overwrite] };
  }

  function addUser(user: Partial<FakeUser> = {}): FakeUser {
    const whole = {
      id: snowflake(),
      username: 'ada',
      locale: 'en-US',
      permissions: MEMBER_PERMISSIONS,
      ...user,
    };
    people.set(whole.id, whole);
    return whole;
  }

  function addGuild(name: string): FakeGuild {
    const guild = { id: snowflake(), name, adminRoleId: snowflake() };
    state.guilds.set(guild.id, guild);
    dispatch('GUILD_CREATE', guildPayload(guild));
    return guild;
  }

  function keepChannel(channel: Partial<FakeChannel>, event?: string): FakeChannel {
    const whole: FakeChannel = {
      id: snowflake(),
      type: CHANNEL_TYPES.text,
      name: 'general',
      guildId: undefined,
      parentId: undefined,
      botPermissions: MEMBER_PERMISSIONS,
      locked: false,
      recipient: undefined,
      ...channel,
    };
    state.channels.set(whole.id, whole);
    if (event) dispatch(event, event === 'CHANNEL_CREATE' ? withOverwrite(whole) : channelPayload(whole));
    return whole;
  }

  function directChannel(user: FakeUser): FakeChannel {
    const known = [...state.channels.values()].find((it) => it.recipient?.id === user.id);
    return known ?? keepChannel({ type: CHANNEL_TYPES.dm, name: user.username, recipient: user });
  }

  return {
    guildPayload,
    userOf: (id) => people.get(id),
    keepChannel,
    addUser,
    addGuild,
    addChannel: (owner, wish = {}) => keepChannel({ guildId: owner.id, ...wish }, 'CHANNEL_CREATE'),
    addThread: (parent, name) =>
      keepChannel(
        { guildId: parent.guildId, parentId: parent.id, name, type: CHANNEL_TYPES.publicThread },
        'THREAD_CREATE',
      ),
    directChannel,
    deleteChannel(gone) {
      state.channels.delete(gone.id);
      dispatch(gone.type === CHANNEL_TYPES.publicThread ? 'THREAD_DELETE' : 'CHANNEL_DELETE', {
        id: gone.id,
        type: gone.type,
        guild_id: gone.guildId,
        parent_id: gone.parentId,
      });
    },
    removeGuild(gone, unavailable = false) {
      if (!unavailable) {
        state.guilds.delete(gone.id);
        for (const it of state.channels.values()) if (it.guildId === gone.id) state.channels.delete(it.id);
      }
      dispatch('GUILD_DELETE', unavailable ? { id: gone.id, unavailable } : { id: gone.id });
    },
  };
}
