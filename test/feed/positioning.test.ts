import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startPositioning } from '../../src/feed/positioning.ts';
import { createRest } from '../../src/feed/rest.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { silentLog } from '../../src/kit/log.ts';
import { createSymbolState } from '../../src/market/state.ts';
import { startTestExchange, type TestExchange } from '../world/exchange.ts';

describe('how many accounts are long for each that is short', () => {
  let exchange: TestExchange;
  beforeEach(async () => {
    exchange = await startTestExchange();
  });
  afterEach(() => exchange.close());

  const asked = () =>
    exchange.restCalls.map(({ path }) => path).filter((path) => path.startsWith('/futures/data/global'));

  it('is fetched of warm symbols only, once in five minutes, and told in the brief', async () => {
    const { restUrl } = exchange;
    const clock = systemClock;
    const log = silentLog();
    const rest = createRest({ restUrl, clock, log, timings: { restTimeoutMs: 2_000 } });
    const watchOf = (symbol: string, warm: boolean) => ({
      symbol,
      warm,
      dirty: false,
      state: createSymbolState({ symbol, tickSize: 0.1 }),
    });
    const [cold, btc] = [watchOf('ETHUSDT', false), watchOf('BTCUSDT', true)];
    const watches = new Map([cold, btc].map((watch) => [watch.symbol, watch]));
    let looks = 0;
    const looked = (more: number) => {
      const until = looks + more;
      return vi.waitFor(() => expect(looks).toBeGreaterThanOrEqual(until), { timeout: 5_000 });
    };
    const counted = {
      ...cold,
      get warm() {
        looks++;
        return false;
      },
    };
    watches.set(cold.symbol, counted);
    const stopping = new AbortController();
    const loop = startPositioning({ rest, pipeline: { watches }, log, signal: stopping.signal });
    const told = () => btc.state.brief({ source: 'live', epoch: 1, writtenAt: 0 }).longShort;
    await vi.waitFor(() => expect(told()?.ratio).toBeGreaterThan(1), { timeout: 5_000 });
    expect([btc.dirty, counted.dirty]).toEqual([true, false]);
    // A second look finds nothing due.
    await looked(2);
    stopping.abort();
    await loop.stop();
    expect(asked()).toEqual(['/futures/data/globalLongShortAccountRatio?symbol=BTCUSDT&period=5m&limit=1']);
  });
});
