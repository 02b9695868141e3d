import { describe, expect, it } from 'vitest';
import { createCallRecord, type FrozenCall, HORIZON_MS, HORIZONS } from '../../src/store/record.ts';
import type { Store } from '../../src/store/redis.ts';
import { makeFrozenCall } from '../support/analyses.ts';
import { asker, buildHouse, freshAnalysis, type House, NOW, say, useHouse, words } from './support.ts';

const HOUR = 3_600_000;
const MODEL = 'deepseek/deepseek-chat-v3-0324';

describe('/accuracy', () => {
  let store: Store;
  let house: House;

  useHouse((built, opened) => {
    house = built;
    store = opened;
  });

  /** Hourly calls until an hour ago that always said up; every `nth` one was wrong. */
  async function keep(count: number, nth: number, change: Partial<FrozenCall> = {}): Promise<void> {
    const record = createCallRecord(store);
    for (let i = 0; i < count; i++) {
      const asOf = NOW - (count - i) * HOUR;
      const id = `${change.promptVersion ?? '1'}-${i}`;
      await record.freeze(makeFrozenCall({ id, asOf, before: { m15: 1, h1: 1, h4: 1 }, ...change }));
      for (const horizon of HORIZONS) {
        const at = asOf + HORIZON_MS[horizon];
        if (at > NOW) continue;
        await record.resolve({ symbol: 'BTCUSDT', id, horizon, at }, { mark: i % nth === 0 ? 99 : 101, at });
      }
    }
  }

  it('offers symbols, and says when there is no record at all', async () => {
    expect((await say(house, asker(), '/accuracy'))?.buttons?.flat().length).toBeGreaterThan(0);
    expect(await words(house, asker(), '/accuracy btc')).toContain('No scheduled reading of this symbol');
  });

  it('says plainly that there is not enough data, and counts what there is', async () => {
    await keep(10, 3);
    const text = await words(house, asker(), '/accuracy btc');
    expect(text).toContain(`${MODEL} · prompt 1`);
    expect(text).toContain('1 hr: 60 % of 10 right (31.3–83.2 %)');
    expect(text).toContain('not enough data (10 of 200)');
    expect(text).toContain('1 hr: always up 60 % · momentum 60 % · reversal 40 % · coin 50 %');
    expect(text).toContain('Cost per call: $0.0003');
    expect(text).toContain('Cost per hit above a coin: $0.003');
    expect(text).toMatch(/frozen before its outcome/);
  });

  it('says plainly that there is no evidence of skill: always up was as good', async () => {
    await keep(240, 3);
    const text = await words(house, asker(), '/accuracy btc');
    expect(text).toMatch(/1 hr: 66\.7 % of 240 right .* no evidence of skill/);
    // Hourly calls about four hours overlap: a quarter counts.
    expect(text).toMatch(/4 hr: .* of 60 right .* not enough data/);
  });

  it('keeps prompts and models apart', async () => {
    await keep(3, 9);
    await keep(4, 9, { promptVersion: '2' });
    const text = await words(house, asker(), '/accuracy btc');
    expect(text).toContain('prompt 1');
    expect(text).toContain('prompt 2');
    expect(text.match(/of 4 right/g)).not.toBeNull();
  });

  it('ends every analysis with its model’s record at its horizon, in one line, if it is only that there is none', async () => {
    const none = /\nIts record here, 1 hr: not enough data \(0 of 200\)$/;
    expect(await words(house, asker(), '/analyze btc')).toMatch(none);
    house = await buildHouse(store);
    await keep(10, 3);
    const text = await words(house, asker(), '/analyze btc');
    expect(text).toMatch(/\nIts record here, 1 hr: 60 % of 10 right .* not enough data \(10 of 200\)$/);
    house.analysis = freshAnalysis({ servedModel: 'other/model' });
    expect(await words(house, asker(), '/analyze btc')).toMatch(none);
  });

  it('marks an answer that was shared, one that contradicts itself, and one that was too long', async () => {
    const { reading } = freshAnalysis();
    if (!reading) throw new Error('the example has a reading');
    house.analysis = freshAnalysis({
      shared: true,
      finishedAt: NOW - 40_000,
      reading: { ...reading, flags: ['conflict', 'cut'] },
    });
    const text = await words(house, asker(), '/analyze btc');
    expect(text).toContain('Analysed 40 sec ago, shared at no cost');
    expect(text).toContain('The AI contradicts itself');
    expect(text).toContain('too long; its end is cut off');
  });
});
