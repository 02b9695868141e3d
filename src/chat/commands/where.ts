import type { Reply } from '../../notice/text.ts';
import { packAction } from '../actions.ts';
import { chatName } from '../approval.ts';
import type { Action, Context } from '../context.ts';
import { findTarget, tail } from '../target.ts';

/** `v1:where`: asks for one of the person's channels or groups; it is his next message. */
export const pressWhere: Action = async ({ asker, t }) =>
  asker.picksChats
    ? {
        text: [{ type: 'text', line: [t.where.ask] }],
        choice: { type: 'chat', channel: `📣 ${t.where.channel}`, group: `👥 ${t.where.group}` },
      }
    : undefined;

/** `v1:there:<chat>`: back to what can be done for it. */
export const pressThere: Action = async (context, [reference]) =>
  reference === undefined ? undefined : { ...(await chosenChat(context, reference)), replace: true };

/** What can be done for the chat that was picked. Throws UserError as `findTarget`, also when the bot cannot post there. */
export async function chosenChat(context: Context, reference: string): Promise<Reply> {
  const target = await findTarget(context, reference, 'post');
  const { t } = context;
  return {
    text: [
      { type: 'title', line: [chatName(target.chat)] },
      { type: 'text', line: [t.where.chosen] },
    ],
    buttons: [
      [
        {
          label: t.start.buttons.subscribe,
          action: packAction('sub', '', '', '', '', target.reference),
          style: 'primary',
        },
      ],
      [
        { label: t.subscribe.list, action: packAction('alerts', '0', target.reference) },
        { label: t.settings.open, action: packAction('set', ...tail(target)) },
      ],
    ],
  };
}
