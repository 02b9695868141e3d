import { beforeEach, describe, expect, it } from 'vitest';
import { editDistance } from '../../src/chat/resolve/distance.ts';
import { createSymbolBook, type SymbolBook } from '../../src/chat/resolve/symbol.ts';
import { UserError } from '../../src/kit/errors.ts';
import { silentLog } from '../../src/kit/log.ts';
import type { Universe } from '../../src/market/events.ts';
import { ManualClock } from '../support/clock.ts';
import { INSTRUMENTS, makeHealth, NOW } from './support.ts';

let universe: Universe | undefined;
let reads: number;
const clock = new ManualClock(NOW);

function book(): SymbolBook {
  return createSymbolBook({
    market: {
      universe: async () => {
        reads++;
        return universe;
      },
      health: async () => makeHealth(clock.now(), { source: 'simulated', symbols: ['ETHUSDT', 'BTCUSDT'] }),
    },
    clock,
    log: silentLog(),
  });
}

beforeEach(() => {
  universe = { source: 'simulated', fetchedAt: NOW, instruments: [...INSTRUMENTS] };
  reads = 0;
});

describe('forgiving symbols', () => {
  it.each([
    ['btc', 'BTCUSDT'],
    ['BTCUSDT', 'BTCUSDT'],
    ['BTC/USDT', 'BTCUSDT'],
    ['BTC/USDT:USDT', 'BTCUSDT'],
    ['$btc', 'BTCUSDT'],
    ['#BTC', 'BTCUSDT'],
    ['btc-usdt', 'BTCUSDT'],
    ['btc_usdt', 'BTCUSDT'],
    ['BTCUSDT.P', 'BTCUSDT'],
    ['btc-perp', 'BTCUSDT'],
    ['ＢＴＣ', 'BTCUSDT'],
    ['b\u200Btc', 'BTCUSDT'],
    ['bitcoin', 'BTCUSDT'],
    ['비트', 'BTCUSDT'],
    ['비트코인', 'BTCUSDT'],
    ['이더', 'ETHUSDT'],
    ['리플', 'XRPUSDT'],
    ['도지', 'DOGEUSDT'],
    ['솔라나', 'SOLUSDT'],
    ['比特币', 'BTCUSDT'],
    ['以太坊', 'ETHUSDT'],
    ['ビットコイン', 'BTCUSDT'],
    ['ﾋﾞｯﾄｺｲﾝ', 'BTCUSDT'],
    ['1000PEPE', '1000PEPEUSDT'],
    ['pepe', '1000PEPEUSDT'],
    ['pepeusdt', '1000PEPEUSDT'],
    ['페페', '1000PEPEUSDT'],
    ['币安人生', '币安人生USDT'],
    ['币安人生usdt', '币安人生USDT'],
  ])('%s is %s', async (word, symbol) => {
    const symbols = book();
    await symbols.refresh();
    expect(symbols.resolve(word).symbol).toBe(symbol);
  });

  it.each([
    ['btx', 'BTCUSDT'],
    ['eht', 'ETHUSDT'],
    ['dogge', 'DOGEUSDT'],
    ['solan', 'SOLUSDT'],
  ])('%s is not guessed, but %s stands first of three', async (word, first) => {
    const symbols = book();
    await symbols.refresh();
    const error = catchError(() => symbols.resolve(word));
    expect(error.code).toBe('symbol-unknown');
    const nearest = String(error.args.nearest).split(', ');
    expect(nearest).toHaveLength(3);
    expect(nearest[0]).toBe(first);
  });

  it.each(['', '🚀', '<script>', '\u202E', '$', 'x'.repeat(5_000)])('refuses %j', async (word) => {
    const symbols = book();
    await symbols.refresh();
    expect(catchError(() => symbols.resolve(word)).code).toBe('symbol-unknown');
  });

  it('says that a settling perpetual is not traded', async () => {
    const symbols = book();
    await symbols.refresh();
    expect(catchError(() => symbols.resolve('luna')).code).toBe('symbol-closed');
  });

  it('says that there is no feed before a list was ever written, and finds it as soon as it was', async () => {
    const list = universe;
    universe = undefined;
    const symbols = book();
    await symbols.refresh();
    expect(catchError(() => symbols.resolve('btc')).code).toBe('feed-missing');
    universe = list;
    clock.advanceBy(5_000);
    await symbols.refresh();
    expect(symbols.resolve('btc').symbol).toBe('BTCUSDT');
  });

  it('reads the list every few seconds, not for every question', async () => {
    const symbols = book();
    for (let i = 0; i < 20; i++) await symbols.refresh();
    expect(reads).toBe(1);
    clock.advanceBy(5_000);
    await symbols.refresh();
    expect(reads).toBe(2);
  });
});

describe('suggestions while typing', () => {
  it('puts symbols in use first, then what begins so, then names of coins', async () => {
    const symbols = book();
    await symbols.refresh();
    expect(symbols.suggest('', 3).map((each) => each.symbol)).toEqual(['ETHUSDT', 'BTCUSDT', 'XRPUSDT']);
    expect(symbols.suggest('pe', 25).map((each) => each.symbol)).toEqual(['1000PEPEUSDT']);
    expect(symbols.suggest('비트', 25).map((each) => each.symbol)).toEqual(['BTCUSDT']);
    expect(symbols.suggest('luna', 25)).toEqual([]);
  });
});

it('counts edits, a swap of neighbours as one', () => {
  expect(editDistance('BTC', 'BTC')).toBe(0);
  expect(editDistance('BCT', 'BTC')).toBe(1);
  expect(editDistance('', 'BTC')).toBe(3);
  expect(editDistance('DOGGE', 'DOGE')).toBe(1);
  expect(editDistance('비트', '비')).toBe(1);
});

function catchError(run: () => unknown): UserError {
  try {
    run();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
