import { keys, SHARDS } from './keys.ts';
import { defineScript, type Store } from './redis.ts';

/** Leases with epochs over shards: a lock that expires cannot stop a paused holder, an epoch that is checked can (Kleppmann, 2016). */
export interface Leases {
  /**
   * Takes or renews; the epoch, or undefined while another holds it. A lease that ran out goes on under `epoch`, the
   * owner's last, if nobody has had it since: what its holder remembers is then still the newest.
   */
  acquire(shard: number, owner: string, ttlMs: number, epoch?: number): Promise<number | undefined>;
  release(shard: number, owner: string, epoch: number): Promise<void>;
  /** Owner of each leased shard. */
  owners(): Promise<Map<number, string>>;
}

/**
 * KEYS lease, epoch; ARGV owner, ttl in ms, the owner's last epoch or ''. Takes or renews: the epoch as text, or '-1'
 * while another holds it. A new epoch is above the last one and at least the server's time, so that it grows even if a
 * failover lost the last.
 */
const ACQUIRE = defineScript(`
local c = redis.call
local held = c('GET', KEYS[1])
if held then
  local owner, epoch = held:match('^(.*)|(%d+)$')
  if owner ~= ARGV[1] then return '-1' end
  c('PEXPIRE', KEYS[1], ARGV[2])
  return epoch
end
local last = c('GET', KEYS[2])
local epoch = last
if not last or last ~= ARGV[3] then
  local t = c('TIME')
  epoch = string.format('%d', math.max(tonumber(last or '0') + 1, t[1] * 1000 + math.floor(t[2] / 1000)))
end
c('SET', KEYS[2], epoch)
c('SET', KEYS[1], ARGV[1] .. '|' .. epoch, 'PX', ARGV[2])
return epoch`);

/** KEYS lease; ARGV what the lease must hold. */
const RELEASE = defineScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`);

/** Leases in Redis; the epoch in the same shard fences every commit (commits.ts). */
export function createLeases(store: Store): Leases {
  return {
    async acquire(shard, owner, ttlMs, last) {
      const names = [keys.lease(shard), keys.epoch(shard)];
      const epoch = Number(await ACQUIRE.run(store, names, [owner, ttlMs, last ?? '']));
      return epoch < 0 ? undefined : epoch;
    },
    async release(shard, owner, epoch) {
      await RELEASE.run(store, [keys.lease(shard)], [`${owner}|${epoch}`]);
    },
    async owners() {
      const held = await Promise.all(
        Array.from({ length: SHARDS }, (_, shard) => store.get(keys.lease(shard))),
      );
      const owners = new Map<number, string>();
      for (const [shard, lease] of held.entries()) {
        if (lease !== null) owners.set(shard, lease.slice(0, lease.lastIndexOf('|')));
      }
      return owners;
    },
  };
}
