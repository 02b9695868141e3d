import type { Store } from './redis.ts';

/** Leases with epochs over shards (facts: a TTL lock cannot stop a paused holder, a checked epoch can). */
export interface Leases {
  /** Takes or renews; the epoch, or undefined while another holds it. */
  acquire(shard: number, owner: string, ttlMs: number): Promise<number | undefined>;
  release(shard: number, owner: string, epoch: number): Promise<void>;
  /** Owner of each leased shard. */
  owners(): Promise<Map<number, string>>;
}

export function createLeases(_store: Store): Leases {
  throw new Error('not built yet');
}
