import { z } from 'zod';
import type { CommandCall } from '../chat/model.ts';
import type { Address, ChatType } from '../store/chat-model.ts';

// What Sheepdog reads of an update; everything else, and every new field, passes unseen.
const user = z.object({
  id: z.number(),
  is_bot: z.boolean(),
  first_name: z.string().optional(),
  language_code: z.string().optional(),
});
const chat = z.object({
  id: z.number(),
  type: z.enum(['private', 'group', 'supergroup', 'channel']),
  title: z.string().optional(),
  first_name: z.string().optional(),
});
const place = {
  chat,
  message_id: z.number(),
  message_thread_id: z.number().optional(),
  is_topic_message: z.boolean().optional(),
};
const message = z.object({
  ...place,
  from: user.optional(),
  sender_chat: z.object({ id: z.number() }).optional(),
  text: z.string().optional(),
  chat_shared: z.object({ chat_id: z.number() }).optional(),
  migrate_to_chat_id: z.number().optional(),
  migrate_from_chat_id: z.number().optional(),
});
const member = z.object({ status: z.string(), is_member: z.boolean().optional() });
const update = z.object({
  update_id: z.number(),
  message: message.optional(),
  channel_post: message.optional(),
  callback_query: z
    .object({ id: z.string(), from: user, message: z.object(place).optional(), data: z.string().optional() })
    .optional(),
  my_chat_member: z.object({ chat, from: user, old_chat_member: member, new_chat_member: member }).optional(),
});

type Message = z.infer<typeof message>;
type Person = z.infer<typeof user>;
type TelegramChat = z.infer<typeof chat>;
type Member = z.infer<typeof member>;

/** The updates that are asked for. */
export const ALLOWED_UPDATES = ['message', 'channel_post', 'callback_query', 'my_chat_member'] as const;

/** Telegram's own account that forwards a channel's posts into its discussion group. */
const TELEGRAM_FORWARDER = 777_000;

/** Where something happened and who did it. */
export interface Scene {
  address: Address;
  chatType: ChatType;
  title: string;
  /** Undefined for a channel post and for whoever writes in the name of a chat. */
  userId: number | undefined;
  userName: string | undefined;
  languageHint: string | undefined;
  /** Known without asking: writes in the name of this very chat, which only its administrators can; or is alone here. */
  surelyAdmin: boolean;
}

/** What an update means to Sheepdog. */
export type Incoming =
  | { type: 'command'; scene: Scene; call: CommandCall; messageId: number }
  | { type: 'press'; scene: Scene; queryId: string; action: string; messageId: number }
  /** The person picked one of his chats from Telegram's list of them. */
  | { type: 'shared'; scene: Scene; chatId: string }
  /** A press that means nothing (any more): only to be acknowledged. */
  | { type: 'stale-press'; queryId: string }
  /** The bot was let in or put out. */
  | { type: 'membership'; scene: Scene; was: boolean; is: boolean }
  | { type: 'moved'; from: number; to: number };

/** Reads an update; undefined: nothing for us, or not an update at all. `botName` is ours, without @. */
export function readUpdate(input: unknown, botName: string): Incoming | undefined {
  const parsed = update.safeParse(input);
  if (!parsed.success) return undefined;
  const { message: written, channel_post, callback_query: query, my_chat_member: change } = parsed.data;
  if (written) return readMessage(written, botName);
  if (channel_post) return readMessage(channel_post, botName);
  if (query) {
    if (!query.message || query.data === undefined) return { type: 'stale-press', queryId: query.id };
    const scene = sceneOf(query.message.chat, threadOf(query.message), query.from, false);
    return {
      type: 'press',
      scene,
      queryId: query.id,
      action: query.data,
      messageId: query.message.message_id,
    };
  }
  if (change) {
    const scene = sceneOf(change.chat, '', change.from, false);
    return { type: 'membership', scene, was: isIn(change.old_chat_member), is: isIn(change.new_chat_member) };
  }
  return undefined;
}

/** The chat an update belongs to and who caused it: what must be worked through in order. */
export function laneOf(input: unknown): string | undefined {
  const parsed = update.safeParse(input);
  if (!parsed.success) return undefined;
  const { message: written, channel_post: post, callback_query: query, my_chat_member: change } = parsed.data;
  const where = written?.chat ?? post?.chat ?? query?.message?.chat ?? change?.chat;
  const who = written?.from ?? query?.from;
  return where && `${where.id}:${who?.id ?? ''}`;
}

function readMessage(written: Message, botName: string): Incoming | undefined {
  if (written.migrate_to_chat_id !== undefined) {
    return { type: 'moved', from: written.chat.id, to: written.migrate_to_chat_id };
  }
  if (written.migrate_from_chat_id !== undefined) {
    return { type: 'moved', from: written.migrate_from_chat_id, to: written.chat.id };
  }
  const { from, sender_chat: sender } = written;
  // Bots talking to bots never end; a person who writes as a chat is named by a bot account of Telegram's.
  if (from?.id === TELEGRAM_FORWARDER || (from?.is_bot && !sender)) return undefined;
  const { chat_shared: shared } = written;
  if (shared && written.chat.type === 'private') {
    const scene = sceneOf(written.chat, '', from, false);
    return { type: 'shared', scene, chatId: String(shared.chat_id) };
  }
  const call = written.text === undefined ? undefined : readCommand(written.text, botName);
  if (!call) return undefined;
  // Channel posts, and administrators who stay anonymous: both write in the name of the chat itself.
  const writesAsChat = written.chat.type === 'channel' || sender?.id === written.chat.id;
  const scene = sceneOf(written.chat, threadOf(written), sender ? undefined : from, writesAsChat);
  return { type: 'command', scene, call, messageId: written.message_id };
}

/**
 * `/name` or `/name@bot` at the very beginning, then words; another bot's name makes it another bot's command. Telegram's
 * menus know Latin names only; whoever types may do it in his own script.
 */
export function readCommand(text: string, botName: string): CommandCall | undefined {
  const match = /^\/([\p{L}\p{N}_]{1,32})(?:@([a-z0-9_]+))?(?=\s|$)/iu.exec(text);
  if (!match) return undefined;
  const [whole, name, addressee] = match;
  if (name === undefined) return undefined;
  if (addressee !== undefined && addressee.toLowerCase() !== botName.toLowerCase()) return undefined;
  const words = text.slice(whole.length).split(/\s+/u).filter(Boolean);
  return { name: name.toLowerCase(), words, options: {} };
}

function sceneOf(
  where: TelegramChat,
  threadId: string,
  person: Person | undefined,
  writesAsChat: boolean,
): Scene {
  const chatType = chatTypeOf(where.type);
  return {
    address: { platform: 'telegram', chatId: String(where.id), threadId },
    chatType,
    title: where.title ?? where.first_name ?? '',
    userId: person?.id,
    userName: person?.first_name,
    languageHint: person?.language_code,
    surelyAdmin: chatType === 'private' || writesAsChat,
  };
}

/** The forum topic; elsewhere a thread id is merely the message that a reply goes back to. */
function threadOf(written: {
  message_thread_id?: number | undefined;
  is_topic_message?: boolean | undefined;
}) {
  return written.is_topic_message && written.message_thread_id !== undefined
    ? String(written.message_thread_id)
    : '';
}

/** Telegram's four kinds of chats as ours. */
export function chatTypeOf(type: TelegramChat['type']): ChatType {
  return type === 'supergroup' ? 'group' : type;
}

function isIn({ status, is_member }: Member): boolean {
  return status !== 'left' && status !== 'kicked' && is_member !== false;
}
