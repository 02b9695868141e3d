import { WINDOW_MS } from '../market/brief.ts';
import { changeOver, type OverviewRow, type OverviewSpan, type Standouts } from '../market/overview.ts';
import type { Block, Line } from '../notice/text.ts';
import type { Formats } from './format.ts';
import type { Catalogue } from './locale/en.ts';
import { shortName } from './rule-words.ts';

/** The lists of a span: up, down, volatile. Which way is told by sign and arrow, never by colour alone. */
export function moverBlocks(
  { up, down, volatile }: Standouts,
  span: OverviewSpan,
  tickSize: (symbol: string) => number,
  t: Catalogue,
  f: Formats,
): Block[] {
  if (up.length === 0 && down.length === 0) return [{ type: 'text', line: [t.movers.none] }];
  const mover = (row: OverviewRow): Line => {
    const change = changeOver(row, span) ?? 0;
    const price = f.price(row.last, tickSize(row.symbol));
    return [
      change < 0 ? '🔻 ' : '🔺 ',
      { b: shortName(row.symbol) },
      ` ${f.percent(change, { signed: true })} · ${price}`,
    ];
  };
  const wild = (row: OverviewRow): Line => [
    '↕️ ',
    { b: shortName(row.symbol) },
    ` ${f.percent(row.range24h)} · ${f.notional(row.quoteVolume)}`,
  ];
  return [
    ...listOf(t.movers.up, up.map(mover)),
    ...listOf(t.movers.down, down.map(mover)),
    ...listOf(t.movers.volatile(f.duration(WINDOW_MS['24h'])), volatile.map(wild)),
  ];
}

/** The extremes of the coming funding, both ways. */
export function fundingBlocks({ fundingHigh, fundingLow }: Standouts, t: Catalogue, f: Formats): Block[] {
  const rate = (row: OverviewRow): Line => [
    { b: shortName(row.symbol) },
    ` ${f.percent((row.fundingRate ?? 0) * 100, { signed: true, decimals: 4 })}`,
  ];
  return [
    ...listOf(t.report.fundingHigh, fundingHigh.map(rate)),
    ...listOf(t.report.fundingLow, fundingLow.map(rate)),
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
