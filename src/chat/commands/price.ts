import type { Reply } from '../../notice/text.ts';
import { packAction } from '../actions.ts';
import type { Action, Command, Context } from '../context.ts';
import { define } from '../definition.ts';
import { cautions, factRows } from '../facts.ts';
import { lookUp } from '../lookup.ts';
import { symbolButtons } from './buttons.ts';

/** `/price`: the symbol's figures as they are now, or why they are not. */
export const price: Command = {
  definition: { ...define('price', [{ name: 'symbol', autocomplete: true }]), anywhere: true },
  async run(context, call) {
    return answer(context, call.options.symbol ?? call.words[0]);
  },
};

/** `v1:price[:<symbol>]` */
export const pressPrice: Action = async (context, [symbol]) => ({
  ...(await answer(context, symbol)),
  replace: true,
});

async function answer(context: Context, word: string | undefined): Promise<Reply> {
  const { t, f, symbols, deps } = context;
  if (word === undefined) {
    return {
      text: [{ type: 'text', line: [t.choose.symbol] }],
      buttons: symbolButtons(symbols, 'price'),
      personal: true,
    };
  }
  const { symbol } = symbols.resolve(word);
  const lookup = await lookUp(context, symbol);
  const { brief } = lookup;
  if (!brief) {
    return {
      text: [
        { type: 'title', line: [symbol] },
        ...cautions(lookup, t, f),
        ...(lookup.stale ? [] : [{ type: 'text', line: [t.price.warmingUp(symbol)] } as const]),
      ],
      buttons: [[{ label: t.price.refresh, action: packAction('price', symbol) }]],
    };
  }
  const now = brief.last === undefined ? '' : ` ${f.price(brief.last, brief.tickSize)}`;
  return {
    text: [
      { type: 'title', line: [`${symbol}${now}`] },
      ...cautions(lookup, t, f),
      { type: 'facts', rows: factRows(brief, t, f, deps.clock.now()) },
    ],
    buttons: [
      [
        { label: t.price.refresh, action: packAction('price', symbol) },
        { label: t.chart.button, action: packAction('chart', symbol) },
        { label: t.start.buttons.analyze, action: packAction('analyze', symbol) },
        { label: t.start.buttons.subscribe, action: packAction('sub', symbol) },
      ],
    ],
  };
}
