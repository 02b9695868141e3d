import { describe, expect, it } from 'vitest';
import { mergeHealth } from '../../src/store/feed-health.ts';
import { createMarketRepository } from '../../src/store/market.ts';
import { useRedis } from '../support/each-test.ts';
import type { TestRedis } from '../support/redis.ts';
import { makeHealth } from '../support/samples.ts';

const NOW = 1_771_214_400_000;

describe('the health of several feeds', () => {
  it('is that of the only one', () => {
    expect(mergeHealth([])).toBeUndefined();
    const only = makeHealth({ at: NOW });
    expect(mergeHealth([only])).toEqual(only);
  });

  it('adds up what they do, and tells the worst of how they are', () => {
    const route = { route: 'market', lastDataAt: NOW - 50, streams: 10, silent: [] } as const;
    const merged = mergeHealth([
      makeHealth({
        processId: 'a',
        at: NOW - 900,
        startedAt: 5,
        symbols: ['BTCUSDT'],
        lagMs: 20,
        messages: 100,
        messagesPerSecond: 10.2,
        rules: 3,
        routes: [{ ...route, state: 'live' }],
      }),
      makeHealth({
        processId: 'b',
        at: NOW,
        startedAt: 9,
        symbols: ['ADAUSDT', 'BTCUSDT'],
        lagMs: 35,
        messages: 50,
        messagesPerSecond: 4.9,
        rules: 2,
        routes: [
          { ...route, state: 'silent', streams: 5, silent: ['adausdt@aggTrade'], lastDataAt: NOW - 20 },
        ],
        refused: 'HTTP 429',
      }),
    ]);
    expect(merged).toMatchObject({
      at: NOW,
      startedAt: 5,
      symbols: ['ADAUSDT', 'BTCUSDT'],
      lagMs: 35,
      messages: 150,
      messagesPerSecond: 15.1,
      rules: 5,
      blindSince: undefined,
      refused: 'HTTP 429',
      routes: [
        { route: 'market', state: 'silent', streams: 15, silent: ['adausdt@aggTrade'], lastDataAt: NOW - 20 },
      ],
    });
  });

  it('is blind when one is that has symbols to see', () => {
    const sees = makeHealth({ processId: 'a', at: NOW });
    const blind = makeHealth({ processId: 'b', at: NOW, blindSince: NOW - 9_000 });
    expect(mergeHealth([sees, blind])?.blindSince).toBe(NOW - 9_000);
    expect(mergeHealth([sees, { ...blind, symbols: [] }])?.blindSince).toBeUndefined();
  });

  it('is not that of the dead, unless all are', () => {
    const dead = makeHealth({ processId: 'a', at: NOW - 5_001, symbols: ['ADAUSDT'] });
    const alive = makeHealth({ processId: 'b', at: NOW });
    expect(mergeHealth([dead, alive])).toEqual(alive);
    expect(mergeHealth([dead])).toEqual(dead);
  });
});

describe('kept in the store', () => {
  let redis: TestRedis;
  useRedis((opened) => {
    redis = opened;
  });

  it('it is one per process, and what a dead one said is forgotten by the living', async () => {
    const market = createMarketRepository(redis.connect());
    expect(await market.health()).toBeUndefined();
    await market.writeHealth(makeHealth({ processId: 'a', at: NOW, rules: 1 }));
    await market.writeHealth(makeHealth({ processId: 'b', at: NOW + 10, rules: 2 }));
    expect(await market.health()).toMatchObject({ at: NOW + 10, rules: 3 });
    await market.writeHealth(makeHealth({ processId: 'b', at: NOW + 60_011, rules: 2 }));
    // Even a reader whose newest report is old again no longer hears of the dead one.
    await market.writeHealth(makeHealth({ processId: 'b', at: NOW + 10, rules: 2 }));
    expect(await market.health()).toMatchObject({ rules: 2 });
  });
});
