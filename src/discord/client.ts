import { Client, GatewayIntentBits, Options } from 'discord.js';

/** A gateway client that knows servers and channels, and keeps nothing else in memory. */
export function createClient(apiUrl: string): Client {
  return new Client({
    intents: [GatewayIntentBits.Guilds],
    // As many connections as Discord recommends: one serves 2,500 servers at most.
    shards: 'auto',
    // Whatever a text says, nobody is pinged by it.
    allowedMentions: { parse: [] },
    rest: {
      api: apiUrl,
      version: '10',
      retries: 2,
      timeout: 10_000,
      invalidRequestWarningInterval: 500,
      // It answers interactions, which are outside the bot-wide limit of 50 a second; messages go by the sender.
      globalRequestsPerSecond: Number.POSITIVE_INFINITY,
    },
    makeCache: Options.cacheWithLimits({
      ...Options.DefaultMakeCacheSettings,
      MessageManager: 0,
      PresenceManager: 0,
      ReactionManager: 0,
      ReactionUserManager: 0,
      VoiceStateManager: 0,
      GuildEmojiManager: 0,
      GuildStickerManager: 0,
      GuildInviteManager: 0,
      GuildBanManager: 0,
      GuildScheduledEventManager: 0,
      StageInstanceManager: 0,
      AutoModerationRuleManager: 0,
      ThreadMemberManager: 0,
      UserManager: { maxSize: 0, keepOverLimit: (user) => user.id === user.client.user.id },
      GuildMemberManager: { maxSize: 0, keepOverLimit: (member) => member.id === member.client.user.id },
    }),
  });
}
