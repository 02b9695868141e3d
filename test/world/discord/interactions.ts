import type { FakeState } from './api.ts';
import type { FakeDiscord } from './fake.ts';
import {
  CHANNEL_TYPES,
  type FakeChannel,
  type FakeInteraction,
  type FakeMessage,
  type FakeUser,
  PERMISSIONS,
  snowflake,
} from './model.ts';
import { channelPayload, messagePayload, userPayload } from './payloads.ts';
import { buttonsOf, roleListsOf } from './shown.ts';

type Interactions = Pick<FakeDiscord, 'command' | 'autocomplete' | 'visit' | 'press' | 'choose' | 'fill'>;

/** What people do with the bot, as the gateway tells it; by the administrator, in the one channel, unless said otherwise. */
export function createInteractions(options: {
  state: FakeState;
  admin: FakeUser;
  channel: FakeChannel;
  dispatch(type: string, data: unknown): void;
}): Interactions {
  const { state, admin, channel, dispatch } = options;

  function sendInteraction(
    kind: FakeInteraction['kind'],
    { user, channel }: { user: FakeUser; channel: FakeChannel },
    data: object,
    message?: FakeMessage,
    visiting?: 'server' | 'chat',
  ): FakeInteraction {
    const interaction: FakeInteraction = {
      id: snowflake(),
      token: `interaction-token-${snowflake()}`,
      kind,
      channelId: channel.id,
      sentAt: performance.now(),
      acknowledgedAt: undefined,
      callback: undefined,
      refusals: [],
      original: message,
      followUps: [],
      choices: undefined,
      form: undefined,
    };
    state.interactions.set(interaction.token, interaction);
    const guild = channel.guildId === undefined ? undefined : state.guilds.get(channel.guildId);
    const isAdmin = (user.permissions & (PERMISSIONS.manageGuild | PERMISSIONS.manageChannels)) !== 0n;
    const roles = guild && isAdmin ? [guild.adminRoleId] : [];
    dispatch('INTERACTION_CREATE', {
      id: interaction.id,
      application_id: state.applicationId,
      type: { command: 2, button: 3, select: 3, autocomplete: 4, modal: 5 }[kind],
      token: interaction.token,
      version: 1,
      data,
      channel_id: channel.id,
      channel: channelPayload(channel),
      app_permissions: String(channel.botPermissions),
      entitlements: [],
      authorizing_integration_owners: visiting ? { 1: user.id } : guild ? { 0: guild.id } : { 0: '0' },
      attachment_size_limit: 10_485_760,
      context: visiting === 'chat' ? 2 : guild || visiting ? 0 : 1,
      locale: user.locale,
      ...(visiting === 'server'
        ? {
            guild_id: snowflake(),
            guild_locale: 'en-US',
            member: { user: userPayload(user), roles: [], permissions: String(user.permissions) },
          }
        : guild
          ? {
              guild_id: guild.id,
              guild_locale: 'en-US',
              member: { user: userPayload(user), roles, permissions: String(user.permissions) },
            }
          : { user: userPayload(user) }),
      ...(message ? { message: messagePayload(message) } : {}),
    });
    return interaction;
  }

  function place(where: { user?: FakeUser; channel?: FakeChannel }) {
    return { user: where.user ?? admin, channel: where.channel ?? channel };
  }

  /** Fills a registered command's options as a client would, or refuses what a client could not send. */
  function commandData(
    name: string,
    values: Readonly<Record<string, string>>,
    user: FakeUser,
    focused?: string,
  ) {
    const command = state.commands.find((it) => it.name === name);
    if (command === undefined) throw new Error(`/${name} is not registered`);
    const resolved: Record<string, object> = {};
    const options = Object.entries(values).map(([key, value]) => {
      const option = command.options?.find((it) => it.name === key);
      if (option === undefined) throw new Error(`/${name} has no option ${key}`);
      if (option.choices && !option.choices.some((it) => it.value === value)) {
        throw new Error(`/${name} ${key} offers no ${value}`);
      }
      if (focused === key && !option.autocomplete) throw new Error(`/${name} ${key} does not autocomplete`);
      if (option.type === 7) resolved[value] = resolvedChannel(value, option.channel_types, user);
      return { name: key, type: option.type, value, ...(focused === key ? { focused: true } : {}) };
    });
    const channels = Object.keys(resolved).length > 0 ? { resolved: { channels: resolved } } : {};
    return { id: snowflake(), name, type: 1, options, ...channels };
  }

  function resolvedChannel(id: string, types: readonly number[] | undefined, user: FakeUser) {
    const picked = state.channels.get(id);
    if (picked === undefined) throw new Error(`no channel ${id}`);
    if (types && !types.includes(picked.type))
      throw new Error(`a channel of type ${picked.type} is not offered`);
    const { permission_overwrites: _, recipients: __, ...partial } = channelPayload(picked);
    return {
      ...partial,
      permissions: String(user.permissions),
      app_permissions: String(picked.botPermissions),
    };
  }

  return {
    command(name, values = {}, where = {}) {
      const at = place(where);
      return sendInteraction('command', at, commandData(name, values, at.user));
    },
    autocomplete(name, option, typed, where = {}) {
      const at = place(where);
      return sendInteraction('autocomplete', at, commandData(name, { [option]: typed }, at.user, option));
    },
    visit(name, values, user, where) {
      const command = state.commands.find((it) => it.name === name);
      const isOffered =
        command?.integration_types?.includes(1) && command.contexts?.includes(where === 'chat' ? 2 : 0);
      if (!isOffered) throw new Error(`/${name} cannot be brought along`);
      // A place that the bot has never heard of.
      const at: FakeChannel = {
        id: snowflake(),
        type: where === 'chat' ? CHANNEL_TYPES.dm : CHANNEL_TYPES.text,
        name: 'elsewhere',
        guildId: undefined,
        parentId: undefined,
        botPermissions: 0n,
        locked: false,
        recipient: undefined,
      };
      return sendInteraction(
        'command',
        { user, channel: at },
        commandData(name, values, user),
        undefined,
        where,
      );
    },
    choose(message, roleId, user = admin) {
      const [list] = roleListsOf(message);
      const at = state.channels.get(message.channelId);
      if (message.deleted || list === undefined || at?.guildId === undefined) {
        throw new Error('the message carries no list of roles');
      }
      const role = { id: roleId, name: 'traders', permissions: '0', position: 1 };
      const data = {
        custom_id: list.custom_id,
        component_type: 6,
        values: [roleId],
        resolved: { roles: { [roleId]: role } },
      };
      return sendInteraction('select', { user, channel: at }, data, message);
    },
    fill(pressed, typed, user = admin) {
      const { form, original } = pressed;
      const at = state.channels.get(pressed.channelId);
      if (form === undefined || at === undefined) throw new Error('no form was opened');
      const components = form.components.map(({ components: [field] }) => ({
        type: 1,
        components: [{ type: 4, custom_id: field?.custom_id, value: typed }],
      }));
      return sendInteraction(
        'modal',
        { user, channel: at },
        { custom_id: form.custom_id, components },
        original,
      );
    },
    press(message, customId, user = admin) {
      if (message.deleted || !buttonsOf(message).some((it) => it.custom_id === customId)) {
        throw new Error(`the message carries no button ${customId}`);
      }
      const at = state.channels.get(message.channelId);
      if (at === undefined) throw new Error('the channel is gone');
      return sendInteraction(
        'button',
        { user, channel: at },
        { custom_id: customId, component_type: 2 },
        message,
      );
    },
  };
}
