import type { Api } from 'grammy';
import { GrammyError } from 'grammy';
import type { ChatFullInfo, ChatMember } from 'grammy/types';
import type { Asker, FoundChat } from '../chat/model.ts';
import type { Clock } from '../kit/clock.ts';
import { OperationalError } from '../kit/errors.ts';
import { describeCall } from './errors.ts';
import { chatTypeOf, type Scene } from './incoming.ts';

/** Who administers which chat, asked of Telegram and remembered for a minute. */
export interface Members {
  /** Who asks, as the chat room sees him. */
  askerOf(scene: Scene): Asker;
  /** Something changed in this chat: what is remembered of it may be wrong now. */
  forget(chatId: string): void;
}

const REMEMBERED_MS = 60_000;
const MOST_REMEMBERED = 10_000;

const REFERENCE = /^(?:@\w{2,64}|-?\d{1,20})$/;

/** `botId`: whose rights count when a chat is looked up. Its askers throw OperationalError when Telegram does not answer. */
export function createMembers(deps: {
  api: Api;
  botId: number;
  /** Without @. */
  botName: string;
  clock: Clock;
}): Members {
  const { api, botId, botName, clock } = deps;
  const remembered = new Map<string, { admin: boolean; until: number }>();

  async function isAdmin(chatId: string, userId: number | undefined): Promise<boolean> {
    if (userId === undefined) return false;
    const key = `${chatId}:${userId}`;
    const known = remembered.get(key);
    if (known && known.until > clock.now()) return known.admin;
    const admin = isAdministrator(await memberOf(chatId, userId));
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    remembered.set(key, { admin, until: clock.now() + REMEMBERED_MS });
    return admin;
  }

  /** Undefined: Telegram refuses to say, or there is no such member. */
  async function memberOf(chatId: string, userId: number): Promise<ChatMember | undefined> {
    return await unlessRefused(() => api.getChatMember(chatId, userId));
  }

  async function findChat(reference: string, userId: number | undefined): Promise<FoundChat | undefined> {
    if (!REFERENCE.test(reference)) return undefined;
    const chat = await unlessRefused(() => api.getChat(reference));
    if (!chat || chat.type === 'private') return undefined;
    const chatId = String(chat.id);
    const bot = await memberOf(chatId, botId);
    // A public chat can be seen by everyone, but who administers it is told only to those who are in it.
    if (!bot || bot.status === 'left' || bot.status === 'kicked') return undefined;
    return {
      address: { platform: 'telegram', chatId, threadId: '' },
      type: chatTypeOf(chat.type),
      title: chat.title ?? '',
      askerIsAdmin: await isAdmin(chatId, userId),
      missing: missingRights(chat, bot),
    };
  }

  return {
    askerOf: (scene) => ({
      address: scene.address,
      chatType: scene.chatType,
      chatTitle: scene.title,
      userId: scene.userId === undefined ? undefined : String(scene.userId),
      userName: scene.userName,
      languageHint: scene.languageHint,
      ...(scene.chatType === 'private' ? { picksChats: true } : {}),
      // In privacy mode a bot hears of a group only what names it.
      ...(scene.chatType === 'group' ? { addressee: `@${botName}` } : {}),
      isAdmin: async () => scene.surelyAdmin || (await isAdmin(scene.address.chatId, scene.userId)),
      findChat: (reference) => findChat(reference, scene.userId),
    }),
    forget(chatId) {
      for (const key of remembered.keys()) if (key.startsWith(`${chatId}:`)) remembered.delete(key);
    },
  };
}

function isAdministrator(member: ChatMember | undefined): boolean {
  return member?.status === 'creator' || member?.status === 'administrator';
}

/** What the bot lacks to post there, in Telegram's own English words. */
function missingRights(chat: ChatFullInfo, bot: ChatMember): string[] {
  if (chat.type === 'channel') {
    if (bot.status !== 'administrator') return ['administrator', 'Post Messages'];
    return bot.can_post_messages ? [] : ['Post Messages'];
  }
  if (isAdministrator(bot)) return [];
  const maySend = bot.status === 'restricted' ? bot.can_send_messages : chat.permissions?.can_send_messages;
  return maySend === false ? ['Send Messages'] : [];
}

async function unlessRefused<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof GrammyError && (error.error_code === 400 || error.error_code === 403))
      return undefined;
    // A new error: grammY's carries the request, and with it whatever was in it.
    throw new OperationalError('retry', describeCall(error));
  }
}
