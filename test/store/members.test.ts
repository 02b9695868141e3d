import { afterAll, beforeAll, expect, it } from 'vitest';
import { createMembers } from '../../src/store/members.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startTestRedis();
});
afterAll(() => redis.stop());

it('knows who is alive and who sees, until they leave or fall silent', async () => {
  const members = createMembers(redis.connect());
  expect(await members.beat('b', true, 60_000)).toEqual([{ id: 'b', sees: true }]);
  expect(await members.beat('a', false, 60_000)).toEqual([
    { id: 'a', sees: false },
    { id: 'b', sees: true },
  ]);
  expect(await members.beat('a', true, 60_000)).toEqual([
    { id: 'a', sees: true },
    { id: 'b', sees: true },
  ]);
  await members.leave('b');
  await members.beat('c', true, 1);
  await expect.poll(() => members.beat('a', true, 60_000)).toEqual([{ id: 'a', sees: true }]);
});
