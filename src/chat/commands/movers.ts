import { WINDOW_MS } from '../../market/brief.ts';
import {
  changeOver,
  greatest,
  type MarketOverview,
  OVERVIEW_SPANS,
  type OverviewRow,
  type OverviewSpan,
} from '../../market/overview.ts';
import type { Block, Button, Line, Reply } from '../../notice/text.ts';
import { packAction } from '../actions.ts';
import type { Action, Command, Context } from '../context.ts';
import { define } from '../definition.ts';
import { shortName } from '../rule-words.ts';

/** A listing that hardly trades jumps on every print: below this turnover of 24 h (USDT) it moves nobody. */
export const LEAST_TURNOVER = 1_000_000;
const SHOWN = 5;

/** `/movers`: the strongest moves and highest volatility of the whole market. */
export const movers: Command = {
  definition: define('movers'),
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
  const rows = overview.rows.filter((row) => row.quoteVolume >= LEAST_TURNOVER);
  // Known of nobody means that the feed is young: then the exchange's own figure is told in its place.
  const span = rows.some((row) => changeOver(row, wanted) !== undefined) ? wanted : '24h';
  const spanWords = (each: OverviewSpan) => f.duration(WINDOW_MS[each]);
  const turnover = rows.reduce((sum, row) => sum + row.quoteVolume, 0);
  return {
    text: [
      { type: 'title', line: [t.movers.title(spanWords(span))] },
      ...staleness(context, overview),
      ...(span === wanted ? [] : [caution(t.movers.warming(spanWords(wanted)))]),
      ...moverBlocks(rows, span, context),
      {
        type: 'small',
        line: [t.movers.market(f.count(rows.length), f.notional(turnover))],
      },
      { type: 'small', line: [t.movers.least(f.notional(LEAST_TURNOVER))] },
    ],
    buttons: [spanButtons(context, span), priceButtons(rows, span)].filter((row) => row.length > 0),
  };
}

/** The lists of a span: up, down, volatile. Both ways are told by sign and arrow, never by colour alone. */
export function moverBlocks(
  rows: readonly OverviewRow[],
  span: OverviewSpan,
  { t, f, symbols }: Pick<Context, 't' | 'f' | 'symbols'>,
): Block[] {
  const change = (row: OverviewRow) => changeOver(row, span);
  const up = greatest(rows, positive(change), SHOWN);
  const down = greatest(
    rows,
    positive((row) => negated(change(row))),
    SHOWN,
  );
  const volatile = greatest(rows, (row) => row.range24h, SHOWN);
  const mover = (row: OverviewRow): Line => [
    `${(change(row) ?? 0) < 0 ? '🔻' : '🔺'} `,
    { b: shortName(row.symbol) },
    ` ${f.percent(change(row) ?? 0, { signed: true })} · ${f.price(row.last, symbols.tickSize(row.symbol))}`,
  ];
  const wild = (row: OverviewRow): Line => [
    '↕️ ',
    { b: shortName(row.symbol) },
    ` ${f.percent(row.range24h)} · ${f.notional(row.quoteVolume)}`,
  ];
  if (up.length === 0 && down.length === 0) return [{ type: 'text', line: [t.movers.none] }];
  return [
    ...listOf(t.movers.up, up.map(mover)),
    ...listOf(t.movers.down, down.map(mover)),
    ...listOf(t.movers.volatile(f.duration(WINDOW_MS['24h'])), volatile.map(wild)),
  ];
}

function listOf(title: string, items: readonly Line[]): Block[] {
  return items.length === 0
    ? []
    : [
        { type: 'text', line: [{ b: title }] },
        { type: 'list', items },
      ];
}

function positive(figure: (row: OverviewRow) => number | undefined) {
  return (row: OverviewRow): number | undefined => {
    const value = figure(row);
    return value !== undefined && value > 0 ? value : undefined;
  };
}

function negated(value: number | undefined): number | undefined {
  return value === undefined ? undefined : -value;
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
