import { WINDOW_MS } from '../../market/brief.ts';
import {
  active,
  changeOver,
  greatest,
  LEAST_TURNOVER,
  type MarketOverview,
  OVERVIEW_SPANS,
  type OverviewRow,
  type OverviewSpan,
  standouts,
} from '../../market/overview.ts';
import type { Block, Button, Reply } from '../../notice/text.ts';
import { packAction } from '../actions.ts';
import type { Action, Command, Context } from '../context.ts';
import { define } from '../definition.ts';
import { moverBlocks } from '../market-blocks.ts';
import { shortName } from '../rule-words.ts';

const SHOWN = 5;

/** `/movers`: the strongest moves and highest volatility of the whole market. */
export const movers: Command = {
  definition: { ...define('movers'), anywhere: true },
  async run(context) {
    return await answer(context, '1h');
  },
};

/** `v1:movers:<span>` */
export const pressMovers: Action = async (context, [word]) => {
  const span = OVERVIEW_SPANS.find((each) => each === word);
  return span && { ...(await answer(context, span)), replace: true };
};

async function answer(context: Context, wanted: OverviewSpan): Promise<Reply> {
  const { deps, t, f } = context;
  const overview = await deps.market.overview();
  if (!overview) {
    return {
      text: [{ type: 'text', line: [t.error['feed-missing']()] }],
      buttons: [spanButtons(context, wanted)],
      personal: true,
    };
  }
  const rows = active(overview.rows);
  // Known of nobody means that the feed is young: then the exchange's own figure is told in its place.
  const span = rows.some((row) => changeOver(row, wanted) !== undefined) ? wanted : '24h';
  const spanWords = (each: OverviewSpan) => f.duration(WINDOW_MS[each]);
  const turnover = rows.reduce((sum, row) => sum + row.quoteVolume, 0);
  return {
    text: [
      { type: 'title', line: [t.movers.title(spanWords(span))] },
      ...staleness(context, overview),
      ...(span === wanted ? [] : [caution(t.movers.warming(spanWords(wanted)))]),
      ...moverBlocks(standouts(rows, span, SHOWN), span, context.symbols.tickSize, t, f),
      {
        type: 'small',
        line: [t.movers.market(f.count(rows.length), f.notional(turnover))],
      },
      { type: 'small', line: [t.movers.least(f.notional(LEAST_TURNOVER))] },
    ],
    buttons: [spanButtons(context, span), priceButtons(rows, span)].filter((row) => row.length > 0),
  };
}

function staleness({ deps, t, f, timings }: Context, overview: MarketOverview): Block[] {
  const ageMs = deps.clock.now() - overview.writtenAt;
  // It is written every few seconds, less often than a brief.
  return ageMs > timings.staleMs * 4 ? [caution(t.price.stale(f.span(ageMs)))] : [];
}

function caution(words: string): Block {
  return { type: 'text', line: [`⚠️ ${words}`] };
}

function spanButtons({ f }: Context, current: OverviewSpan): Button[] {
  return OVERVIEW_SPANS.map((span) => ({
    label: span === current ? `↻ ${f.duration(WINDOW_MS[span])}` : f.duration(WINDOW_MS[span]),
    action: packAction('movers', span),
  }));
}

function priceButtons(rows: readonly OverviewRow[], span: OverviewSpan): Button[] {
  const strength = (row: OverviewRow) => {
    const change = changeOver(row, span);
    return change === undefined ? undefined : Math.abs(change);
  };
  return greatest(rows, strength, 3).map(({ symbol }) => ({
    label: shortName(symbol),
    action: packAction('price', symbol),
  }));
}
