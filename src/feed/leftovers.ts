import type { Log } from '../kit/log.ts';
import { type Loop, startLoop } from '../kit/loop.ts';
import type { RulesRepository } from '../store/rules.ts';
import type { Shards } from './shards.ts';

/** Rids our shards, one a step in turn, of what they keep of rules that are gone for good. */
export function startLeftovers(options: {
  rules: Pick<RulesRepository, 'removeLeftovers'>;
  shards: Pick<Shards, 'owned'>;
  everyMs: number;
  log: Log;
}): Loop {
  const { rules, shards, everyMs, log } = options;
  let last = -1;
  return startLoop(
    'leftovers of rules',
    everyMs,
    async () => {
      const owned = shards.owned().sort((a, b) => a - b);
      const next = owned.find((shard) => shard > last) ?? owned[0];
      if (next === undefined) return;
      last = next;
      const removed = await rules.removeLeftovers(next);
      if (removed > 0)
        log.info({ shard: next, removed }, 'states of rules that are gone for good were removed');
    },
    log,
  );
}
