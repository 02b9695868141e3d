import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Config, loadConfig } from '../../src/config.ts';
import { usdToNano } from '../../src/kit/money.ts';
import { createAnalysesRepository } from '../../src/store/analyses.ts';
import { createCallRecord, HORIZON_MS, HORIZONS } from '../../src/store/record.ts';
import type { Store } from '../../src/store/redis.ts';
import { parseBacktest, runBacktest, tellBacktest } from '../../src/tools/backtest.ts';
import { makeBrief } from '../desk/brief.ts';
import { makeAnalysis, makeFrozenCall } from '../support/analyses.ts';
import { useRedis } from '../support/each-test.ts';
import type { TestRedis } from '../support/redis.ts';
import { type FakeGateway, startFakeGateway } from '../world/gateway.ts';

const START = Date.parse('2026-11-20T00:00:00Z');
const HOUR = 3_600_000;

describe('npm run backtest', () => {
  let redis: TestRedis;
  let store: Store;
  let gateway: FakeGateway;
  let config: Config;

  useRedis((opened) => {
    redis = opened;
    store = redis.connect();
  });
  beforeEach(async () => {
    gateway = await startFakeGateway();
    const env = { HOLYSHEEP_API_KEY: gateway.apiKey, HOLYSHEEP_BASE_URL: gateway.baseUrl };
    config = { ...loadConfig({ ...env, AI_MAX_CALLS_PER_SECOND: '1000' }), store: redis.address };
  });
  afterEach(() => gateway.close());

  /** Hourly calls that said down, of a market that rose; the facts of the first are stored no more. */
  async function keep(count: number): Promise<void> {
    const record = createCallRecord(store);
    const analyses = createAnalysesRepository(store);
    for (let i = 0; i < count; i++) {
      const id = `a${i}`;
      const asOf = START + i * HOUR;
      const said = { sentiment: 30, pUp: { m15: 0.4, h1: 0.4, h4: 0.4 } };
      await record.freeze(makeFrozenCall({ id, asOf, ...said, model: 'the-old-one', promptVersion: 'p0' }));
      for (const horizon of HORIZONS) {
        const at = asOf + HORIZON_MS[horizon];
        await record.resolve({ symbol: 'BTCUSDT', id, horizon, at }, { mark: 101, at });
      }
      if (i > 0) await analyses.save(makeAnalysis({ id, trigger: 'scheduled', brief: makeBrief() }));
    }
  }

  const asked = { model: 'gpt-4.1', from: START, to: START + 100 * HOUR, symbols: ['BTCUSDT'] };
  const signal = new AbortController().signal;

  it('asks another model about the stored facts, and sets it beside who made the calls', async () => {
    await keep(6);
    const result = await runBacktest(config, { ...asked, budgetNano: usdToNano(0.2) }, { signal });
    expect(result.stopped).toBeUndefined();
    expect(result.reports).toMatchObject([{ symbol: 'BTCUSDT', asked: 5, withoutFacts: 1 }]);
    const [report] = result.reports;
    expect(report?.recorded[0]).toMatchObject({
      model: 'the-old-one',
      scores: { h1: { calls: 5, hits: 0 } },
    });
    expect(report?.replayed[0]).toMatchObject({ model: 'gpt-4.1', scores: { h1: { calls: 5, hits: 5 } } });
    expect(gateway.requests.map((request) => request.body?.model)).toEqual(Array(5).fill('gpt-4.1'));
    expect(report?.costNano).toBe((gateway.billed.prompt + gateway.billed.completion) * 8_000);

    const text = tellBacktest(result, config);
    expect(text).toMatch(/BTCUSDT: 5 asked again for \$0\.\d+, 1 no longer stored/);
    expect(text).toMatch(/as it was[\s\S]*the-old-one[\s\S]*as it is now[\s\S]*gpt-4\.1/);
    expect(text).toContain('not enough data (5 of 200)');
    // The record itself is as it was.
    const kept = await createCallRecord(store).read('BTCUSDT', START, START + 100 * HOUR);
    expect(kept.every((call) => call.model === 'the-old-one')).toBe(true);
  });

  it('stops at its budget, and says so', async () => {
    await keep(30);
    const result = await runBacktest(config, { ...asked, budgetNano: usdToNano(0.03) }, { signal });
    expect(result.stopped).toBe('budget-chat');
    expect(result.reports[0]?.asked).toBeGreaterThan(0);
    expect(result.reports[0]?.costNano).toBeLessThanOrEqual(usdToNano(0.03));
    expect(tellBacktest(result, config)).toContain('Ended early.');
  });

  it('wants a key, and a model that has a price', async () => {
    const paid = { ...asked, budgetNano: 1 };
    const keyless = { ...config, ai: { ...config.ai, apiKey: undefined } };
    await expect(runBacktest(keyless, paid, { signal })).rejects.toThrow(/HOLYSHEEP_API_KEY/);
    await expect(runBacktest(config, { ...paid, model: 'mystery-1' }, { signal })).rejects.toThrow(
      /no price/,
    );
    expect(gateway.requests).toEqual([]);
  });

  it('reads its arguments', () => {
    const now = Date.parse('2026-11-24T12:00:00Z');
    const read = (line: string) => parseBacktest(line.split(' '), config, now);
    expect(read('--model gpt-4.1')).toEqual({
      model: 'gpt-4.1',
      from: now - 7 * 86_400_000,
      to: now,
      symbols: ['BTCUSDT', 'ETHUSDT', 'BNBUSDT'],
      budgetNano: usdToNano(0.05),
    });
    expect(read('--model m --from 2026-11-01 --to 2026-11-02 --symbols ethusdt --budget 0.5')).toEqual({
      model: 'm',
      from: Date.parse('2026-11-01T00:00:00Z'),
      to: Date.parse('2026-11-02T23:59:59.999Z'),
      symbols: ['ETHUSDT'],
      budgetNano: usdToNano(0.5),
    });
    for (const wrong of [
      '',
      '--from 2026-11-01',
      '--model m --from soon',
      '--model m --budget 0',
      '--model m --what',
    ])
      expect(read(wrong)).toBeUndefined();
  });
});
