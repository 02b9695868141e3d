import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startExchange } from '../../src/exchange/server.ts';
import { createSimulatedMarket } from '../../src/exchange/simulated.ts';
import { openTape } from '../../src/exchange/tape.ts';
import { recordTape } from '../../src/feed/recording.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { silentLog } from '../../src/kit/log.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { type FeedWorld, priceRule, startFeedWorld } from './support.ts';

const log = silentLog();
let redis: TestRedis;
let dir: string;

beforeAll(async () => {
  redis = await startTestRedis();
  dir = await mkdtemp(join(tmpdir(), 'sheepdog-tape-'));
});
afterAll(async () => {
  await rm(dir, { recursive: true, force: true });
  await redis.stop();
});
beforeEach(() => redis.clear());

/** Plays a tape into a feed until its end; the feed then stands where the tape ended. */
async function replay(path: string, speed: number, use: (world: FeedWorld) => Promise<void>) {
  const tape = await openTape([path], { log, speed, settleMs: 300 });
  const exchange = await startExchange({ market: tape, log });
  const world = await startFeedWorld(redis);
  try {
    const feed = world.feed({
      wsUrl: exchange.wsUrl,
      restUrl: exchange.restUrl,
      source: 'replay',
      symbols: tape.symbols,
    });
    await feed.start();
    await use(world);
    const played = await tape.ended;
    await vi.waitFor(() => expect(feed.stats().messages).toBe(played.delivered), {
      timeout: 10_000,
      interval: 20,
    });
    return { feed, world, played, symbols: [...tape.symbols] };
  } finally {
    await world.stop();
    await exchange.close();
  }
}

describe('a tape', () => {
  it('recorded from a market plays into the same feed, with its own universe and warm windows', async () => {
    const market = createSimulatedMarket({ volatility: 0, bursts: false });
    const exchange = await startExchange({ market, log });
    const path = join(dir, 'own.jsonl.gz');
    const done = recordTape({
      wsUrl: exchange.wsUrl,
      restUrl: exchange.restUrl,
      symbols: ['BTCUSDT', '币安人生USDT'],
      ms: 4_000,
      path,
      clock: systemClock,
      log,
      signal: new AbortController().signal,
    });
    await vi.waitFor(
      () => {
        const held = [...exchange.connections].flatMap((each) => [...each.subscriptions]);
        expect(held).toContain('币安人生usdt@aggTrade');
        expect(held).toContain('btcusdt@depth20@100ms');
      },
      { timeout: 5_000, interval: 20 },
    );
    market.setPrice('BTCUSDT', 90_500);
    const recorded = await done;
    await exchange.close();
    expect(recorded.frames).toBeGreaterThan(20);
    // exchangeInfo, and three answers for each symbol.
    expect(recorded.answers).toBe(7);

    const { feed, world, symbols } = await replay(path, 4, async (own) => {
      await own.rules.save(priceRule(), 10);
    });
    expect(symbols.sort()).toEqual(['BTCUSDT', '币安人生USDT']);
    expect(feed.stats()).toMatchObject({ gaps: 0, malformed: 0, rejected: 0, alerts: 1 });
    expect(world.post.posted.map(({ notice }) => notice)).toMatchObject([
      { type: 'alert', source: 'replay' },
    ]);
    const brief = await world.market.brief('BTCUSDT');
    expect(brief?.source).toBe('replay');
    expect(brief?.windows['24h'].coverage).toBe(1);
    expect((await world.market.health())?.blindSince).toBeUndefined();
  });

  it('is refused for a symbol that does not trade', async () => {
    const exchange = await startExchange({ market: createSimulatedMarket({ volatility: 0 }), log });
    const recording = recordTape({
      wsUrl: exchange.wsUrl,
      restUrl: exchange.restUrl,
      symbols: ['BTCUSDT', 'OMGUSDT'],
      ms: 10,
      path: join(dir, 'refused.jsonl.gz'),
      clock: systemClock,
      log,
      signal: new AbortController().signal,
    });
    await expect(recording).rejects.toThrow('OMGUSDT');
    expect(existsSync(join(dir, 'refused.jsonl.gz'))).toBe(false);
    await exchange.close();
  });

  const TAPE = '../shared/data/ws-derived/tape-2023-04-05.aggTrade+depth20+markPrice.jsonl.gz';
  const there = existsSync(TAPE);
  if (!there) console.log('skipped: no recorded data');

  it.skipIf(!there)('of 2023 plays without a hole, a doubt or an unreadable frame', async () => {
    const { feed, world, played } = await replay(TAPE, Number.POSITIVE_INFINITY, async () => undefined);
    expect(played.complete).toBe(true);
    expect(feed.stats()).toMatchObject({ gaps: 0, malformed: 0, rejected: 0 });
    // The last brief is written when the feed stops.
    expect((await world.market.brief('BTCUSDT'))?.tradesSeen).toBe(played.byType.aggTrade);
  });
});
