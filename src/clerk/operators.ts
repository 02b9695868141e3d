import type { Log } from '../kit/log.ts';
import type { OperatorNotice } from '../notice/notice.ts';
import type { Address, Locale } from '../store/chat-model.ts';
import type { ChatsRepository } from '../store/chats.ts';
import type { Post } from '../store/post.ts';

/** Says something to every operator in private, once per `onceKey` within two days. */
export type TellOperators = (
  code: OperatorNotice['code'],
  args: OperatorNotice['args'],
  onceKey: string,
) => Promise<void>;

/** Where a person (`platform:userId`) is reached alone; a Discord user is named by `user:<id>`, for which the sender opens a direct channel. */
export function privateAddress(person: string): Address | undefined {
  const [platform, id] = person.split(':', 2);
  if (id === undefined || id === '') return undefined;
  if (platform === 'telegram') return { platform, chatId: id, threadId: '' };
  if (platform === 'discord') return { platform, chatId: `user:${id}`, threadId: '' };
  if (platform === 'console') return { platform, chatId: 'console', threadId: '' };
  return undefined;
}

/** Makes the function by which every room tells the operators; the log has it in any case. */
export function createTellOperators(deps: {
  operators: ReadonlySet<string>;
  chats: ChatsRepository;
  post: Post;
  defaults: { locale: Locale; timezone: string };
  log: Log;
}): TellOperators {
  return async (code, args, onceKey) => {
    deps.log.warn({ code, ...args }, 'word to the operators');
    for (const operator of deps.operators) {
      const address = privateAddress(operator);
      if (!address) continue;
      const chat = await deps.chats.ensure(address, {
        type: 'private',
        title: '',
        locale: deps.defaults.locale,
        timezone: deps.defaults.timezone,
        approved: true,
      });
      const notice: OperatorNotice = { type: 'operator', eventId: `operator:${code}:${onceKey}`, code, args };
      await deps.post.post(chat.uid, 'lo', [notice]);
    }
  };
}
