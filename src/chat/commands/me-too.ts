import type { RuleTerms } from '../../alerts/rule.ts';
import { UserError } from '../../kit/errors.ts';
import type { Reply } from '../../notice/text.ts';
import type { Address, Chat } from '../../store/chat-model.ts';
import { admits, startsApproved } from '../access.ts';
import { packAction } from '../actions.ts';
import { askForApproval } from '../approval.ts';
import type { Action, Context } from '../context.ts';
import { creatorOf } from '../creator.ts';
import { ruleLimit } from '../quotas.ts';
import { noteUse } from '../rule-use.ts';
import { ruleTag } from '../rule-words.ts';
import { ruleOf } from '../stored-rule.ts';
import { findTarget } from '../target.ts';
import { findTwin } from '../twins.ts';
import { confirmation } from './subscribe-confirm.ts';

/**
 * Takes a chat's rule into the private chat of whoever pressed: at once if the bot may write there, else by a tap that
 * leads there first.
 */
export async function takeAlong(context: Context, id: string): Promise<Reply> {
  const { deps, t } = context;
  const address = privateAddress(context);
  if (address === undefined) return personal(t.meToo.nobody);
  if (!admits(deps.access, address, context.asker)) return personal(t.access.closed);
  const rule = await ruleOf(context, await findTarget(context, undefined, 'read'), id);
  const known = await deps.chats.find(address);
  const home = await privateChat(context, address);
  const { id: _, ...terms } = rule;
  const mine: RuleTerms = {
    ...terms,
    chat: home.uid,
    paused: false,
    createdBy: creatorOf(context),
    createdAt: deps.clock.now(),
  };
  noteUse(context, rule, 'meToo');
  if (mayWrite(known, address)) {
    const { tag, isNew } = await keep(context, home, mine);
    return personal(isNew ? t.meToo.taken(tag) : t.meToo.already(tag));
  }
  const token = await deps.rules.keepForUndo(home.uid, [{ ...mine, id: await deps.rules.newId() }]);
  return {
    text: [{ type: 'text', line: [t.meToo.open] }],
    buttons: [[{ label: `➕ ${t.alert.meToo}`, action: packAction('take', token), via: 'private' }]],
    personal: true,
    toast: true,
  };
}

/** `v1:take:<token>`: the tap in the private chat that takes the rule that was kept for it. */
export const pressTake: Action = async (context, [token]) => {
  if (token === undefined) return undefined;
  const { deps, chat, quotas, t } = context;
  const [rule] = await deps.rules.takeUndo(chat.uid, token);
  if (!rule) return personal(t.meToo.expired);
  const target = await findTarget(context, undefined, 'post');
  const twin = await findTwin(context, rule);
  if (twin) return confirmation(context, target, twin, { title: t.subscribe.already(ruleTag(twin.id)) });
  const limit = ruleLimit(chat, quotas);
  const { saved } = await deps.rules.save(rule, limit);
  if (!saved) throw new UserError('rule-limit', { limit });
  return confirmation(context, target, rule, { title: `✅ ${t.subscribe.done}`, isNew: true });
};

/** Where a person is alone with the bot; undefined for whoever has no name of his own, and at the console. */
function privateAddress({ asker }: Context): Address | undefined {
  const { platform } = asker.address;
  if (asker.userId === undefined || platform === 'console') return undefined;
  const chatId = platform === 'discord' ? `user:${asker.userId}` : asker.userId;
  return { platform, chatId, threadId: '' };
}

/** Telegram lets a bot write only to those who have spoken to it; on Discord being in one server is enough. */
function mayWrite(known: Chat | undefined, { platform }: Address): boolean {
  return platform === 'discord' || (known !== undefined && known.pausedReason === undefined);
}

async function privateChat({ deps, asker, chat }: Context, address: Address): Promise<Chat> {
  const home = await deps.chats.ensure(address, {
    type: 'private',
    title: asker.userName ?? '',
    locale: chat.locale,
    timezone: chat.timezone,
    approved: startsApproved(deps.access, address, false),
  });
  if (!home.approved) await askForApproval(deps, home);
  // It may have refused our messages before; who asks for them takes them again.
  if (address.platform === 'discord' && home.pausedReason !== undefined) {
    await deps.chats.update(home.uid, { pausedReason: undefined });
  }
  return home;
}

async function keep(
  { deps, quotas }: Context,
  home: Chat,
  terms: RuleTerms,
): Promise<{ tag: string; isNew: boolean }> {
  const twin = await findTwin({ deps }, terms);
  if (twin) return { tag: ruleTag(twin.id), isNew: false };
  const rule = { ...terms, id: await deps.rules.newId() };
  const limit = ruleLimit(home, quotas);
  const { saved } = await deps.rules.save(rule, limit);
  if (!saved) throw new UserError('rule-limit', { limit });
  return { tag: ruleTag(rule.id), isNew: true };
}

function personal(words: string): Reply {
  return { text: [{ type: 'text', line: [words] }], personal: true };
}
