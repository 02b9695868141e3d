import { describe, expect, it } from 'vitest';
import { createPace } from '../../src/desk/pace.ts';
import { keys } from '../../src/store/keys.ts';
import { useUntrusted } from './untrusted.ts';

describe('the gateway’s turns', () => {
  const desk = useUntrusted();

  it('that is full of questions gets each in its turn, with the whole of its time', async () => {
    desk.gateway.latencyMs = 100;
    const ask = desk.makeAsk({ rate: 2, attemptMs: 150 });
    const asked = await Promise.all([desk.put(ask), desk.put(ask), desk.put(ask), desk.put(ask)]);
    expect(asked.map((one) => one.noReading)).toEqual([undefined, undefined, undefined, undefined]);
    expect(desk.gateway.requests).toHaveLength(4);
  });

  it('is called no more often than allowed, by all processes together', async () => {
    const paces = [createPace(desk.redis.connect(), 5), createPace(desk.redis.connect(), 5)];
    // When each call may begin: however slowly they are asked for, the sixth comes a second after the first.
    const starts: number[] = [];
    for (let i = 0; i < 12; i++) {
      const wait = (await paces[i % 2]?.take(10_000)) ?? Number.NaN;
      starts.push(performance.now() + wait);
    }
    const [first = 0, sixth = 0, eleventh = 0] = [starts[0], starts[5], starts[10]];
    expect(sixth - first).toBeGreaterThan(900);
    expect(eleventh - sixth).toBeGreaterThan(900);
    expect(await paces[0]?.take(500)).toBeUndefined();
    const slow = createPace(desk.store, 0.5);
    await desk.store.del(keys.limit('ai'));
    expect([await slow.take(5_000), Number(await slow.take(5_000)) > 1_000]).toEqual([0, true]);
  });

  it('serves people first: a question that nobody waits for books no turn ahead', async () => {
    desk.gateway.latencyMs = 10;
    const ask = desk.makeAsk({ rate: 1 });
    expect((await desk.put(ask)).reading).toBeDefined();
    const background = desk.put(ask, 5_000, false);
    const person = await desk.put(ask, 2_500);
    expect(person.reading).toBeDefined();
    expect(desk.gateway.requests).toHaveLength(2);
    expect((await background).reading).toBeDefined();
  });

  it('is not asked when its turn would come too late, and nothing stays reserved', async () => {
    const ask = desk.makeAsk({ rate: 0.1 });
    expect((await desk.put(ask)).reading).toBeDefined();
    expect((await desk.put(ask)).noReading).toBe('gateway-limit');
    expect(desk.gateway.requests).toHaveLength(1);
    expect((await desk.spent()).reservedNano).toBe(0);
  });
});
