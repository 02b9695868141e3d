import type { OperatorNotice } from '../notice/notice.ts';
import type { Chat } from '../store/chat-model.ts';
import type { ChatsRepository } from '../store/chats.ts';
import type { Post } from '../store/post.ts';
import type { RulesRepository } from '../store/rules.ts';
import { privateAddress } from './operators.ts';

/** Says something of a chat in private to those who set its rules, once per `onceKey` within two days. */
export type TellOwners = (
  chat: Chat,
  code: OperatorNotice['code'],
  args: OperatorNotice['args'],
  onceKey: string,
) => Promise<void>;

/**
 * Makes the function by which those who set the rules of a group or channel hear of it in private, each in his own
 * language. Who has no private chat with the bot cannot be told; operators hear of everything anyway.
 */
export function createTellOwners(deps: {
  operators: ReadonlySet<string>;
  rules: Pick<RulesRepository, 'list'>;
  chats: Pick<ChatsRepository, 'find'>;
  post: Pick<Post, 'post'>;
}): TellOwners {
  return async (chat, code, args, onceKey) => {
    const rules = await deps.rules.list(chat.uid);
    for (const owner of new Set(rules.map(({ createdBy }) => createdBy))) {
      const address = deps.operators.has(owner) ? undefined : privateAddress(owner);
      const there = address && (await deps.chats.find(address));
      // A rule of an anonymous administrator was set by the group itself.
      if (there?.type !== 'private' || there.uid === chat.uid || there.pausedReason !== undefined) continue;
      const notice: OperatorNotice = { type: 'operator', eventId: `owner:${code}:${onceKey}`, code, args };
      await deps.post.post(there.uid, 'lo', [notice]);
    }
  };
}
