import { describe, expect, it, vi } from 'vitest';
import type { Rule } from '../../src/alerts/rule.ts';
import type { Feed } from '../../src/feed/feed.ts';
import { keys } from '../../src/store/keys.ts';
import { eachTest } from '../support/each-test.ts';
import { priceRule, startFeedWorld } from './support.ts';

const SOON = { timeout: 8_000, interval: 20 };

const here = eachTest(startFeedWorld);

const listing = (over: Partial<Rule> = {}): Rule =>
  priceRule({
    symbol: 'all',
    kind: 'listing',
    direction: 'up',
    threshold: 1,
    rearm: 0,
    mode: 'repeat',
    ...over,
  });

const barks = () => here.world.barks();
const told = () => barks().map(({ eventId, listing: what }) => `${eventId} ${what?.event}`);

/** A feed that has looked at the list. */
async function started(): Promise<Feed> {
  const feed = here.world.feed({ timings: { universeEveryMs: 100 } });
  await feed.start();
  const store = here.redis.connect();
  await vi.waitFor(async () => {
    const seen = await Promise.all(
      Array.from({ length: 64 }, (_, shard) => store.exists(keys.listed(shard))),
    );
    expect(seen.every((each) => each === 1)).toBe(true);
  }, SOON);
  return feed;
}

describe('a rule on listings', () => {
  it('tells that a symbol is announced and when, that it trades, and that it is settled, each once', async () => {
    const { market } = here.world.exchange;
    market.unlist('LTCUSDT');
    await started();
    await here.world.save(listing());
    const onboardAt = Date.now() + 3_600_000;
    market.list('LTCUSDT', 'PENDING_TRADING', onboardAt);
    await vi.waitFor(
      () => expect(barks()).toMatchObject([{ listing: { event: 'listed', at: onboardAt } }]),
      SOON,
    );
    market.list('LTCUSDT', 'TRADING', Date.now());
    await vi.waitFor(() => expect(barks()).toHaveLength(2), SOON);
    market.setStatus('LTCUSDT', 'SETTLING');
    await vi.waitFor(
      () =>
        expect(told()).toEqual([
          'abc234:LTCUSDT.1 listed',
          'abc234:LTCUSDT.2 listed',
          'abc234:LTCUSDT.3 settling',
        ]),
      SOON,
    );
  });

  it('on one symbol hears of that one alone', async () => {
    await started();
    await here.world.save(listing({ symbol: 'XRPUSDT' }));
    here.world.exchange.market.setStatus('ADAUSDT', 'SETTLING');
    here.world.exchange.market.setStatus('XRPUSDT', 'SETTLING');
    await vi.waitFor(() => expect(told()).toEqual(['abc234:XRPUSDT.1 settling']), SOON);
  });

  it('hears of what changed while no feed ran, also after the one that was telling it died', async () => {
    const first = await started();
    await here.world.save(listing());
    await first.stop();
    here.world.exchange.market.setStatus('ADAUSDT', 'SETTLING');
    const second = await started();
    await vi.waitFor(() => expect(told()).toEqual(['abc234:ADAUSDT.1 settling']), SOON);
    await second.stop();
    // As if it had died after the bark was written and before the list was.
    const store = here.redis.connect();
    const shards = await Promise.all(
      Array.from({ length: 64 }, async (_, shard) => ({
        shard,
        row: await store.hget(keys.listed(shard), 'ADAUSDT'),
      })),
    );
    const found = shards.find(({ row }) => row !== null);
    expect(found?.row).toContain('settling');
    await store.hset(keys.listed(found?.shard ?? 0), 'ADAUSDT', '{"standing":"trading","change":1}');
    await started();
    here.world.exchange.market.setStatus('XRPUSDT', 'SETTLING');
    await vi.waitFor(
      () => expect(told()).toEqual(['abc234:ADAUSDT.1 settling', 'abc234:XRPUSDT.1 settling']),
      SOON,
    );
  });

  it('believes that a symbol is gone when two lists lack it, and ends other rules on it with a word', async () => {
    await started();
    await here.world.save(listing());
    const { commandId } = await here.world.rules.save(
      priceRule({ id: 'own234', symbol: 'XRPUSDT', threshold: 9, rearm: 8 }),
      10,
    );
    await here.world.rules.awaitAnswer('XRPUSDT', commandId, 5_000);
    here.world.exchange.market.unlist('XRPUSDT');
    await vi.waitFor(() => expect(told()).toEqual(['abc234:XRPUSDT.1 delisted']), SOON);
    await vi.waitFor(
      () =>
        expect(here.world.post.posted.map(({ notice }) => notice)).toContainEqual(
          expect.objectContaining({
            type: 'rule-ended',
            reason: 'delisted',
            eventId: 'own234:XRPUSDT.ended',
          }),
        ),
      SOON,
    );
    // It is removed as soon as its chat has been told.
    await vi.waitFor(
      async () => expect(await here.world.rules.get('chat-1', 'own234')).toBeUndefined(),
      SOON,
    );
    expect(await here.world.rules.get('chat-1', 'abc234')).toBeDefined();
  });
});
