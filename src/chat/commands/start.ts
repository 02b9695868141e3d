import type { Reply } from '../../notice/text.ts';
import { packAction } from '../actions.ts';
import { askForApproval } from '../approval.ts';
import type { Action, Command, Context } from '../context.ts';
import { define } from '../definition.ts';
import { shortName } from '../rule-words.ts';

/** `/start`: what it is, in one screen of buttons. */
export const start: Command = {
  definition: define('start'),
  async run(context) {
    // The word may have been lost when the chat was new.
    if (!context.chat.approved) await askForApproval(context.deps, context.chat);
    return welcome(context);
  },
};

/** `v1:start`: back to the first screen. */
export const pressStart: Action = async (context) => ({ ...welcome(context), replace: true });

/** The first screen, also said once when the bot is added to a chat. */
export function welcome(context: Context): Reply {
  const { t, chat, symbols } = context;
  const { buttons, title, lines, pending, watchNow } = t.start;
  const watched = symbols.favourites(6).map(shortName).join(' · ');
  return {
    text: [
      { type: 'title', line: [`🐕 ${title}`] },
      ...lines.map((line) => ({ type: 'text', line: [line] }) as const),
      ...(watched === '' ? [] : [{ type: 'small', line: [`${watchNow}: ${watched}`] } as const]),
      ...(chat.approved ? [] : [{ type: 'text', line: [`⏳ ${pending}`] } as const]),
    ],
    buttons: [
      [
        { label: buttons.price, action: packAction('price') },
        { label: buttons.analyze, action: packAction('analyze') },
      ],
      [
        { label: buttons.subscribe, action: packAction('sub'), style: 'primary' },
        { label: buttons.help, action: packAction('help') },
      ],
      [
        { label: buttons.alerts, action: packAction('alerts', '0', '') },
        { label: buttons.movers, action: packAction('movers') },
        { label: t.settings.open, action: packAction('set') },
      ],
      ...(context.asker.picksChats ? [[{ label: `📣 ${t.where.button}`, action: packAction('where') }]] : []),
    ],
  };
}
