import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { frozen, outcomeOf } from '../../src/desk/record-keeper.ts';
import { createScoreboard, scorecards } from '../../src/desk/scoreboard.ts';
import {
  type CallRecord,
  createCallRecord,
  type FrozenCall,
  HORIZON_MS,
  HORIZONS,
} from '../../src/store/record.ts';
import { makeAnalysis } from '../support/analyses.ts';
import { ManualClock } from '../support/clock.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { makeBrief, makeColdBrief } from './brief.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z');

function call(change: Partial<FrozenCall> = {}): FrozenCall {
  return {
    v: 1,
    id: 'a1',
    symbol: 'BTCUSDT',
    asOf: NOW,
    mark: 100,
    kind: 'call',
    sentiment: 60,
    pUp: { m15: 0.6, h1: 0.6, h4: 0.4 },
    before: { m15: 1 },
    sigmaBps: { m15: 40 },
    model: 'm/one',
    promptVersion: 'p2',
    costNano: 300_000,
    trigger: 'scheduled',
    locale: 'en',
    ...change,
  };
}

describe('what is kept of a call', () => {
  const pUp = { m15: 0.5, h1: 0.6, h4: 0.7 };
  const scheduled = makeAnalysis({ trigger: 'scheduled' });

  it('is the mark price at its delivery, its probabilities, and what momentum would have said', () => {
    const brief = makeBrief();
    const { reading } = scheduled;
    if (!reading) throw new Error('the example has a reading');
    const made = frozen({ ...scheduled, reading: { ...reading, pUp } }, brief);
    expect(made).toMatchObject({
      asOf: brief.times.mark,
      mark: 67_448.9,
      kind: 'call',
      sentiment: 72,
      pUp: { m15: 0.5, h1: 0.6, h4: 0.7 },
      model: 'deepseek/deepseek-chat-v3-0324',
    });
    expect(made?.before.h1).toBeCloseTo(-0.1652, 4);
    // 38.5 % a year is 36 bps in an hour.
    expect(made?.sigmaBps.h1).toBeCloseTo(41.1, 0);
  });

  it('is an abstention where it gave no probabilities, and a failure where it gave no reading', () => {
    expect(frozen(scheduled, makeBrief())).toMatchObject({ kind: 'abstained', pUp: {} });
    const failed = { ...scheduled, reading: undefined, noReading: 'timeout' as const };
    expect(frozen(failed, makeColdBrief())).toMatchObject({ kind: 'failed', before: {}, sigmaBps: {} });
  });

  it('is nothing of questions of people, of what asked no model, and of a replay', () => {
    expect(frozen(makeAnalysis(), makeBrief())).toBeUndefined();
    expect(frozen({ ...scheduled, askedModel: undefined }, makeBrief())).toBeUndefined();
    expect(frozen(scheduled, makeBrief({ source: 'replay' }))).toBeUndefined();
    expect(frozen(scheduled, makeBrief({ mark: undefined }))).toBeUndefined();
  });
});

describe('the outcome of a call', () => {
  const due = { symbol: 'BTCUSDT', id: 'a1', horizon: 'h1', at: NOW } as const;
  const seen = (mark: number) => makeBrief({ mark: 101, times: { trade: 0, mark, book: 0, day: 0 } });

  it('is the first mark price at or after its moment, within a minute', () => {
    expect(outcomeOf(due, seen(NOW), NOW)).toEqual({ mark: 101, at: NOW });
    expect(outcomeOf(due, seen(NOW + 60_000), NOW)).toEqual({ mark: 101, at: NOW + 60_000 });
    expect(outcomeOf(due, seen(NOW - 1), NOW + 1_000)).toBeUndefined();
    expect(outcomeOf(due, undefined, NOW + 1_000)).toBeUndefined();
  });

  it('is given up when nobody saw that minute', () => {
    expect(outcomeOf(due, seen(NOW + 60_001), NOW + 60_100)).toBeNull();
    expect(outcomeOf(due, seen(NOW - 1), NOW + 120_001)).toBeNull();
    expect(outcomeOf(due, undefined, NOW + 120_001)).toBeNull();
  });
});

describe('the record', () => {
  let redis: TestRedis;
  let record: CallRecord;
  beforeAll(async () => {
    redis = await startTestRedis();
    record = createCallRecord(redis.connect());
  });
  beforeEach(() => redis.clear());
  afterAll(() => redis.stop());

  const read = () => record.read('BTCUSDT', NOW - 40 * 86_400_000, NOW + 86_400_000);

  it('is written once: neither a call nor its outcome can be changed', async () => {
    await record.freeze(call());
    await record.freeze(call({ pUp: { m15: 0.99 } }));
    const [first] = await record.due(NOW + 900_000);
    if (!first) throw new Error('nothing is due');
    await record.resolve(first, { mark: 101, at: NOW + 900_000 });
    await record.resolve(first, { mark: 999, at: NOW + 900_001 });
    expect(await read()).toEqual([{ ...call(), outcomes: { m15: { mark: 101, at: NOW + 900_000 } } }]);
  });

  it('knows what is due, for abstentions and failures as well: another model may be asked about them', async () => {
    await record.freeze(call());
    await record.freeze(call({ id: 'a2', kind: 'abstained', pUp: {} }));
    await record.freeze(call({ id: 'a3', kind: 'failed', pUp: {}, sentiment: undefined }));
    expect(await record.due(NOW + 899_999)).toEqual([]);
    const due = await record.due(NOW + HORIZON_MS.h4);
    expect(due).toHaveLength(9);
    expect(due.filter((each) => each.id === 'a2').map((each) => each.horizon)).toEqual([...HORIZONS]);
    expect(await read()).toHaveLength(3);
  });

  it('spans months, and is kept for longer than a year', async () => {
    await record.freeze(call({ id: 'old', asOf: Date.parse('2026-10-31T23:59:00Z') }));
    const [first] = await record.due(NOW);
    if (!first) throw new Error('nothing is due');
    await record.resolve(first, null);
    await record.freeze(call());
    expect((await read()).map(({ id, outcomes }) => [id, outcomes])).toEqual([
      ['old', { m15: null }],
      ['a1', {}],
    ]);
    const store = redis.connect();
    for (const key of await store.keys('sheepdog:{record}:BTCUSDT:*'))
      expect(await store.ttl(key)).toBeGreaterThan(366 * 86_400);
  });

  it('makes a card for each model and prompt, the latest first, which never mix', async () => {
    await record.freeze(call({ id: 'a', asOf: NOW - 3_000 }));
    await record.freeze(call({ id: 'b', asOf: NOW - 2_000, promptVersion: 'p3' }));
    await record.freeze(call({ id: 'c', asOf: NOW - 1_000, kind: 'failed', pUp: {} }));
    for (const due of await record.due(NOW + HORIZON_MS.m15))
      await record.resolve(due, due.id === 'a' ? { mark: 102, at: due.at } : null);
    const clock = new ManualClock(NOW);
    const board = createScoreboard({ record, clock });
    const cards = await board.of('BTCUSDT');
    expect(cards).toMatchObject([
      { promptVersion: 'p2', calls: 1, failed: 1, missed: 0, costNano: 600_000 },
      { promptVersion: 'p3', calls: 1, failed: 0, missed: 1, costNano: 300_000 },
    ]);
    expect(cards[0]?.scores.m15).toMatchObject({ calls: 1, hits: 1, verdict: 'few' });
    expect(cards[0]?.scores.h4).toMatchObject({ calls: 0, verdict: 'few' });
    await record.freeze(call({ id: 'd' }));
    expect(await board.of('BTCUSDT')).toBe(cards);
    clock.advanceBy(60_000);
    expect((await board.of('BTCUSDT'))[0]?.calls).toBe(2);
    expect(scorecards([])).toEqual([]);
  });
});
