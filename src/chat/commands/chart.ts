import { describeError } from '../../kit/errors.ts';
import {
  CHART_INTERVAL_MS,
  CHART_INTERVALS,
  type ChartInterval,
  type DrawnPicture,
  type Picture,
} from '../../notice/picture.ts';
import type { Block, Button, Reply } from '../../notice/text.ts';
import { packAction } from '../actions.ts';
import { currentChart } from '../chart-picture.ts';
import type { Action, Command, Context } from '../context.ts';
import { define } from '../definition.ts';
import { cautions } from '../facts.ts';
import { lookUp } from '../lookup.ts';
import { readInterval, splitInterval } from '../resolve/interval.ts';
import { symbolButtons } from './buttons.ts';

/** A day and a quarter, the most of which the feed has from its first minute on. */
const USUAL: ChartInterval = '15m';

/** `/chart [symbol] [interval]`: candles with volume as a picture. */
export const chart: Command = {
  definition: {
    ...define('chart', [
      { name: 'symbol', autocomplete: true },
      { name: 'interval', choices: CHART_INTERVALS },
    ]),
    anywhere: true,
  },
  async run(context, call) {
    const { interval, rest } = splitInterval(call.words);
    const chosen = call.options.interval === undefined ? interval : readInterval(call.options.interval);
    return await answer(context, call.options.symbol ?? rest[0], chosen ?? USUAL);
  },
};

/** `v1:chart[:<symbol>[:<interval>]]`, in place of the chart that it was pressed under. */
export const pressChart: Action = async (context, [symbol, word]) => {
  const interval = CHART_INTERVALS.find((each) => each === (word ?? USUAL));
  return interval && { ...(await answer(context, symbol, interval)), replace: true };
};

async function answer(context: Context, word: string | undefined, interval: ChartInterval): Promise<Reply> {
  const { t, f, symbols } = context;
  if (word === undefined) {
    return {
      text: [{ type: 'text', line: [t.choose.symbol] }],
      buttons: symbolButtons(symbols, 'chart'),
      personal: true,
    };
  }
  const { symbol, tickSize } = symbols.resolve(word);
  const lookup = await lookUp(context, symbol);
  const { brief, stale } = lookup;
  const picture = currentChart(context, symbol, interval);
  const drawn = await draw(context, picture);
  const now = brief?.last === undefined ? '' : ` ${f.price(brief.last, tickSize)}`;
  return {
    text: [
      { type: 'title', line: [`${symbol}${now} · ${f.duration(CHART_INTERVAL_MS[interval])}`] },
      ...cautions({ brief: undefined, stale }, t, f),
      ...historyBlocks(context, symbol, drawn),
    ],
    buttons: buttonsFor(context, symbol, interval),
    ...(drawn && drawn !== 'failed' ? { picture } : {}),
  };
}

/** Waited for here, so that the words can say what the picture shows; whoever shows it gets the very same. */
async function draw({ deps }: Context, picture: Picture): Promise<DrawnPicture | 'failed' | undefined> {
  try {
    return await deps.pictures.draw(picture);
  } catch (error) {
    deps.log.warn({ error: describeError(error) }, 'a chart was not drawn');
    return 'failed';
  }
}

function historyBlocks(
  { t, f }: Context,
  symbol: string,
  drawn: DrawnPicture | 'failed' | undefined,
): Block[] {
  if (drawn === 'failed') return [{ type: 'text', line: [t.chart.failed] }];
  if (!drawn) return [{ type: 'text', line: [t.chart.none(symbol)] }];
  const { history } = drawn;
  if (!history || history.candles >= history.wanted) return [];
  return [{ type: 'small', line: [t.chart.since(f.dateTime(history.from))] }];
}

function buttonsFor({ t, f }: Context, symbol: string, shown: ChartInterval): Button[][] {
  return [
    CHART_INTERVALS.filter((each) => each !== shown).map((each) => ({
      label: f.duration(CHART_INTERVAL_MS[each]),
      action: packAction('chart', symbol, each),
    })),
    [
      { label: t.chart.refresh, action: packAction('chart', symbol, shown) },
      { label: t.start.buttons.analyze, action: packAction('analyze', symbol) },
      { label: t.start.buttons.subscribe, action: packAction('sub', symbol) },
    ],
  ];
}
