import { ALL_SYMBOLS } from '../../alerts/rule.ts';
import type { Reply } from '../../notice/text.ts';
import { packAction } from '../actions.ts';
import type { Action, Context } from '../context.ts';
import { nameWords } from '../rule-words.ts';
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
  const symbol = symbolText === ALL_SYMBOLS ? ALL_SYMBOLS : symbols.resolve(symbolText).symbol;
  const [, , window = '', threshold = '', , options = ''] = args;
  const said = [t.kinds[kind], threshold, window, options].filter(Boolean).join(' · ');
  return {
    text: [
      { type: 'title', line: [t.open.title] },
      { type: 'text', line: [{ b: nameWords({ symbol }, t) }, ` ${said}`] },
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
