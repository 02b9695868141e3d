import { expect, it } from 'vitest';
import { createRuleUse } from '../../src/store/rule-use.ts';
import { ManualClock } from '../support/clock.ts';
import { useRedis } from '../support/each-test.ts';
import type { TestRedis } from '../support/redis.ts';

let redis: TestRedis;
useRedis((opened) => {
  redis = opened;
});

function counting(at: string) {
  const clock = new ManualClock(Date.parse(at));
  return { clock, use: createRuleUse(redis.connect(), clock) };
}

it('adds up what happened to each rule of a chat on the days asked for, and nothing else', async () => {
  const { clock, use } = counting('2026-11-21T23:59:00Z');
  await use.count('c1', 'aaaaaa', 'fired');
  clock.advanceTo(Date.parse('2026-11-22T00:01:00Z'));
  await use.count('c1', 'aaaaaa', 'fired', 3);
  await use.count('c1', 'bbbbbb', 'ack');
  await use.count('c2', 'aaaaaa', 'fired');
  clock.advanceTo(Date.parse('2026-11-28T23:59:00Z'));
  await use.count('c1', 'aaaaaa', 'fired');
  await use.count('c1', 'aaaaaa', 'withheld');
  clock.advanceTo(Date.parse('2026-11-29T00:01:00Z'));
  await use.count('c1', 'aaaaaa', 'fired');

  expect(await use.between('c1', '2026-11-22', '2026-11-29')).toEqual(
    new Map([
      ['aaaaaa', { fired: 4, withheld: 1 }],
      ['bbbbbb', { ack: 1 }],
    ]),
  );
  expect((await use.between('c1', '2026-11-29', '2026-11-30')).get('aaaaaa')).toEqual({ fired: 1 });
  expect(await use.between('c1', '2026-11-29', '2026-11-29')).toEqual(new Map());
});

it('forgets by itself', async () => {
  const { use } = counting('2026-11-22T12:00:00Z');
  await use.count('c1', 'aaaaaa', 'fired');
  const store = redis.connect();
  const [key = ''] = await store.keys('*rule-use*');
  expect(await store.ttl(key)).toBeGreaterThan(14 * 86_400);
});
