import type { Asker, ChatService, CommandCall } from '../../src/chat/model.ts';
import type { Reply } from '../../src/notice/text.ts';

/** A chat room that remembers what it was asked and answers what a test wants. */
export interface StubChat extends ChatService {
  readonly asked: { asker: Asker; call: CommandCall }[];
  readonly pressed: { asker: Asker; action: string }[];
  readonly joins: Asker[];
  answer: (asker: Asker, call: CommandCall) => Promise<Reply | undefined>;
  onPress: (asker: Asker, action: string) => Promise<Reply | undefined>;
  onJoin: (asker: Asker) => Promise<Reply | undefined>;
}

/** A reply of one line. */
export function line(words: string): Reply {
  return { text: [{ type: 'text', line: [words] }] };
}

export function stubChat(): StubChat {
  const asked: StubChat['asked'] = [];
  const pressed: StubChat['pressed'] = [];
  const joins: Asker[] = [];
  const stub: StubChat = {
    asked,
    pressed,
    joins,
    answer: async (_, { name, words }) => line(`${name}(${words.join(',')})`),
    onPress: async (_, action) => line(`pressed ${action}`),
    onJoin: async () => undefined,
    commands: [
      {
        name: 'price',
        description: { en: 'Price', ko: '가격', zh: '价格', ja: '価格' },
        options: [],
        admin: false,
      },
      {
        name: 'mute',
        description: { en: 'Mute', ko: '음소거', zh: '静音', ja: 'ミュート' },
        options: [],
        admin: true,
      },
    ],
    async command(asker, call) {
      asked.push({ asker, call });
      return await stub.answer(asker, call);
    },
    async press(asker, action) {
      pressed.push({ asker, action });
      return await stub.onPress(asker, action);
    },
    shared: async (asker, reference) => await stub.press(asker, `shared ${reference}`),
    follow: async (asker, action) =>
      action.startsWith('v1:rm') ? undefined : await stub.press(asker, action),
    question: () => undefined,
    fill: async () => undefined,
    suggest: async () => [],
    present: (notices, _, mayRepeat) => ({
      text: [
        { type: 'title', line: [notices.map(({ eventId }) => eventId).join(' ')] },
        ...(mayRepeat ? [{ type: 'small', line: ['↻ may repeat'] } as const] : []),
      ],
      buttons: [[{ label: 'Mute', action: 'v1:mute:1h' }]],
    }),
    async joined(asker) {
      joins.push(asker);
      return await stub.onJoin(asker);
    },
  };
  return stub;
}
