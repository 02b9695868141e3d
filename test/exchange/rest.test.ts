import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ManualClock } from '../support/clock.ts';
import { startTestExchange, type TestExchange } from '../world/exchange.ts';

const tradeRows = z.array(z.looseObject({ a: z.number() }));
const listings = z.object({
  symbols: z.array(
    z.looseObject({
      symbol: z.string(),
      contractType: z.string(),
      status: z.string(),
      quoteAsset: z.string(),
      underlyingType: z.string(),
    }),
  ),
});

const NOON = Date.UTC(2026, 10, 24, 12, 0, 20);

describe('the loopback exchange, on REST', () => {
  let exchange: TestExchange;
  let clock: ManualClock;
  beforeEach(async () => {
    clock = new ManualClock(NOON);
    exchange = await startTestExchange({ clock, automatic: false });
  });
  afterEach(() => exchange.close());

  const get = async (path: string) => {
    const response = await fetch(`${exchange.restUrl}/fapi/v1/${path}`);
    return { status: response.status, headers: response.headers, body: await response.json() };
  };

  it.each([
    ['klines?symbol=NOSUCH&interval=1m', 400, -1121, 'Invalid symbol.'],
    ['klines?symbol=btcusdt&interval=1m', 400, -1121, 'Invalid symbol.'],
    ['klines?symbol=BTCUSDT&interval=2m', 400, -1120, 'Invalid interval.'],
    [
      'klines?interval=1m',
      400,
      -1102,
      "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.",
    ],
    [
      'klines?symbol=BTCUSDT&interval=1m&limit=1501',
      400,
      -1130,
      "Data sent for parameter 'limit' is not valid.",
    ],
    ['depth?symbol=BTCUSDT&limit=7', 400, -1130, "Data sent for parameter 'limit' is not valid."],
    ['openInterest', 400, -1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed."],
    ['nothing', 404, -5000, 'Path /fapi/v1/nothing, Method GET is invalid'],
  ])('answers %s with %i, %i', async (path, status, code, msg) => {
    expect(await get(path)).toMatchObject({ status, body: { code, msg } });
  });

  it('lists what a client must leave out beside the coins, and a symbol that is not ASCII', async () => {
    const { symbols } = listings.parse((await get('exchangeInfo')).body);
    const coins = symbols.filter(
      (one) =>
        one.contractType === 'PERPETUAL' &&
        one.status === 'TRADING' &&
        one.quoteAsset === 'USDT' &&
        one.underlyingType === 'COIN',
    );
    const names = coins.map((one) => one.symbol);
    expect(names).toHaveLength(12);
    expect(names).toEqual(expect.arrayContaining(['BTCUSDT', '1000PEPEUSDT', '币安人生USDT']));
    expect(symbols.map((one) => one.symbol)).toEqual(
      expect.arrayContaining(['OMGUSDT', 'SOONUSDT', 'XAUUSDT', 'TSLAUSDT', 'BTCUSDC', 'BTCUSDT_261225']),
    );
    expect(
      (await get(`klines?symbol=${encodeURIComponent('币安人生USDT')}&interval=1m&limit=3`)).body,
    ).toHaveLength(3);
  });

  it('counts weight in fixed minutes: 429 over 2400, then 418 for whoever goes on', async () => {
    expect((await get('ping')).headers.get('x-mbx-used-weight-1m')).toBe('1');
    expect(
      (await get('klines?symbol=BTCUSDT&interval=1m&limit=1000')).headers.get('x-mbx-used-weight-1m'),
    ).toBe('6');
    for (let i = 0; i < 60; i++) await get('ticker/24hr');
    const limited = await get('ping');
    expect(limited.status).toBe(429);
    expect(limited.headers.get('retry-after')).toBe('40');
    expect(limited.body).toMatchObject({ code: -1003 });
    for (let i = 0; i < 11; i++) await get('ping');
    const banned = await get('ping');
    expect(banned.status).toBe(418);
    expect(banned.headers.get('retry-after')).toBe('120');
    expect(banned.body).toMatchObject({ msg: expect.stringContaining(`banned until ${NOON + 120_000}.`) });
    clock.advanceBy(121_000);
    expect((await get('ping')).status).toBe(200);
  });

  it('selects trades by id, so that a hole can be filled', async () => {
    const newest = tradeRows.parse((await get('aggTrades?symbol=BTCUSDT&limit=50')).body);
    const page = tradeRows.parse(
      (await get(`aggTrades?symbol=BTCUSDT&fromId=${newest[10]?.a}&limit=20`)).body,
    );
    expect(page).toEqual(newest.slice(10, 30));
    expect(Object.keys(page[0] ?? {})).toEqual(['a', 'p', 'q', 'nq', 'f', 'l', 'T', 'm']);
  });

  it('has no figures for a symbol that does not trade', async () => {
    expect(await get('openInterest?symbol=OMGUSDT')).toMatchObject({ status: 400, body: { code: -4108 } });
    expect((await get('klines?symbol=OMGUSDT&interval=1m')).body).toEqual([]);
  });
});
