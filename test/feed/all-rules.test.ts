import { describe, expect, it, vi } from 'vitest';
import { eachTest } from '../support/each-test.ts';
import { moveOnAll, startFeedWorld } from './support.ts';

const SOON = { timeout: 8_000, interval: 20 };

const here = eachTest(startFeedWorld);

const barks = () => here.world.barks();

/** Waits until the rule is watched on this symbol. */
async function armed(symbol: string): Promise<void> {
  await vi.waitFor(async () => {
    const states = await here.world.rules.instances([{ id: 'abc234', symbol }]);
    expect(states.get(`abc234:${symbol}`)?.phase).toBe('armed');
  }, SOON);
}

describe('a rule on all symbols', () => {
  it('barks for a symbol that nobody watches, and switches no stream of it on', async () => {
    await here.world.feed().start();
    await here.world.save(moveOnAll());
    await armed('SOLUSDT');
    here.world.exchange.market.jump('SOLUSDT', 4);
    await vi.waitFor(
      () =>
        expect(barks()).toMatchObject([
          { eventId: 'abc234:SOLUSDT.1', rule: { symbol: 'SOLUSDT', kind: 'move' } },
        ]),
      SOON,
    );
    const streams = new Set([...here.world.exchange.connections].flatMap((one) => [...one.subscriptions]));
    expect([...streams].filter((stream) => stream.startsWith('solusdt'))).toEqual([]);
    expect(await here.world.rules.firings('abc234', ['BTCUSDT', 'SOLUSDT'], 5)).toMatchObject([
      { symbol: 'SOLUSDT', episode: 1 },
    ]);
  });

  it('begins, when it is set and when it is edited, from the price that is known: the next one may already bark', async () => {
    await here.world.feed().start();
    await vi.waitFor(async () => {
      const rows = (await here.world.market.overview())?.rows ?? [];
      expect(rows.map(({ symbol }) => symbol)).toContain('SOLUSDT');
    }, SOON);
    const rule = moveOnAll({ kind: 'price', direction: 'up', threshold: 140, rearm: 135 });
    await here.world.save(rule);
    here.world.exchange.market.setPrice('SOLUSDT', 141);
    await vi.waitFor(() => expect(barks()).toMatchObject([{ eventId: 'abc234:SOLUSDT.1' }]), SOON);
    await here.world.save({ ...rule, threshold: 150, rearm: 145 });
    here.world.exchange.market.setPrice('SOLUSDT', 151);
    await vi.waitFor(() => expect(barks().at(-1)).toMatchObject({ eventId: 'abc234:SOLUSDT.2' }), SOON);
  });

  it('is on no symbol that is no USDT coin perpetual, and on those in use by their trades', async () => {
    await here.world.feed().start();
    await here.world.save(moveOnAll());
    await Promise.all([armed('BTCUSDT'), armed('ETHUSDT')]);
    const { market } = here.world.exchange;
    for (const symbol of ['XAUUSDT', 'BTCUSDC', 'BTCUSD_PERP']) market.jump(symbol, 9);
    market.jump('BTCUSDT', 5);
    await vi.waitFor(() => expect(barks()).toMatchObject([{ eventId: 'abc234:BTCUSDT.1' }]), SOON);
    market.jump('ETHUSDT', 5);
    await vi.waitFor(
      () => expect(barks().map(({ eventId }) => eventId)).toEqual(['abc234:BTCUSDT.1', 'abc234:ETHUSDT.1']),
      SOON,
    );
  });

  it('goes on with another feed where the first one stopped: nothing is told twice or lost', async () => {
    const first = here.world.feed();
    await first.start();
    await here.world.save(moveOnAll());
    await Promise.all([armed('SOLUSDT'), armed('XRPUSDT')]);
    here.world.exchange.market.jump('SOLUSDT', 4);
    await vi.waitFor(() => expect(barks()).toHaveLength(1), SOON);
    await first.stop();
    await here.world.feed().start();
    here.world.exchange.market.jump('XRPUSDT', 4);
    await vi.waitFor(
      () => expect(barks().map(({ eventId }) => eventId)).toEqual(['abc234:SOLUSDT.1', 'abc234:XRPUSDT.1']),
      SOON,
    );
  });

  it('is silent once it is removed, and goes on counting when it comes back', async () => {
    await here.world.feed().start();
    const rule = moveOnAll({ threshold: 1, rearm: 0.7 });
    await here.world.save(rule);
    await Promise.all([armed('SOLUSDT'), armed('XRPUSDT')]);
    here.world.exchange.market.jump('SOLUSDT', 2);
    await vi.waitFor(() => expect(barks()).toHaveLength(1), SOON);
    const removed = await here.world.rules.remove(rule.chat, rule.id);
    await here.world.rules.awaitAnswer('all', removed?.commandId ?? '', 5_000);
    here.world.exchange.market.jump('XRPUSDT', 2);
    await vi.waitFor(
      async () =>
        expect(
          (await here.world.market.overview())?.rows.find(({ symbol }) => symbol === 'XRPUSDT')?.last,
        ).toBeGreaterThan(2.08),
      SOON,
    );
    expect(barks()).toHaveLength(1);
    await here.world.save({ ...rule, kind: 'price', direction: 'up', threshold: 140, rearm: 135 });
    here.world.exchange.market.setPrice('SOLUSDT', 131);
    await vi.waitFor(async () => {
      const states = await here.world.rules.instances([{ id: rule.id, symbol: 'SOLUSDT' }]);
      expect(states.get(`${rule.id}:SOLUSDT`)).toMatchObject({ phase: 'armed', episode: 1 });
    }, SOON);
    here.world.exchange.market.setPrice('SOLUSDT', 141);
    await vi.waitFor(() => expect(barks().at(-1)?.eventId).toBe('abc234:SOLUSDT.2'), SOON);
  });

  it('on volume takes a closer look at what stands out, and lets trades decide', async () => {
    await here.world.feed().start();
    await here.world.save(
      moveOnAll({ kind: 'volume', direction: 'up', threshold: 5, rearm: 3.5, window: '5m' }),
    );
    await armed('LTCUSDT');
    const { market } = here.world.exchange;
    market.print('LTCUSDT', 84.63, 40_000_000 / 84.63);
    await vi.waitFor(() => {
      // Candles tell of what was traded before the closer look, and the next trade decides.
      market.print('LTCUSDT', 84.63, 0.01);
      expect(barks()).toMatchObject([{ eventId: 'abc234:LTCUSDT.1' }]);
    }, SOON);
    expect(await here.world.market.wanted(Date.now())).toContain('LTCUSDT');
  }, 90_000);
});
