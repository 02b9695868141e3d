import { describe, expect, it, vi } from 'vitest';
import { createAnalysesRepository } from '../../src/store/analyses.ts';
import { makeAnalysis, makeReading } from '../support/analyses.ts';
import { eachTest } from '../support/each-test.ts';
import { priceRule, startFeedWorld } from './support.ts';

const SOON = { timeout: 8_000, interval: 20 };

const here = eachTest(startFeedWorld);

let made = 0;

/** An analysis of BTCUSDT that somebody had made. */
async function analysed(sentiment: number, over: { abstain?: boolean; ageMs?: number } = {}): Promise<void> {
  const finishedAt = Date.now() - (over.ageMs ?? 0);
  const analysis = makeAnalysis({
    id: `analysis-${++made}`,
    reading: makeReading({ sentiment, abstain: over.abstain ?? false }),
    createdAt: finishedAt,
    finishedAt,
  });
  await createAnalysesRepository(here.redis.connect()).save(analysis);
}

async function phase(): Promise<string | undefined> {
  return (await here.world.rules.instances([priceRule()])).get('abc234:BTCUSDT')?.phase;
}

describe('a rule on the AI’s view', () => {
  it('barks when a new analysis is beyond its level, whoever asked for it, and goes on over a restart', async () => {
    const first = here.world.feed();
    await first.start();
    await analysed(55);
    const { commandId } = await here.world.rules.save(
      priceRule({ kind: 'sentiment', threshold: 80, rearm: 75, mode: 'repeat' }),
      10,
    );
    await here.world.rules.awaitAnswer('BTCUSDT', commandId, 5_000);
    await vi.waitFor(async () => expect(await phase()).toBe('armed'), SOON);
    await first.stop();
    await analysed(84);
    await here.world.feed().start();
    await vi.waitFor(
      () =>
        expect(here.world.post.posted).toMatchObject([
          { notice: { eventId: 'abc234:BTCUSDT.1', firing: { value: 84 }, rule: { kind: 'sentiment' } } },
        ]),
      SOON,
    );
    expect(await createAnalysesRepository(here.redis.connect()).wantedScheduled(Date.now())).toEqual([
      'BTCUSDT',
    ]);
  });

  it('takes an old analysis, and one in which the AI did not commit itself, for none', async () => {
    await here.world.feed().start();
    await analysed(55);
    const { commandId } = await here.world.rules.save(
      priceRule({ kind: 'sentiment', threshold: 80, rearm: 75, mode: 'repeat' }),
      10,
    );
    await here.world.rules.awaitAnswer('BTCUSDT', commandId, 5_000);
    await vi.waitFor(async () => expect(await phase()).toBe('armed'), SOON);
    for (const [sentiment, over] of [
      [90, { ageMs: 5 * 3_600_000 }],
      [95, { abstain: true }],
    ] as const) {
      await analysed(sentiment, over);
      // Two more mark prices have judged what there is.
      const seen = (await here.world.market.brief('BTCUSDT'))?.times.mark ?? 0;
      await vi.waitFor(
        async () =>
          expect((await here.world.market.brief('BTCUSDT'))?.times.mark).toBeGreaterThan(seen + 1_500),
        SOON,
      );
    }
    await analysed(81);
    await vi.waitFor(
      () => expect(here.world.post.posted).toMatchObject([{ notice: { firing: { value: 81 } } }]),
      SOON,
    );
  });
});
