import { type Brief, WINDOW_MS, WINDOWS, type Window, type WindowBrief } from '../market/brief.ts';
import { measuredTickFigures, RATIO_TRADES, STD_TRADES } from '../market/tick-figures.ts';
import type { Block } from '../notice/text.ts';
import type { Formats } from './format.ts';
import type { Catalogue } from './locale/en.ts';
import type { Lookup } from './lookup.ts';

type Row = readonly [label: string, value: string];

const MOVES = ['5m', '1h', '4h'] as const satisfies readonly Window[];
const RANGES = ['5m', '1h'] as const satisfies readonly Window[];

/**
 * The table of a symbol's figures; a figure that was not measured has no row, or says that it is warming. `now`: wall
 * clock, Unix ms.
 */
export function factRows(brief: Brief, t: Catalogue, f: Formats, now: number): Row[] {
  const price = (value: number) => f.price(value, brief.tickSize);
  const { tickStd20, buySell50 } = measuredTickFigures(brief);
  const counted = (value: number | undefined, trades: number) =>
    value === undefined ? t.price.fewTrades(f.count(brief.tradesSeen), f.count(trades)) : f.number(value, 4);
  const rows: (Row | undefined)[] = [
    row(t.price.last, brief.last, price),
    row(t.price.mark, brief.mark, price),
    row(t.price.index, brief.index, price),
    fundingRow(brief, t, f),
    windowsRow(t.price.moves, brief, MOVES, f, (w) => w.change, true),
    row(t.price.dayChange, brief.day?.change, (value) => f.percent(value, { signed: true })),
    row(t.price.dayRange, brief.day, (day) => `${price(day.low)} – ${price(day.high)}`),
    row(t.price.turnover, brief.day?.quoteVolume, f.notional),
    brief.bid !== undefined && brief.ask !== undefined
      ? [t.price.bidAsk, `${price(brief.bid)} / ${price(brief.ask)}`]
      : undefined,
    volatilityRow(brief, t, f),
    windowsRow(t.price.range, brief, RANGES, f, (w) => w.range, false),
    ratioRow(brief, t, f),
    openInterestRow(brief, t, f),
    [t.price.tickStd20, counted(tickStd20, STD_TRADES)],
    [t.price.buySell50, counted(buySell50, RATIO_TRADES)],
    [t.price.age, f.span(Math.max(0, now - brief.writtenAt))],
  ];
  return rows.filter((each) => each !== undefined);
}

/** What a reader must know before he trusts the figures: stale, warming, holes. */
export function cautions(lookup: Lookup, t: Catalogue, f: Formats): Block[] {
  const { brief, stale } = lookup;
  const lines: string[] = [];
  if (stale) lines.push(stale.ageMs === undefined ? t.price.noFeed : t.price.stale(f.span(stale.ageMs)));
  if (brief) {
    const warming = WINDOWS.filter((window) => brief.windows[window].coverage < 1);
    const holes = WINDOWS.filter((window) => brief.windows[window].gap);
    const names = (windows: readonly Window[]) => windows.map((each) => f.span(WINDOW_MS[each])).join(', ');
    if (warming.length > 0) lines.push(t.price.warming(names(warming)));
    if (holes.length > 0) lines.push(t.price.gap(names(holes)));
  }
  return lines.map((line) => ({ type: 'text', line: [`⚠️ ${line}`] }));
}

function row<T>(label: string, value: T | undefined, format: (value: T) => string): Row | undefined {
  return value === undefined ? undefined : [label, format(value)];
}

function fundingRow(brief: Brief, t: Catalogue, f: Formats): Row | undefined {
  if (brief.fundingRate === undefined) return undefined;
  const rate = f.percent(brief.fundingRate * 100, { signed: true, decimals: 4 });
  // Against the market's own time: in a replay the wall clock says nothing.
  const left = brief.nextFundingTime === undefined ? 0 : brief.nextFundingTime - brief.time;
  return [t.price.funding, left > 0 ? t.price.fundingIn(rate, f.countdown(left)) : rate];
}

function windowsRow(
  label: string,
  brief: Brief,
  windows: readonly Window[],
  f: Formats,
  pick: (window: WindowBrief) => number | undefined,
  signed: boolean,
): Row | undefined {
  const parts = windows.flatMap((window) => {
    const value = pick(brief.windows[window]);
    return value === undefined ? [] : [`${f.span(WINDOW_MS[window])} ${f.percent(value, { signed })}`];
  });
  return parts.length === 0 ? undefined : [label, parts.join(' · ')];
}

function volatilityRow(brief: Brief, t: Catalogue, f: Formats): Row | undefined {
  for (const window of ['1h', '15m', '5m'] as const) {
    const value = brief.windows[window].realisedVolatility;
    if (value !== undefined) {
      return [
        t.price.volatility,
        t.price.volatilityValue(f.percent(value, { decimals: 1 }), f.span(WINDOW_MS[window])),
      ];
    }
  }
  return undefined;
}

function ratioRow(brief: Brief, t: Catalogue, f: Formats): Row | undefined {
  const { takerBuy, takerSell } = brief.windows['5m'];
  if (takerBuy === undefined || takerSell === undefined || takerSell === 0) return undefined;
  return [
    t.price.ratio,
    `${f.number(takerBuy / takerSell)} (${f.span(WINDOW_MS['5m'])}: ${f.notional(takerBuy)} / ${f.notional(takerSell)})`,
  ];
}

function openInterestRow(brief: Brief, t: Catalogue, f: Formats): Row | undefined {
  const interest = brief.openInterest;
  if (!interest) return undefined;
  const size = interest.notional === undefined ? f.count(interest.value) : f.notional(interest.notional);
  const change =
    interest.change1h === undefined
      ? ''
      : ` (${f.span(WINDOW_MS['1h'])} ${f.percent(interest.change1h, { signed: true })})`;
  return [t.price.openInterest, `${size}${change}`];
}
