import { keys } from '../store/keys.ts';
import { defineScript, type Store } from '../store/redis.ts';

/** The gateway's calls of all processes together, spread so that no sliding window holds more than it may. */
export interface Pace {
  /** Books the next free moment: milliseconds until it (0 = now), or undefined when it is further off than `maxWaitMs`. */
  take(maxWaitMs: number): Promise<number | undefined>;
}

// The moments of the last `n` calls, newest first: the next may come one window after the oldest of them. Exact for any
// sliding window, where a fixed one lets twice the rate pass around its edge. Redis' clock, so that all agree.
const TAKE = defineScript(`
local key, n, window, most = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local slot = now
local newest = tonumber(redis.call('LINDEX', key, 0) or '0')
if newest > slot then slot = newest end
if redis.call('LLEN', key) >= n then
  local free = tonumber(redis.call('LINDEX', key, n - 1)) + window
  if free > slot then slot = free end
end
if slot - now > most then return '-1' end
redis.call('LPUSH', key, string.format('%d', slot))
redis.call('LTRIM', key, 0, n - 1)
redis.call('PEXPIRE', key, slot - now + window)
return string.format('%d', slot - now)
`);

/** `maxCallsPerSecond` may be below 1: 0.5 is one call in two seconds. */
export function createPace(store: Store, maxCallsPerSecond: number): Pace {
  const calls = Math.max(1, Math.floor(maxCallsPerSecond));
  const windowMs = Math.ceil((calls * 1000) / maxCallsPerSecond);
  return {
    async take(maxWaitMs) {
      const wait = Number(
        await TAKE.run(store, [keys.limit('ai')], [calls, windowMs, Math.floor(maxWaitMs)]),
      );
      return wait < 0 ? undefined : wait;
    },
  };
}
