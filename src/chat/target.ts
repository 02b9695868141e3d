import { UserError } from '../kit/errors.ts';
import type { Block } from '../notice/text.ts';
import type { Chat } from '../store/chat-model.ts';
import { admits, isFree, startsApproved } from './access.ts';
import { askForApproval, chatName } from './approval.ts';
import type { Context } from './context.ts';
import { formatsFor } from './format.ts';

/** The chat whose rules a command is about: the one where it is given, or another one that the asker named. */
export interface Target {
  chat: Chat;
  elsewhere: boolean;
  /** What buttons carry to find it again: its platform id, or '' for here. */
  reference: string;
}

const HERE = '';

/** Telegram's @name or -100… id; Discord's channel mention. */
const REFERENCE = /^(?:@[\p{L}\p{N}_]{2,64}|-100\d{5,20}|<#\d{5,25}>)$/u;

/** Takes the first word that names another chat out of the words. */
export function splitReference(words: readonly string[]): { reference: string | undefined; rest: string[] } {
  const at = words.findIndex((word) => REFERENCE.test(word));
  const reference = words[at]?.replace(/^<#(\d+)>$/, '$1');
  return { reference, rest: words.filter((_, i) => i !== at) };
}

/**
 * Finds the chat that a command is about. Another one than here must be visible and the asker its administrator; to
 * `post` there the bot must be able to. Throws UserError `channel-unknown`, `channel-not-admin`, `channel-missing`.
 */
export async function findTarget(
  context: Context,
  reference: string | undefined,
  need: 'read' | 'post',
): Promise<Target> {
  const { asker, chat, deps } = context;
  if (reference === undefined || reference === HERE) return ownTarget(context, need);
  const found = await asker.findChat(reference);
  if (!found || !admits(deps.access, found.address, undefined)) {
    throw new UserError('channel-unknown', { word: reference });
  }
  const { address, title } = found;
  const here = asker.address;
  if (address.chatId === here.chatId && address.threadId === here.threadId) return ownTarget(context, need);
  if (!found.askerIsAdmin) throw new UserError('channel-not-admin', { word: title || reference });
  if (need === 'post' && found.missing.length > 0) {
    throw new UserError('channel-missing', { word: title || reference, missing: found.missing.join(', ') });
  }
  const stored = await deps.chats.ensure(address, {
    type: found.type,
    title,
    locale: chat.locale,
    timezone: chat.timezone,
    approved: startsApproved(deps.access, address, context.operator),
  });
  const target = { ...stored, approved: isFree(deps.access, stored, context.operator) };
  if (!target.approved) await askForApproval(deps, target);
  return { chat: target, elsewhere: true, reference: address.chatId };
}

function ownTarget({ asker, chat }: Context, need: 'read' | 'post'): Target {
  if (need === 'post' && asker.missing !== undefined && asker.missing.length > 0) {
    throw new UserError('channel-missing', { word: chat.title, missing: asker.missing.join(', ') });
  }
  return { chat, elsewhere: false, reference: HERE };
}

/** A command's context as it is for the chat that the command is about; its times are in that chat's zone. */
export interface About {
  target: Target;
  context: Context;
}

/** Finds the chat that a command about a chat as a whole means, and speaks of it from there on. Throws as `findTarget`. */
export async function about(
  context: Context,
  reference: string | undefined,
  need: 'read' | 'post' = 'read',
): Promise<About> {
  const target = await findTarget(context, reference, need);
  if (!target.elsewhere) return { target, context };
  const f = formatsFor(context.chat.locale, target.chat.timezone);
  return { target, context: { ...context, chat: target.chat, f } };
}

/** What buttons carry behind everything else to find another chat again. */
export function tail({ reference }: Target): string[] {
  return reference === HERE ? [] : [`@${reference}`];
}

/** Takes the tail off a button's arguments. */
export function splitTail(args: readonly string[]): {
  reference: string | undefined;
  rest: readonly string[];
} {
  const last = args.at(-1);
  return last?.startsWith('@')
    ? { reference: last.slice(1), rest: args.slice(0, -1) }
    : { reference: undefined, rest: args };
}

/** A line that says which other chat an answer is about; none for here. */
export function whereBlocks({ t }: Context, target: Target): Block[] {
  return target.elsewhere ? [{ type: 'small', line: [t.inChat(chatName(target.chat))] }] : [];
}

/**
 * Throws UserError `admin-only` unless the asker may set and change the target's rules; `open` is the action by which he
 * can do the same in private.
 */
export async function requireRuleRight(context: Context, target: Target, open = ''): Promise<void> {
  if (!(await mayRule(context, target))) throw new UserError('admin-only', { open });
}

/** May the asker set and change the target's rules? For showing or hiding buttons. */
export async function mayRule(context: Context, target: Target): Promise<boolean> {
  return target.chat.openRules === true || (await isAdminOf(context, target));
}

/** Throws UserError `admin-only` unless the asker may change what the target gets. Another chat's right is already checked. */
export async function requireAdmin(context: Context, target: Target): Promise<void> {
  if (target.elsewhere || context.chat.type === 'private') return;
  if (!(await context.asker.isAdmin())) throw new UserError('admin-only');
}

/** May the asker change what the target gets? For showing or hiding buttons. */
export async function isAdminOf(context: Context, target: Target): Promise<boolean> {
  return target.elsewhere || context.chat.type === 'private' || (await context.asker.isAdmin());
}
