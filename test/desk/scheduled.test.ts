import { describe, expect, it, vi } from 'vitest';
import { PROMPT_VERSION } from '../../src/desk/prompt.ts';
import { localDay } from '../../src/kit/local-time.ts';
import { keys } from '../../src/store/keys.ts';
import { createCallRecord } from '../../src/store/record.ts';
import { makeBrief } from './brief.ts';
import { LIMITS, MODEL } from './house.ts';
import { useRoom } from './room.ts';

describe('what nobody asked for', () => {
  const room = useRoom();

  it('keeps half of its hands free for people when scheduled calls hang', async () => {
    for (let i = 0; i < 10; i++) room.briefs.set(`S${i}USDT`, makeBrief({ symbol: `S${i}USDT` }));
    room.gateway.always({ type: 'hang', after: 'nothing' });
    // Four hands.
    const { desk } = await room.openDesk({
      config: { maxCallsPerSecond: 1 },
      timings: { attemptMs: 20_000 },
    });
    await room.store.del(keys.limit('ai'));
    for (let i = 0; i < 10; i++) await desk.schedule(`S${i}USDT`, 'scheduled');
    await vi.waitFor(() => expect(room.gateway.requests).toHaveLength(2), { timeout: 5_000 });
    room.gateway.always({ type: 'reading' });
    expect((await room.ask(desk)).reading).toBeDefined();
  });

  it('makes scheduled analyses on the bot’s account, once a symbol at a time', async () => {
    const desk = await room.openCounter();
    await desk.schedule('BTCUSDT', 'scheduled');
    await desk.schedule('BTCUSDT', 'scheduled');
    await desk.schedule('ETHUSDT', '50trades');
    room.briefs.set('ETHUSDT', makeBrief({ symbol: 'ETHUSDT' }));
    await room.openDesk();
    await vi.waitFor(async () => expect((await room.spent()).calls).toBe(2));
    const day = localDay(Date.now(), 'UTC');
    expect((await room.budget.summary(day, day, 'UTC', 'bot', LIMITS)).calls).toBe(2);
    await vi.waitFor(async () => expect((await room.analyses.latest('ETHUSDT'))?.trigger).toBe('50trades'));
  });

  it('serves people before what was scheduled earlier', async () => {
    const desk = await room.openCounter();
    for (let i = 0; i < 9; i++) {
      room.briefs.set(`S${i}USDT`, makeBrief({ symbol: `S${i}USDT` }));
      await desk.schedule(`S${i}USDT`, 'scheduled');
    }
    const asked = room.ask(desk);
    await vi.waitFor(async () => expect(await room.store.llen('{sheepdog}:analysis:wait')).toBe(1));
    // Four hands, of which two for what nobody waits for.
    await room.openDesk({ config: { maxCallsPerSecond: 1 } });
    expect((await asked).reading).toBeDefined();
    expect(room.gateway.requests.length).toBeLessThanOrEqual(3);
    expect(room.gateway.requests.some((one) => one.body?.messages.at(-1)?.content.includes('BTCUSDT'))).toBe(
      true,
    );
  });

  it('freezes each scheduled call with its mark price, and finds its outcome by the first one after', async () => {
    const record = createCallRecord(room.store);
    const start = Date.now() - 900_000 + 300;
    const at = (markTime: number, mark: number) =>
      makeBrief({ mark, time: markTime, times: { trade: markTime, mark: markTime, book: 0, day: 0 } });
    room.briefs.set('BTCUSDT', at(start, 60_000));
    const { desk } = await room.openDesk({ timings: { recordEveryMs: 20 } });
    await desk.schedule('BTCUSDT', 'scheduled');
    const read = () => record.read('BTCUSDT', start, Date.now());
    await vi.waitFor(async () => expect(await read()).toHaveLength(1));
    await room.ask(desk);
    const [call] = await read();
    expect(call).toMatchObject({
      asOf: start,
      mark: 60_000,
      kind: 'call',
      sentiment: 62,
      pUp: { m15: 0.52, h1: 0.55, h4: 0.5 },
      model: MODEL,
      promptVersion: PROMPT_VERSION,
      trigger: 'scheduled',
      outcomes: {},
    });
    expect(call?.costNano).toBeGreaterThan(0);

    room.briefs.set('BTCUSDT', at(start + 899_999, 61_000));
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(start + 900_000));
    room.briefs.set('BTCUSDT', at(start + 900_500, 60_600));
    await vi.waitFor(async () =>
      expect((await read())[0]?.outcomes).toEqual({ m15: { mark: 60_600, at: start + 900_500 } }),
    );
    room.briefs.set('BTCUSDT', at(start + 901_500, 1));
    // Only what nobody asked for is on the record, once.
    expect(await read()).toHaveLength(1);
    expect((await record.due(start + 900_500)).length).toBe(0);
  });
});
