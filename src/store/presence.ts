import type { Clock } from '../kit/clock.ts';
import { keys } from './keys.ts';
import type { Store } from './redis.ts';

/** A role that has not said so for this long is no longer alive, ms. */
const ALIVE_MS = 15_000;

/** Which roles are alive, in how many processes: each process says so again and again. */
export interface Presence {
  beat(roles: readonly string[], processId: string): Promise<void>;
  leave(roles: readonly string[], processId: string): Promise<void>;
  alive(): Promise<{ role: string; processes: number }[]>;
}

/** Presence of roles in one sorted set. */
export function createPresence(store: Store, clock: Clock): Presence {
  return {
    async beat(roles, processId) {
      const until = clock.now() + ALIVE_MS;
      await store.zadd(keys.roles, ...roles.flatMap((role) => [until, `${role}:${processId}`]));
    },
    async leave(roles, processId) {
      await store.zrem(keys.roles, ...roles.map((role) => `${role}:${processId}`));
    },
    async alive() {
      const now = clock.now();
      await store.zremrangebyscore(keys.roles, '-inf', `(${now}`);
      const counts = new Map<string, number>();
      for (const member of await store.zrange(keys.roles, 0, '-1')) {
        const role = member.slice(0, member.indexOf(':'));
        counts.set(role, (counts.get(role) ?? 0) + 1);
      }
      return [...counts].map(([role, processes]) => ({ role, processes }));
    },
  };
}
