import { longId } from '../kit/id.ts';
import { keys } from '../store/keys.ts';
import { defineScript, type Store } from '../store/redis.ts';

/** KEYS lock; ARGV owner, ttl ms. Takes a free lock or renews one's own; returns 1 while it is ours. */
const HOLD = defineScript(`
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`);

/** KEYS lock; ARGV owner. */
const LET_GO = defineScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`);

/** The right to poll: Telegram serves one poller per token and ends every other. */
export interface PollerLock {
  /** Takes or renews the lock; false: another process holds it. Throws what Redis threw. */
  hold(): Promise<boolean>;
  letGo(): Promise<void>;
}

/** A lock that runs out `ttlMs` after its last renewal. */
export function createPollerLock(store: Store, ttlMs: number): PollerLock {
  const owner = longId();
  return {
    hold: async () => (await HOLD.run(store, [keys.poller], [owner, ttlMs])) === 1,
    async letGo() {
      await LET_GO.run(store, [keys.poller], [owner]);
    },
  };
}
