import type { Address, Chat, ChatType, Locale } from './chat-model.ts';
import type { Store } from './redis.ts';

/** Chats by uid and by address. */
export interface ChatsRepository {
  get(uid: string): Promise<Chat | undefined>;
  find(address: Address): Promise<Chat | undefined>;
  /** The chat at this address, made with these defaults when it is new (one script: two callers get the same uid). */
  ensure(
    address: Address,
    defaults: { type: ChatType; title: string; locale: Locale; timezone: string; approved: boolean },
  ): Promise<Chat>;
  update(uid: string, change: Partial<Omit<Chat, 'uid' | 'address'>>): Promise<Chat | undefined>;
  /** Follows a migration: the uid keeps everything, all threads of the old id move too. */
  move(platform: string, oldChatId: string, newChatId: string): Promise<void>;
  list(): Promise<Chat[]>;
  /** True the first time an id is seen within 24 h: updates are delivered at least once. */
  firstSight(platform: string, updateId: string): Promise<boolean>;
  /** Counts a command of this user; false beyond `perMinute`. */
  allowCommand(user: string, perMinute: number): Promise<boolean>;
}

export function createChatsRepository(_store: Store): ChatsRepository {
  throw new Error('not built yet');
}
