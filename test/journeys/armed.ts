import { expect, vi } from 'vitest';
import { createRulesRepository } from '../../src/store/rules.ts';
import type { World } from './house.ts';

/** Waits until the rule that a confirmation tells of is watched on a symbol, below its threshold; its id. */
export async function untilArmed(
  { redis }: Pick<World, 'redis'>,
  confirmation: string,
  symbol: string,
): Promise<string> {
  const id = /#([a-z0-9]{6})/.exec(confirmation)?.[1] ?? '';
  const rules = createRulesRepository(redis.connect());
  await vi.waitFor(async () =>
    expect((await rules.instances([{ id, symbol }])).get(`${id}:${symbol}`)?.phase).toBe('armed'),
  );
  return id;
}
