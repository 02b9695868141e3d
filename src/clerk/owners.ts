import type { Clock } from '../kit/clock.ts';
import type { OperatorNotice } from '../notice/notice.ts';
import type { Chat } from '../store/chat-model.ts';
import type { ChatsRepository } from '../store/chats.ts';
import type { Post } from '../store/post.ts';
import type { RulesRepository } from '../store/rules.ts';
import { privateAddress } from './operators.ts';

/** Tells those who set the rules of a chat in private that it is closed to the bot; once an hour, whoever notices it. */
export type TellOwners = (chat: Chat, reason: string) => Promise<void>;

const HOUR_MS = 3_600_000;

/** Why a chat is closed, by what a platform or the adapters say of it (English); the first that fits. */
const WHY: readonly (readonly [why: string, words: RegExp])[] = [
  ['deleted', /deleted|deactivated|unknown channel/i],
  ['removed', /removed|kicked|not a member|chat not found|unknown server/i],
  ['rights', /rights|permission|no access|forbidden|restricted|admin|closed|locked/i],
];

/**
 * Makes the function by which those who set the rules of a group or channel hear of its end in private, each in his own
 * language. Who has no private chat with the bot cannot be told; operators hear of everything anyway. All topics of a
 * group are one.
 */
export function createTellOwners(deps: {
  operators: ReadonlySet<string>;
  rules: Pick<RulesRepository, 'list'>;
  chats: Pick<ChatsRepository, 'find'>;
  post: Pick<Post, 'post'>;
  clock: Clock;
}): TellOwners {
  return async (chat, reason) => {
    const { platform, chatId } = chat.address;
    const hour = Math.floor(deps.clock.now() / HOUR_MS);
    const notice: OperatorNotice = {
      type: 'operator',
      eventId: `owner:chat-closed:${platform}:${chatId}:${hour}`,
      code: 'chat-closed',
      args: {
        uid: chat.uid,
        chat: chat.title === '' ? `${platform}:${chatId}` : chat.title,
        why: WHY.find(([, words]) => words.test(reason))?.[0] ?? 'unknown',
      },
    };
    const rules = await deps.rules.list(chat.uid);
    for (const owner of new Set(rules.map(({ createdBy }) => createdBy))) {
      const address = deps.operators.has(owner) ? undefined : privateAddress(owner);
      const there = address && (await deps.chats.find(address));
      // A rule of an anonymous administrator was set by the group itself.
      if (there?.type !== 'private' || there.uid === chat.uid || there.pausedReason !== undefined) continue;
      await deps.post.post(there.uid, 'lo', [notice]);
    }
  };
}
