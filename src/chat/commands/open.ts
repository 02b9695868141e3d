import type { Reply } from '../../notice/text.ts';
import { packAction } from '../actions.ts';
import type { Action, Context } from '../context.ts';
import { shortName } from '../rule-words.ts';
import { pressSubscribe } from './subscribe.ts';
import { unpackDraft } from './subscribe-screens.ts';

/** `v1:open:<as of sub>`: a rule that somebody wanted elsewhere, prefilled; nothing is set before the tap. */
export const pressOpen: Action = async (context, args) => {
  const draft = unpackDraft(args);
  if (!draft) return undefined;
  // What is not whole asks for the rest, and sets nothing.
  if (draft.symbolText === undefined || draft.kind === undefined) return await pressSubscribe(context, args);
  return question(context, args, draft.symbolText, draft.kind);
};

function question(
  { t, symbols }: Context,
  args: readonly string[],
  symbolText: string,
  kind: keyof Context['t']['kinds'],
): Reply {
  const { symbol } = symbols.resolve(symbolText);
  const [, , window = '', threshold = ''] = args;
  const said = [t.kinds[kind], threshold, window].filter(Boolean).join(' · ');
  return {
    text: [
      { type: 'title', line: [t.open.title] },
      { type: 'text', line: [{ b: shortName(symbol) }, ` ${said}`] },
      { type: 'small', line: [t.open.nothingYet] },
    ],
    buttons: [
      [
        { label: `✅ ${t.open.set}`, action: packAction('sub', ...args), style: 'primary' },
        { label: t.open.change, action: packAction('sub', symbol) },
      ],
    ],
    replace: true,
  };
}
