import { describeError } from '../kit/errors.ts';
import type { Addition } from '../notice/amendment.ts';
import { newestOfEachRule } from '../notice/newest.ts';
import type { Notice } from '../notice/notice.ts';
import type { Chat } from '../store/chat-model.ts';
import type { ChatsRepository } from '../store/chats.ts';
import type { Told, ToldForm, ToldMessages } from '../store/told.ts';
import { isWide, mayBeWide } from './join.ts';
import type { EditOutcome, Sender } from './sender.ts';

/** What a message is to say besides what it says. */
export interface Change {
  notices?: readonly Notice[];
  additions?: readonly Addition[];
}

/** Changes a message that was told; `told` is what is known of it, if the caller has read it already. */
export type Edit = (
  chat: Chat,
  messageId: string,
  change: Change,
  sender: Sender,
  told?: Told,
) => Promise<EditOutcome>;

/** Times that a message is written anew because somebody else changed it meanwhile. */
const MOST = 5;

/**
 * Makes the function that changes a message and then its record. Every step may be repeated after a crash. Two who
 * change the same message at once (one of them was overtaken) both end with all of it: who finds the record changed
 * since he read it writes the message once more.
 */
export function createEdit(deps: {
  told: ToldMessages;
  chats: Pick<ChatsRepository, 'ruleSymbols'>;
  book: <T>(step: () => Promise<T>) => Promise<T>;
}): Edit {
  const { told: records, chats, book } = deps;

  return async function edit(chat, messageId, change, sender, known) {
    let told = known;
    for (let times = 1; ; times++) {
      told ??= await records.get(chat.uid, messageId);
      if (!told || told.closed) return { type: 'no-message', reason: 'not known (any more)' };
      const next = await applied(chat, told, change);
      const outcome = await attempt(chat, next, sender, change);
      if (outcome.type === 'no-message' || outcome.type === 'bad-content') {
        await book(() => records.write(chat.uid, messageId, { closed: true }));
      }
      if (outcome.type !== 'edited') return outcome;
      const before = await book(() =>
        records.write(chat.uid, messageId, {
          form: next.form,
          notices: newestOfEachRule(next.notices).filter((notice) => !told?.notices.includes(notice)),
          additions: change.additions ?? [],
          // What it was before says nothing new, and may be no more by now.
          pictured: outcome.pictured === told?.pictured ? undefined : outcome.pictured,
        }),
      );
      if (before === told.revision || times === MOST) return outcome;
      told = undefined;
    }
  };

  async function applied(chat: Chat, told: Told, { notices = [], additions = [] }: Change): Promise<Told> {
    const fresh = new Set(notices.map(({ eventId }) => eventId));
    const all = [...told.notices.filter(({ eventId }) => !fresh.has(eventId)), ...notices];
    const about = new Set(additions.map(({ of, what }) => `${what}:${of}`));
    return {
      ...told,
      form: notices.length > 0 ? await formOf(chat, told.form, all) : told.form,
      notices: all,
      additions: [...told.additions.filter(({ of, what }) => !about.has(`${what}:${of}`)), ...additions],
    };
  }

  async function formOf(chat: Chat, form: ToldForm, notices: readonly Notice[]): Promise<ToldForm> {
    return form === 'barks' ? await formOfBarks(chats, chat.uid, notices) : form;
  }

  async function attempt(chat: Chat, next: Told, sender: Sender, change: Change): Promise<EditOutcome> {
    const { notices, additions, form, marked: mayRepeat, pictured } = next;
    const words =
      (change.notices ?? []).length > 0 || (change.additions ?? []).some(({ what }) => what !== 'picture');
    const edition = { notices, additions, form, mayRepeat, pictured, words };
    try {
      return await sender.edit(chat, next.messageId, edition);
    } catch (error) {
      return { type: 'ambiguous', reason: describeError(error) };
    }
  }
}

/** How a message with these notices tells them: one by one, or as one move of the whole market. */
export async function formOfBarks(
  chats: Pick<ChatsRepository, 'ruleSymbols'>,
  uid: string,
  notices: readonly Notice[],
): Promise<ToldForm> {
  const alerts = notices.filter((notice) => notice.type === 'alert');
  if (alerts.length < notices.length || !mayBeWide(alerts)) return 'barks';
  return isWide(alerts, (await chats.ruleSymbols(uid)).length) ? 'wide' : 'barks';
}
