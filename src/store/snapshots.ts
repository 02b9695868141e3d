import { keys } from './keys.ts';
import { defineScript, type Store } from './redis.ts';

/** Saved windows of symbols, opaque bytes to the store; fenced like every write of a shard. */
export interface Snapshots {
  /** Keeps the bytes of each symbol; false when a newer epoch owns the shard, and nothing was kept. */
  save(shard: number, epoch: number, packed: ReadonlyMap<string, Buffer>): Promise<boolean>;
  load(shard: number, symbol: string): Promise<Buffer | undefined>;
}

/** After a day the windows hold nothing of it any more. */
const LIFE_MS = 86_400_000;

/** KEYS epoch, snapshots; ARGV epoch, life in ms, then symbol, bytes … Returns 0 for a stale epoch. */
const SAVE = defineScript(`
if tonumber(ARGV[1]) < tonumber(redis.call('GET', KEYS[1]) or '0') then return 0 end
for i = 3, #ARGV, 2 do redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1]) end
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return 1`);

/** Snapshots in a hash per shard. */
export function createSnapshots(store: Store): Snapshots {
  return {
    async save(shard, epoch, packed) {
      if (packed.size === 0) return true;
      const names = [keys.epoch(shard), keys.snapshots(shard)];
      return (await SAVE.run(store, names, [epoch, LIFE_MS, ...[...packed].flat()])) === 1;
    },
    async load(shard, symbol) {
      return (await store.hgetBuffer(keys.snapshots(shard), symbol)) ?? undefined;
    },
  };
}
