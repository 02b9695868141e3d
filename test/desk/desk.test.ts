import { describe, expect, it, vi } from 'vitest';
import { keys } from '../../src/store/keys.ts';
import { makeBrief, makeColdBrief } from './brief.ts';
import { useRoom } from './room.ts';

describe('the desk', () => {
  const room = useRoom();

  it('answers with a reading, stores it, and charges the asking chat what the gateway counted', async () => {
    const { desk, analyst } = await room.openDesk();
    const analysis = await room.ask(desk);

    expect(analysis.noReading).toBeUndefined();
    expect(analysis.reading).toMatchObject({ sentiment: 62, risk: 'medium', horizon: '1h', abstain: false });
    expect(analysis.reading?.drivers[0]).toEqual({ feature: 'change_1m', effect: 'up' });
    expect(analysis.brief?.symbol).toBe('BTCUSDT');
    expect(await room.analyses.get(analysis.id)).toEqual(analysis);
    expect(await room.analyses.latest('BTCUSDT')).toEqual(analysis);
    expect(JSON.parse((await room.store.get(keys.analysis(analysis.id))) ?? '')).toMatchObject({
      symbol: 'BTCUSDT',
    });

    const { prompt, completion } = room.gateway.billed;
    expect(analysis).toMatchObject({ promptTokens: prompt, completionTokens: completion, estimated: false });
    // 0.42 USD per million tokens is 420 nano-USD a token.
    expect(analysis.costNano).toBe((prompt + completion) * 420);
    expect(await room.spent()).toMatchObject({
      calls: 1,
      costNano: analysis.costNano,
      reservedNano: 0,
      failedCalls: 0,
    });
    expect(analyst.stats()).toEqual({ analyses: 1, readings: 1, costNano: analysis.costNano });
    expect(room.gateway.requests).toHaveLength(1);
    expect(room.gateway.requests[0]?.faults).toEqual([]);
  });

  it('asks nothing of the gateway when there is nothing to read, no key, no brief, or no time left', async () => {
    room.briefs.set('NEWUSDT', makeColdBrief({ symbol: 'NEWUSDT', tradesSeen: 9 }));
    room.briefs.set('OLDUSDT', makeBrief({ symbol: 'OLDUSDT', writtenAt: Date.now() - 60_000 }));
    const { desk } = await room.openDesk();
    expect((await room.ask(desk, { symbol: 'NEWUSDT' })).noReading).toBe('insufficient-data');
    expect((await room.ask(desk, { symbol: 'NONEUSDT' })).noReading).toBe('no-brief');
    expect((await room.ask(desk, { symbol: 'OLDUSDT' })).noReading).toBe('no-brief');
    expect((await room.ask(desk, { deadlineMs: 200 })).noReading).toMatch(/late|timeout/);
    expect(room.gateway.requests).toEqual([]);
    expect(await room.spent()).toMatchObject({ calls: 0, costNano: 0, reservedNano: 0 });
  });

  it('reads few trades when candles are known, and a replay whose market stands still', async () => {
    room.briefs.set('NEWUSDT', makeBrief({ symbol: 'NEWUSDT', tradesSeen: 0 }));
    room.briefs.set('OLDUSDT', makeBrief({ symbol: 'OLDUSDT', source: 'replay', writtenAt: 0 }));
    const { desk } = await room.openDesk();
    expect((await room.ask(desk, { symbol: 'NEWUSDT' })).noReading).toBeUndefined();
    expect((await room.ask(desk, { symbol: 'OLDUSDT' })).noReading).toBeUndefined();
  });

  it('gives the facts without AI when no key is set', async () => {
    const { desk } = await room.openDesk({ config: { apiKey: undefined } });
    const analysis = await room.ask(desk);
    expect(analysis).toMatchObject({ noReading: 'no-key', brief: { symbol: 'BTCUSDT' }, costNano: 0 });
    expect(analysis.reading).toBeUndefined();
    expect(await room.analyses.latest('BTCUSDT')).toBeUndefined();
  });

  it('waits for the first brief of a symbol that was not watched until now', async () => {
    const { desk } = await room.openDesk({ timings: { briefWaitMs: 3_000 } });
    const answer = room.ask(desk, { symbol: 'SOLUSDT' });
    await vi.waitFor(async () => expect(await room.store.llen('{sheepdog}:analysis:active')).toBe(1));
    room.briefs.set('SOLUSDT', makeBrief({ symbol: 'SOLUSDT' }));
    expect((await answer).reading).toBeDefined();
  });

  it('drops with a word a job that waited beyond its deadline, and asks nothing', async () => {
    const desk = await room.openCounter();
    const asked = room.ask(desk, { deadlineMs: 200 });
    expect((await asked).noReading).toBe('late');
    const { Queue } = await import('bullmq');
    const queue = new Queue('analysis', { connection: room.redis.connect(), prefix: '{sheepdog}' });
    await queue.add('analysis', {
      v: 1,
      analysisId: 'late-1',
      symbol: 'BTCUSDT',
      locale: 'en',
      payer: 'bot',
      operator: false,
      trigger: 'scheduled',
      deadlineAt: Date.now() - 1,
    });
    await room.openDesk();
    await vi.waitFor(async () => expect((await room.analyses.get('late-1'))?.noReading).toBe('late'));
    expect(room.gateway.requests).toEqual([]);
    await queue.close();
  });

  it('says so in time when no desk answers, and leaves no question behind', async () => {
    const desk = await room.openCounter();
    const started = performance.now();
    const analysis = await room.ask(desk, { deadlineMs: 300 });
    expect(analysis).toMatchObject({ noReading: 'late', symbol: 'BTCUSDT' });
    expect(performance.now() - started).toBeLessThan(600);
    expect(await room.store.llen('{sheepdog}:analysis:wait')).toBe(0);
  });

  it('ends a running call after the grace time, with the money settled and the result stored', async () => {
    room.gateway.always({ type: 'hang', after: 'nothing' });
    const { desk, analyst } = await room.openDesk({ timings: { graceMs: 50 } });
    const answer = room.ask(desk, { deadlineMs: 20_000 });
    await vi.waitFor(() => expect(room.gateway.requests).toHaveLength(1));
    await analyst.close();
    expect((await answer).noReading).toBe('timeout');
    expect(await room.spent()).toMatchObject({ calls: 1, estimatedCalls: 1, reservedNano: 0 });
    await vi.waitFor(() => expect(room.gateway.requests[0]?.aborted).toBe(true));
  });

  it('drops a job whose payload it does not know, and goes on', async () => {
    const { desk } = await room.openDesk();
    const { Queue } = await import('bullmq');
    const queue = new Queue('analysis', { connection: room.redis.connect(), prefix: '{sheepdog}' });
    await queue.add('analysis', { v: 2, symbol: 'x' });
    expect((await room.ask(desk)).reading).toBeDefined();
    await queue.close();
  });
});
