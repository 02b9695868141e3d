import type { Brief, Window, WindowBrief } from './brief.ts';
import type { Book, DayTicker, MarketSource, MarkPrice } from './events.ts';
import type { InterestHistory } from './interest-history.ts';
import type { SymbolState } from './symbol-state.ts';
import type { TickFigures } from './tick-figures.ts';
import type { Windows } from './windows.ts';

/** What of a symbol's state a brief shows besides what the state itself tells. */
interface BriefParts {
  windows: Windows;
  figures: TickFigures;
  interest: InterestHistory;
  mark: MarkPrice | undefined;
  book: Book | undefined;
  day: DayTicker | undefined;
  longShort: Brief['longShort'];
  tradeTime: number;
  trades: number;
  rejected: number;
}

/** All that is known of a symbol now, for everybody who reads it elsewhere. */
export function composeBrief(
  state: SymbolState,
  writer: { source: MarketSource; epoch: number; writtenAt: number },
  parts: BriefParts,
): Brief {
  const { mark, book, day, figures, longShort, tradeTime } = parts;
  const windowOf = (window: Window) => windowBrief(state, parts.windows, window);
  return {
    v: 1,
    symbol: state.symbol,
    source: writer.source,
    tickSize: state.tickSize,
    time: state.time,
    writtenAt: writer.writtenAt,
    epoch: writer.epoch,
    last: state.last,
    mark: mark?.mark,
    index: mark?.index,
    fundingRate: mark?.fundingRate,
    nextFundingTime: mark?.nextFundingTime,
    bid: book?.bids[0]?.[0],
    ask: book?.asks[0]?.[0],
    bidDepth: book && depth(book.bids),
    askDepth: book && depth(book.asks),
    day: day && {
      open: day.open,
      high: day.high,
      low: day.low,
      change: (day.last / day.open - 1) * 100,
      quoteVolume: day.quoteVolume,
    },
    openInterest: interestBrief(state, parts),
    sentiment: state.sentiment,
    ...(longShort ? { longShort } : {}),
    windows: {
      '1m': windowOf('1m'),
      '5m': windowOf('5m'),
      '15m': windowOf('15m'),
      '1h': windowOf('1h'),
      '4h': windowOf('4h'),
      '24h': windowOf('24h'),
    },
    deviation: state.sigma('1m'),
    tickStd20: figures.std20,
    buySell50: figures.buySell50,
    tradesSeen: parts.trades,
    candles: parts.windows.candles,
    rejected: parts.rejected,
    times: {
      trade: tradeTime || undefined,
      mark: mark?.eventTime,
      book: book?.eventTime,
      day: day?.eventTime,
    },
  };
}

function interestBrief(
  state: SymbolState,
  { interest, mark }: Pick<BriefParts, 'interest' | 'mark'>,
): Brief['openInterest'] {
  const { newest } = interest;
  if (!newest) return undefined;
  const price = mark?.mark ?? state.last;
  return {
    value: newest.value,
    notional: price === undefined ? undefined : newest.value * price,
    time: newest.time,
    change1h: state.interestChange('1h'),
  };
}

function windowBrief(state: SymbolState, windows: Windows, window: Window): WindowBrief {
  const { coverage, usable, gap, start, ...flow } = windows.shown.figures(window);
  const known = {
    coverage,
    openInterestChange: state.interestChange(window),
    liquidated: state.liquidated(window),
    gap,
  };
  const extremes = usable ? state.extremes(window) : undefined;
  if (extremes === undefined) return { ...UNKNOWN, ...known };
  const { high, low, last } = extremes;
  return {
    ...known,
    change: start === undefined ? undefined : (last / start - 1) * 100,
    high,
    low,
    range: state.range(window),
    moveUp: state.moveUp(window),
    moveDown: state.moveDown(window),
    realisedVolatility: flow.realisedVolatility,
    takerBuy: flow.buy,
    takerSell: flow.sell,
    trades: flow.trades,
    volumeRatio: state.volumeRatio(window),
  };
}

const UNKNOWN = {
  change: undefined,
  high: undefined,
  low: undefined,
  range: undefined,
  moveUp: undefined,
  moveDown: undefined,
  realisedVolatility: undefined,
  takerBuy: undefined,
  takerSell: undefined,
  trades: undefined,
} as const;

function depth(levels: Book['bids']): number {
  let sum = 0;
  for (const [price, quantity] of levels) sum += price * quantity;
  return sum;
}
