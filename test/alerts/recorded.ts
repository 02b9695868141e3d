import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Candle } from '../../src/market/events.ts';

const DATA = join(import.meta.dirname, '../../../shared/data');

/** Is there recorded market data beside the project? */
export const recorded = existsSync(join(DATA, 'golden.json'));

function readLines(...path: string[]): string[] {
  return gunzipSync(readFileSync(join(DATA, ...path)))
    .toString()
    .trimEnd()
    .split('\n');
}

/** Files of recorded 1-minute candles. */
export function candleFiles(): string[] {
  return readdirSync(join(DATA, 'klines')).filter((name) => name.startsWith('1m-'));
}

/** The closed 1-minute candles of a file by symbol; what it does not have (mostly notional) is 0. */
export function recordedCandles(file: string): Map<string, Candle[]> {
  const [header = '', ...rows] = readLines('klines', file);
  const names = header.split(',');
  const found = new Map<string, Candle[]>();
  for (const row of rows) {
    const cells = row.split(',');
    const cell = (name: string) => Number(cells[names.indexOf(name)] ?? 0);
    const candle: Candle = {
      openTime: cell('open_time'),
      open: cell('open'),
      high: cell('high'),
      low: cell('low'),
      close: cell('close'),
      volume: cell('volume'),
      quoteVolume: cell('quote_volume'),
      trades: cell('count'),
      takerBuyQuoteVolume: cell('taker_buy_quote_volume'),
      closed: true,
    };
    const [symbol = ''] = cells;
    const known = found.get(symbol);
    if (known) known.push(candle);
    else found.set(symbol, [candle]);
  }
  return found;
}

/** Recorded frames of one or more files, as they came, in the order of their event time. */
export function recordedFrames(...files: string[]): Buffer[] {
  const lines = files.flatMap((file) => readLines(...file.split('/')));
  const timed = lines.map((line) => ({ line, time: Number(/"E":(\d+)/.exec(line)?.[1] ?? 0) }));
  return timed.sort((a, b) => a.time - b.time).map(({ line }) => Buffer.from(line));
}
