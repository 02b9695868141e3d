import { describe, expect, it, vi } from 'vitest';
import { FIRST, SECOND, status, useUntrusted } from './untrusted.ts';

describe('a model or gateway that fails', () => {
  const desk = useUntrusted();

  it('that fails with one model is asked for the next, at that one’s price', async () => {
    desk.gateway.models = [SECOND];
    const ask = desk.makeAsk({ models: [FIRST, SECOND] });
    const asked = await desk.put(ask);
    expect(asked).toMatchObject({ askedModel: SECOND, noReading: undefined });
    const { prompt, completion } = desk.gateway.billed;
    expect(asked.costNano).toBe((prompt + completion) * 8_000);
    expect((await desk.spent()).perModel).toMatchObject([{ model: SECOND, calls: 1 }]);
    // A model that is not served goes to the end of the list, in every process and after a restart.
    await desk.put(ask);
    await desk.put(desk.makeAsk({ models: [FIRST, SECOND] }));
    expect(desk.gateway.requests.map((request) => request.body?.model)).toEqual([
      FIRST,
      SECOND,
      SECOND,
      SECOND,
    ]);
    const [mark = ''] = await desk.store.keys('sheepdog:ai:dead:*');
    expect(await desk.store.pttl(mark)).toBeGreaterThan(3_590_000);
  });

  it('that stalls with one model still has time for the next', async () => {
    desk.gateway.next({ type: 'hang', after: 'nothing' }, { type: 'hang', after: 'headers' });
    const asked = await desk.put(desk.makeAsk({ models: [FIRST, SECOND] }));
    expect(asked).toMatchObject({ askedModel: SECOND, noReading: undefined, estimated: true });
  });

  it('is never asked for a model without a price, but for a fallback that has one', async () => {
    desk.gateway.models.push('mystery-1');
    expect((await desk.put(desk.makeAsk({ models: ['mystery-1'] }))).noReading).toBe('unpriced-model');
    expect(desk.gateway.requests).toEqual([]);
    expect((await desk.put(desk.makeAsk({ models: ['mystery-1', FIRST] }))).askedModel).toBe(FIRST);
  });

  it('that keeps failing is left alone after three calls, then tried by one', async () => {
    desk.gateway.always(status(500));
    const ask = desk.makeAsk({ openMs: 100 });
    expect((await desk.put(ask)).noReading).toBe('gateway-error');
    expect((await desk.put(ask)).noReading).toBe('gateway-error');
    expect(desk.gateway.requests).toHaveLength(3);
    expect(await Promise.all([desk.put(ask), desk.put(ask)])).toMatchObject([
      { noReading: 'gateway-down', costNano: 0 },
      { noReading: 'gateway-down', costNano: 0 },
    ]);
    expect(desk.gateway.requests).toHaveLength(3);
    expect((await desk.spent()).reservedNano).toBe(0);

    desk.gateway.always({ type: 'reading' });
    desk.gateway.latencyMs = 20;
    await vi.waitFor(async () => expect((await desk.put(ask)).reading).toBeDefined());
    expect((await Promise.all([desk.put(ask), desk.put(ask)])).map((one) => one.noReading)).toEqual([
      undefined,
      undefined,
    ]);
  });

  it('that fails with one model keeps serving the other, and the failing one is left alone', async () => {
    const ask = desk.makeAsk({ models: [FIRST, SECOND] });
    desk.gateway.next(status(500), status(500), { type: 'reading' }, status(500));
    expect((await desk.put(ask)).askedModel).toBe(SECOND);
    expect((await desk.put(ask)).askedModel).toBe(SECOND);
    expect((await desk.put(ask)).askedModel).toBe(SECOND);
    const asked = desk.gateway.requests.map((request) => request.body?.model);
    expect(asked).toEqual([FIRST, FIRST, SECOND, FIRST, SECOND, SECOND]);
  });

  it.each([
    [401, 'gateway-auth'],
    [402, 'gateway-balance'],
  ] as const)(
    'that says %i is not asked again for a while, and it is still said why',
    async (code, reason) => {
      desk.gateway.always(status(code));
      const ask = desk.makeAsk({ models: [FIRST, SECOND] });
      expect((await desk.put(ask)).noReading).toBe(reason);
      expect((await desk.put(ask)).noReading).toBe(reason);
      expect(desk.gateway.requests).toHaveLength(1);
    },
  );
});
