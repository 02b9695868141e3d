import type { Asker, ChatService, CommandCall, CommandDefinition, OptionName } from '../../src/chat/model.ts';
import { createDiscord, type Discord, type DiscordOptions } from '../../src/discord/discord.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { silentLog } from '../../src/kit/log.ts';
import type { AlertNotice } from '../../src/notice/notice.ts';
import type { Reply } from '../../src/notice/text.ts';
import type { Chat } from '../../src/store/chat-model.ts';
import { createChatsRepository } from '../../src/store/chats.ts';
import { NO_PICTURES } from '../support/pictures.ts';
import type { TestRedis } from '../support/redis.ts';
import { storedChat } from '../support/stored-chat.ts';
import type { FakeDiscord } from '../world/discord.ts';

const inAll = (en: string) => ({ en, ko: `${en} (ko)`, zh: `${en} (zh)`, ja: `${en} (ja)` });

export const DEFINITIONS: readonly CommandDefinition[] = [
  {
    name: 'analyze',
    description: inAll('What the AI makes of a symbol'),
    options: [{ name: 'symbol', description: inAll('Such as BTC'), autocomplete: true }],
    admin: false,
    anywhere: true,
  },
  {
    name: 'subscribe',
    description: inAll('Set an alert'),
    options: [
      { name: 'symbol', description: inAll('Such as BTC'), autocomplete: true },
      { name: 'kind', description: inAll('What to watch'), choices: ['volatility', 'move', 'price'] },
      { name: 'channel', description: inAll('Another channel') },
    ],
    admin: true,
  },
  { name: 'settings', description: inAll('Language and time zone'), options: [], admin: false },
];

/** A chat room that answers what the test tells it, and remembers what it was asked. */
export interface StubChat extends ChatService {
  calls: { asker: Asker; call: CommandCall }[];
  presses: { asker: Asker; action: string }[];
  joins: Asker[];
  /** What was typed into forms. */
  fills: { asker: Asker; action: string; typed: string }[];
  onCommand: (asker: Asker, call: CommandCall) => Promise<Reply | undefined> | Reply | undefined;
  onPress: (asker: Asker, action: string) => Promise<Reply | undefined> | Reply | undefined;
  onSuggest: (option: OptionName, typed: string) => Promise<{ label: string; value: string }[]>;
}

export function stubChat(): StubChat {
  const stub: StubChat = {
    commands: DEFINITIONS,
    calls: [],
    presses: [],
    joins: [],
    fills: [],
    onCommand: () => say('woof'),
    onPress: () => say('woof'),
    onSuggest: async () => [],
    async command(asker, call) {
      stub.calls.push({ asker, call });
      return stub.onCommand(asker, call);
    },
    async press(asker, action) {
      stub.presses.push({ asker, action });
      return stub.onPress(asker, action);
    },
    shared: async (asker, reference) => await stub.press(asker, `shared ${reference}`),
    follow: async (asker, action) =>
      action.startsWith('v1:rm') ? undefined : await stub.press(asker, action),
    question: (_language, action) =>
      action.startsWith('v1:form:')
        ? { title: 'In your words', label: 'Which one?', example: 'x' }
        : undefined,
    async fill(asker, action, typed) {
      stub.fills.push({ asker, action, typed });
      return say(`filled ${typed}`, { replace: true });
    },
    suggest: (_asker, option, typed) => stub.onSuggest(option, typed),
    present: () => ({ text: [], buttons: [] }),
    async joined(asker) {
      stub.joins.push(asker);
      return say('hello');
    },
  };
  return stub;
}

export function say(words: string, more: Partial<Reply> = {}): Reply {
  return { text: [{ type: 'text', line: [words] }], ...more };
}

/** The bot under test, connected to the fake. */
export async function startBot(
  world: FakeDiscord,
  redis: TestRedis,
  chat: ChatService,
  more: Partial<DiscordOptions> = {},
): Promise<Discord> {
  const store = redis.connect();
  const bot = createDiscord({
    token: world.token,
    apiUrl: world.apiUrl,
    store,
    chats: createChatsRepository(store),
    chat,
    pictures: NO_PICTURES,
    log: silentLog(),
    clock: systemClock,
    retryMs: 20,
    ...more,
  });
  await bot.start();
  return bot;
}

/** A stored chat at a Discord channel. */
export function chatAt(channelId: string): Chat {
  return storedChat({
    uid: 'chat-1',
    address: { platform: 'discord', chatId: channelId, threadId: '' },
    type: 'group',
    title: '#general',
  });
}

/** An alert with only what a sender looks at. */
export function alert(direction: 'up' | 'down'): AlertNotice {
  const value = direction === 'up' ? 2.1 : -2.1;
  return {
    type: 'alert',
    eventId: 'a1b2c3:BTCUSDT.1',
    rule: {
      id: 'a1b2c3',
      symbol: 'BTCUSDT',
      kind: 'move',
      direction: 'either',
      threshold: 2,
      window: '5m',
      mode: 'repeat',
      cooldownMs: 600_000,
      preset: undefined,
    },
    firing: {
      eventId: 'a1b2c3:BTCUSDT.1',
      ruleId: 'a1b2c3',
      symbol: 'BTCUSDT',
      episode: 1,
      why: 'cross',
      time: 1_700_000_000_000,
      value,
      suppressed: 0,
    },
    source: 'live',
    tickSize: 0.1,
    from: undefined,
    to: { price: 65_000, time: 1_700_000_000_000 },
    volumeRatio: undefined,
    late: false,
    decidedAt: 1_700_000_000_000,
  };
}
