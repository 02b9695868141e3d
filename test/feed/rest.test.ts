import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startExchange } from '../../src/exchange/server.ts';
import { createSimulatedMarket } from '../../src/exchange/simulated.ts';
import { measureClockOffset } from '../../src/feed/clock-offset.ts';
import { createRest, type Rest } from '../../src/feed/rest.ts';
import { coinPerpetuals } from '../../src/feed/universe.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { OperationalError } from '../../src/kit/errors.ts';
import { silentLog } from '../../src/kit/log.ts';
import { ManualClock } from '../support/clock.ts';

interface Answer {
  status: number;
  headers?: Record<string, string>;
  body: string;
}

let server: Server;
let url: string;
let answers: Answer[];
let asked: string[];

beforeEach(async () => {
  answers = [];
  asked = [];
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const { status, headers = {}, body } = answers.shift() ?? { status: 200, body: '{"serverTime":1}' };
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const clock = new ManualClock(1_800_000_000_000);

function rest(): Rest {
  return createRest({ restUrl: url, clock, log: silentLog(), timings: { restTimeoutMs: 2_000 } });
}

async function failureOf(call: Promise<unknown>): Promise<OperationalError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof OperationalError) return error;
  throw new Error(`expected an OperationalError, got ${String(error)}`);
}

describe('a REST call', () => {
  it('percent-encodes symbols', async () => {
    answers.push({ status: 200, body: '{"symbol":"币安人生USDT","openInterest":"12.5","time":7}' });
    expect(await rest().openInterest('币安人生USDT')).toEqual({
      symbol: '币安人生USDT',
      openInterest: 12.5,
      time: 7,
    });
    expect(asked).toEqual(['/fapi/v1/openInterest?symbol=%E5%B8%81%E5%AE%89%E4%BA%BA%E7%94%9FUSDT']);
  });

  it('is tried again when the server is overloaded or its answer is cut', async () => {
    answers.push({ status: 503, body: '' }, { status: 200, body: '{"serverTi' });
    expect(await rest().clockOffset()).toBe(1 - clock.now());
    expect(asked).toHaveLength(3);
  });

  it('is not repeated when the request itself is at fault', async () => {
    answers.push({ status: 400, body: '{"code":-1121,"msg":"Invalid symbol."}' });
    const error = await failureOf(rest().openInterest('NOSUCH'));
    expect([error.remedy, error.message]).toEqual(['bug', expect.stringContaining('-1121')]);
    expect(asked).toHaveLength(1);
  });

  it('over the limit makes all calls wait as long as the exchange says', async () => {
    const own = rest();
    answers.push({
      status: 429,
      headers: { 'Retry-After': '7' },
      body: '{"code":-1003,"msg":"Too many requests"}',
    });
    expect(await failureOf(own.clockOffset())).toMatchObject({ remedy: 'wait', waitMs: 7_000 });
    expect(await failureOf(own.klines('BTCUSDT', { limit: 10 }))).toMatchObject({
      remedy: 'wait',
      waitMs: 7_000,
    });
    expect(asked).toHaveLength(1);
    expect(own.refused()).toMatch(/429/);
    clock.advanceBy(7_001);
    await own.clockOffset();
    expect(own.refused()).toBeUndefined();
  });

  it('under a ban waits until the time the message names', async () => {
    const until = clock.now() + 123_000;
    answers.push({
      status: 418,
      body: `{"code":-1003,"msg":"Way too many requests; IP banned until ${until}."}`,
    });
    expect(await failureOf(rest().clockOffset())).toMatchObject({ remedy: 'wait', waitMs: 123_000 });
  });

  it('does not read a firewall’s page, and backs off for minutes', async () => {
    answers.push({ status: 403, body: '<html>denied</html>' });
    expect(await failureOf(rest().clockOffset())).toMatchObject({ remedy: 'wait', waitMs: 300_000 });
  });

  it('from a place that is not served fails for good', async () => {
    const own = rest();
    answers.push({ status: 451, body: '{"code":0,"msg":"Service unavailable from a restricted location"}' });
    expect(await failureOf(own.clockOffset())).toMatchObject({ remedy: 'gone' });
    expect(own.refused()).toMatch(/451/);
  });

  it('takes the weight others used on this address into account', async () => {
    const own = rest();
    answers.push({
      status: 200,
      headers: { 'X-MBX-USED-WEIGHT-1M': '900' },
      body: `{"serverTime":${clock.now()}}`,
    });
    await own.clockOffset();
    expect(own.weight()).toBe(900);
  });

  it('does not take what was used in the minute before for the new one’s', async () => {
    const own = new ManualClock(1_800_000_000_000 + 300);
    const { weight, openInterest } = createRest({
      restUrl: url,
      clock: own,
      log: silentLog(),
      timings: { restTimeoutMs: 2_000 },
    });
    answers.push({
      status: 200,
      headers: { 'X-MBX-USED-WEIGHT-1M': '1000' },
      body: '{"symbol":"BTCUSDT","openInterest":"1","time":7}',
    });
    // Our clock and the exchange's differ by a little: there the old minute is still running.
    await openInterest('BTCUSDT');
    own.advanceBy(1_000);
    expect(weight()).toBe(0);
  });

  it('waits for the next minute rather than exceed its budget', async () => {
    const own = rest();
    answers.push({
      status: 200,
      headers: { 'X-MBX-USED-WEIGHT-1M': '1200' },
      body: `{"serverTime":${clock.now()}}`,
    });
    await own.clockOffset();
    const stop = new AbortController();
    const waiting = own.openInterest('BTCUSDT', stop.signal);
    stop.abort(new Error('enough waited'));
    await expect(waiting).rejects.toThrow('enough waited');
    expect(asked).toHaveLength(1);
  });
});

it('reads what the exchange answers', async () => {
  const market = createSimulatedMarket({ volatility: 0, bursts: false });
  const exchange = await startExchange({ market, log: silentLog() });
  try {
    const own = createRest({
      restUrl: exchange.restUrl,
      clock: systemClock,
      log: silentLog(),
      timings: { restTimeoutMs: 5_000 },
    });
    const perpetuals = coinPerpetuals(await own.exchangeInfo());
    expect(perpetuals.find((each) => each.symbol === '币安人生USDT')).toMatchObject({
      symbol: '币安人生USDT',
      base: '币安人生',
      status: 'TRADING',
      tickSize: 0.0001,
    });
    expect(perpetuals.filter((each) => each.status !== 'TRADING').map((each) => each.symbol)).toEqual([
      'OMGUSDT',
      'SOONUSDT',
    ]);
    const candles = await own.klines('BTCUSDT', { limit: 1500 });
    expect(candles).toHaveLength(1500);
    expect(candles.filter((candle) => !candle.closed)).toHaveLength(1);
    expect(candles.at(-1)?.closed).toBe(false);
    const [first, second] = candles;
    expect((second?.openTime ?? 0) - (first?.openTime ?? 0)).toBe(60_000);
    const past = await own.klines('BTCUSDT', {
      limit: 99,
      startTime: first?.openTime ?? 0,
      endTime: (second?.openTime ?? 0) + 59_999,
    });
    expect(past).toEqual([first, second]);
    expect(await own.premiumIndex('BTCUSDT')).toMatchObject({ symbol: 'BTCUSDT', mark: expect.any(Number) });
    expect(Math.abs(await own.clockOffset())).toBeLessThan(5_000);
  } finally {
    await exchange.close();
  }
});

it('accepts old lists that do not name the underlying', () => {
  const row = {
    symbol: 'BTCUSDT',
    contractType: 'PERPETUAL',
    status: 'TRADING',
    baseAsset: 'BTC',
    quoteAsset: 'USDT',
  };
  expect(coinPerpetuals([{ ...row, underlyingType: undefined, pricePrecision: 2, filters: [] }])).toEqual([
    { symbol: 'BTCUSDT', base: 'BTC', status: 'TRADING', tickSize: 0.01 },
  ]);
  expect(coinPerpetuals([{ ...row, underlyingType: 'INDEX', pricePrecision: 2, filters: [] }])).toEqual([]);
});

describe('the weight budget', () => {
  it('keeps room for repairs: what can wait stops earlier', async () => {
    const own = new ManualClock(1_800_000_000_000);
    const { signal } = new AbortController();
    const budget = createRest({
      restUrl: url,
      clock: own,
      log: silentLog(),
      timings: { restTimeoutMs: 2_000 },
    });
    answers = [
      { status: 200, headers: { 'x-mbx-used-weight-1m': '995' }, body: '{"serverTime":1800000000000}' },
    ];
    await budget.clockOffset();
    const waiting = new AbortController();
    const patient = budget.klines('BTCUSDT', { limit: 1_500 }, waiting.signal).catch(() => 'waits');
    answers = [{ status: 200, body: '[]' }];
    await budget.klines('BTCUSDT', { limit: 1_500, urgent: true }, signal);
    expect(asked.at(-1)).toContain('klines');
    expect(asked).toHaveLength(2);
    waiting.abort(new Error('enough'));
    expect(await patient).toBe('waits');
  });
});

describe('the exchange’s clock', () => {
  const AHEAD_MS = 5_000;

  /** What is measured where the answers take these times to come back. */
  async function measured(...tookMs: number[]): Promise<{ offset: number; left: number }> {
    const own = new ManualClock(1_800_000_000_000);
    const ask = async (sent: () => void) => {
      // Whatever it waits for before it goes out tells nothing of the clock.
      own.advanceBy(10_000);
      sent();
      const there = own.now() + AHEAD_MS;
      own.advanceBy(tookMs.shift() ?? 0);
      return there;
    };
    return { offset: await measureClockOffset(own, ask, undefined), left: tookMs.length };
  }

  it('is read from the quickest of five answers: one alone may have waited for seconds', async () => {
    expect(await measured(3_000, 500, 60, 100, 2_000)).toEqual({ offset: AHEAD_MS - 30, left: 0 });
  });

  it('is asked for once where that is exact enough', async () => {
    expect(await measured(20, 20)).toEqual({ offset: AHEAD_MS - 10, left: 1 });
  });
});
