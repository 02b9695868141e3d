import { expect, it } from 'vitest';
import { localDay } from '../../src/kit/local-time.ts';
import { keys } from '../../src/store/keys.ts';
import { MISBEHAVIOURS } from './misbehaviours.ts';
import { DEADLINE_MS, useUntrusted } from './untrusted.ts';

const desk = useUntrusted();

it('the gateway misbehaves in this table in at least 25 ways', () => {
  const ways = MISBEHAVIOURS.filter((one) => one.name !== 'a good answer');
  expect(new Set(ways.map((one) => one.name)).size).toBeGreaterThanOrEqual(25);
});

it.each(MISBEHAVIOURS)(
  'a gateway that gives $name ends in $expected, in time, with the money settled',
  async (one) => {
    const { gateway, store } = desk;
    const last = one.answers.at(-1);
    gateway.next(...one.answers.slice(0, -1));
    if (last) gateway.always(last);
    const started = performance.now();
    const asked = await desk.put();

    expect(asked.noReading ?? 'reading').toBe(one.expected);
    expect(asked.reading !== undefined).toBe(one.expected === 'reading');
    expect(performance.now() - started).toBeLessThan(DEADLINE_MS + 250);
    expect(gateway.requests.flatMap((request) => request.faults)).toEqual([]);
    expect(gateway.requests).toHaveLength(one.attempts);
    const total = await desk.spent();
    expect(total).toMatchObject({ calls: one.charged, reservedNano: 0, estimatedCalls: one.estimated ?? 0 });
    expect(total.costNano).toBe(asked.costNano);
    expect(await store.zcard(keys.reservations(localDay(Date.now(), 'UTC')))).toBe(0);
    // Whatever the gateway bills, no less was counted.
    expect(total.costNano).toBeGreaterThanOrEqual((gateway.billed.prompt + gateway.billed.completion) * 420);
  },
);
