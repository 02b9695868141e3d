import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Trade } from '../../src/market/events.ts';
import { createSymbolState } from '../../src/market/state.ts';

const DATA = join(import.meta.dirname, '../../../shared/data');
const present = existsSync(join(DATA, 'golden.json'));
if (!present) console.log('skipped: no recorded data');

const figures = z.array(
  z.object({
    after_n_aggTrades: z.number(),
    last_price: z.string(),
    pstdev_last20_prices: z.number(),
    buy_sell_count_ratio_last50: z.number(),
  }),
);
const golden = z.object({ indicators_on_derived_aggTrades: z.record(z.string(), figures) });
const frame = z.object({
  data: z.object({
    a: z.number(),
    s: z.string(),
    p: z.string(),
    q: z.string(),
    T: z.number(),
    E: z.number(),
    m: z.boolean(),
  }),
});

function* tape(name: string, symbol: string): Generator<Trade> {
  const text = gunzipSync(readFileSync(join(DATA, 'ws-derived', `${name}.jsonl.gz`))).toString();
  const wanted = `"stream":"${symbol.toLowerCase()}@aggTrade"`;
  for (const line of text.split('\n')) {
    if (!line.includes(wanted)) continue;
    const { data } = frame.parse(JSON.parse(line));
    yield {
      symbol,
      id: data.a,
      price: Number(data.p),
      quantity: Number(data.q),
      time: data.T,
      eventTime: data.E,
      buyerIsMaker: data.m,
    };
  }
}

describe.skipIf(!present)('the tutorial’s figures on recorded tapes', () => {
  const all = present
    ? golden.parse(JSON.parse(readFileSync(join(DATA, 'golden.json'), 'utf8')))
        .indicators_on_derived_aggTrades
    : {};
  it.each(Object.entries(all))('%s', (name, entries) => {
    const [file = '', symbol = ''] = name.split(' ');
    const state = createSymbolState({ symbol, tickSize: 0.1 });
    const expected = new Map(entries.map((entry) => [entry.after_n_aggTrades, entry]));
    let count = 0;
    let checked = 0;
    for (const trade of tape(file, symbol)) {
      expect(state.trade(trade)).toEqual({ type: 'accepted' });
      const want = expected.get(++count);
      if (!want) continue;
      const brief = state.brief({ source: 'replay', epoch: 1, writtenAt: 0 });
      expect(brief.last).toBe(Number(want.last_price));
      expect(brief.tickStd20).toBe(want.pstdev_last20_prices);
      expect(brief.buySell50).toBe(want.buy_sell_count_ratio_last50);
      checked++;
    }
    expect(checked).toBe(entries.length);
  });
});
