import { z } from 'zod';
import type { Amendment } from '../notice/amendment.ts';
import { keys } from './keys.ts';
import { defineScript, type Store } from './redis.ts';

/** An amendment that waits, and when it is due, Unix ms. */
export interface Waiting {
  amendment: Amendment;
  dueAt: number;
}

/** What waits to be added to messages of a chat that are there already, by when it is due. */
export interface Amendments {
  /** Adds what was not seen within 48 h; returns how many were new. Marks the chat for the moment the first is due. */
  put(uid: string, amendments: readonly Amendment[]): Promise<number>;
  /** All that waits in the chat, what is due first. */
  waiting(uid: string): Promise<Waiting[]>;
  /** Moves some of them to another moment, Unix ms; what waits no more stays away. */
  postpone(uid: string, eventIds: readonly string[], dueAt: number): Promise<void>;
  /** Forgets what is done with. */
  done(uid: string, eventIds: readonly string[]): Promise<void>;
  /** Chats in which something is due at `now`, Unix ms; and how many. */
  due(now: number): Promise<string[]>;
  dueCount(now: number): Promise<number>;
  /** Puts the chat's mark in line with what waits in it; returns when the first of it is due. */
  settle(uid: string): Promise<number | undefined>;
}

const SEEN_MS = 48 * 3_600_000;

/** KEYS seen, due, bodies; ARGV how long an id counts as seen (ms), then id, due (Unix ms), amendment … Returns how many were new. */
const PUT = defineScript(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[1])
local added = 0
for i = 2, #ARGV, 3 do
  if redis.call('ZADD', KEYS[1], 'NX', now, ARGV[i]) == 1 then
    redis.call('ZADD', KEYS[2], math.max(now, tonumber(ARGV[i + 1])), ARGV[i])
    redis.call('HSET', KEYS[3], ARGV[i], ARGV[i + 2])
    added = added + 1
  end
end
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ARGV[1]) end
return added`);

/** KEYS due, bodies. Returns id, due, amendment … of the first 500, in the order in which they are due. */
const READ = defineScript(`
local out = {}
local all = redis.call('ZRANGE', KEYS[1], 0, 499, 'WITHSCORES')
for i = 1, #all, 2 do
  out[#out + 1] = all[i]
  out[#out + 1] = all[i + 1]
  out[#out + 1] = redis.call('HGET', KEYS[2], all[i]) or ''
end
return out`);

/** KEYS due, bodies; ARGV event ids. */
const FORGET = defineScript(`
redis.call('ZREM', KEYS[1], unpack(ARGV))
redis.call('HDEL', KEYS[2], unpack(ARGV))
return 1`);

/** KEYS marks; ARGV uid, due. The earliest moment stays. */
const MARK = defineScript(`
local marked = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not marked or tonumber(marked) > tonumber(ARGV[2]) then redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1]) end
return 1`);

// Written by this program, perhaps by another version of it: what the courier itself relies on is checked.
const envelope = z.looseObject({
  type: z.literal('amendment'),
  what: z.enum(['picture', 'note', 'normal', 'since', 'ack']),
  eventId: z.string().min(1),
  of: z.string().min(1),
});
/** An amendment as it was put into Redis by this program: what matters for its way is checked. */
export const amendmentSchema = z.custom<Amendment>((value) => envelope.safeParse(value).success);

/** Amendments over a store. Its methods throw what Redis threw; every one may be repeated. */
export function createAmendments(store: Store): Amendments {
  const parts = (uid: string) => [keys.mailbox(uid, 'am'), keys.mailbox(uid, 'am-body')];
  const mark = (uid: string, dueAt: number) => MARK.run(store, [keys.dirty('am')], [uid, dueAt]);

  return {
    async put(uid, amendments) {
      if (amendments.length === 0) return 0;
      const first = Math.min(...amendments.map(({ dueAt }) => (dueAt === 0 ? Date.now() : dueAt)));
      // Before, so that a crash after it costs a look and never an amendment; and after, for a look that came between.
      await mark(uid, first);
      const entries = amendments.flatMap((each) => [each.eventId, each.dueAt, JSON.stringify(each)]);
      const added = await PUT.run(
        store,
        [keys.mailbox(uid, 'am-seen'), ...parts(uid)],
        [SEEN_MS, ...entries],
      );
      await mark(uid, first);
      return Number(added);
    },

    async waiting(uid) {
      const flat = z.array(z.string()).parse(await READ.run(store, parts(uid), []));
      const out: Waiting[] = [];
      for (let i = 0; i + 2 < flat.length; i += 3) {
        const amendment = read(flat[i + 2]);
        if (amendment) out.push({ amendment, dueAt: Number(flat[i + 1]) });
        // What another version wrote in a form of its own would keep the chat awake for ever.
        else await FORGET.run(store, parts(uid), [flat[i] ?? '']);
      }
      return out;
    },

    async postpone(uid, eventIds, dueAt) {
      const [due = ''] = parts(uid);
      for (const id of eventIds) await store.zadd(due, 'XX', dueAt, id);
      await mark(uid, dueAt);
    },

    async done(uid, eventIds) {
      if (eventIds.length > 0) await FORGET.run(store, parts(uid), eventIds);
    },

    dueCount: (now) => store.zcount(keys.dirty('am'), '-inf', String(now)),
    due: (now) => store.zrangebyscore(keys.dirty('am'), '-inf', String(now)),

    async settle(uid) {
      await store.zrem(keys.dirty('am'), uid);
      const [due = ''] = parts(uid);
      const [, score] = await store.zrange(due, 0, '0', 'WITHSCORES');
      if (score === undefined) return undefined;
      await mark(uid, Number(score));
      return Number(score);
    },
  };
}

function read(text: string | undefined): Amendment | undefined {
  try {
    const parsed = amendmentSchema.safeParse(JSON.parse(text ?? ''));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
