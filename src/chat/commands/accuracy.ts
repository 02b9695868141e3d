import type { Reply } from '../../notice/text.ts';
import type { Action, Command, Context } from '../context.ts';
import { define } from '../definition.ts';
import { cardBlocks } from '../record-words.ts';
import { symbolButtons } from './buttons.ts';

/** How many models and prompts are shown, the latest first. */
const MAX_CARDS = 3;

/** `/accuracy <symbol>`: how the AI's scheduled calls turned out, against baselines, and what may be concluded from it. */
export const accuracy: Command = {
  definition: define('accuracy', [{ name: 'symbol', autocomplete: true }]),
  async run(context, call) {
    return answer(context, call.options.symbol ?? call.words[0]);
  },
};

/** `v1:accuracy[:<symbol>]` */
export const pressAccuracy: Action = async (context, [symbol]) => answer(context, symbol);

async function answer(context: Context, word: string | undefined): Promise<Reply> {
  const { deps, symbols, t, f } = context;
  if (word === undefined) {
    return {
      text: [{ type: 'text', line: [t.choose.symbol] }],
      buttons: symbolButtons(symbols, 'accuracy'),
      personal: true,
    };
  }
  const { symbol } = symbols.resolve(word);
  const cards = await deps.scoreboard.of(symbol);
  return {
    text: [
      { type: 'title', line: [t.accuracy.title(symbol)] },
      ...(cards.length === 0 ? [{ type: 'text', line: [t.accuracy.none] } as const] : []),
      ...cards.slice(0, MAX_CARDS).flatMap((card) => cardBlocks(card, t, f)),
      { type: 'small', line: [t.accuracy.method] },
    ],
  };
}
