import { z } from 'zod';
import { keys } from './keys.ts';
import { defineScript, type Store } from './redis.ts';

/** A feed process that is alive. */
export interface Member {
  id: string;
  /** Market data reaches it. */
  sees: boolean;
}

/** Which feeds are alive: each says so again and again. */
export interface Members {
  /** Says that `id` is alive for `ttlMs` from now by Redis' clock; returns every live one, by id. */
  beat(id: string, sees: boolean, ttlMs: number): Promise<Member[]>;
  leave(id: string): Promise<void>;
}

const SEES = '+';
const BLIND = '-';

/**
 * KEYS members; ARGV what it was called until now, what it is called from now on, ttl in ms. Redis' own clock, so that a
 * wrong clock of one machine makes nobody live longer. Returns the live ones.
 */
const BEAT = defineScript(`
local c = redis.call
local t = c('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
c('ZREM', KEYS[1], ARGV[1])
c('ZADD', KEYS[1], string.format('%d', now + ARGV[3]), ARGV[2])
c('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%d', now))
return c('ZRANGE', KEYS[1], 0, -1)`);

const names = z.array(z.string());

/** Feeds in one sorted set, by the time until which each counts as alive. */
export function createMembers(store: Store): Members {
  return {
    async beat(id, sees, ttlMs) {
      const [now, before] = sees ? [SEES, BLIND] : [BLIND, SEES];
      const reply = await BEAT.run(store, [keys.feedMembers], [before + id, now + id, ttlMs]);
      const members = names.parse(reply).map((name) => ({ id: name.slice(1), sees: name.startsWith(SEES) }));
      return members.sort((a, b) => (a.id < b.id ? -1 : 1));
    },
    async leave(id) {
      await store.zrem(keys.feedMembers, SEES + id, BLIND + id);
    },
  };
}
