import { z } from 'zod';
import type { Chat } from './chat-model.ts';
import { keys } from './keys.ts';
import { defineScript, type Store } from './redis.ts';

/**
 * What is made of a refusal: the chat is paused now, or stays paused; it is not believed yet; or the platform refuses
 * everybody, and no chat is paused for it.
 */
export type Refused = 'paused' | 'stays-paused' | 'doubted' | 'outage';

/** A refusal as a platform words it to a chat that is gone. */
export interface Refusal {
  reason: string;
  /** How long ago the attempt that was refused began, ms; rather more than less. */
  tookMs: number;
}

type Destination = Pick<Chat, 'uid' | 'address' | 'pausedReason'>;

/**
 * Chats that refuse what is sent to them, known to all couriers alike. Such a chat is paused, but its next message is
 * tried all the same from time to time: whatever was the matter may be over. When everybody is refused in a row it is
 * the platform's fault, and nobody is paused; who was refused then is believed when he is refused again after somebody
 * was reached.
 */
export interface Refusals {
  /**
   * A message was refused. The chat's next one is tried after the first of `tryAfterMs`, when that is refused too after
   * the second, and never any more after the last.
   */
  refused(chat: Destination, refusal: Refusal, tryAfterMs: readonly number[]): Promise<Refused>;
  /** A message was taken. True: the chat was paused, for refusals only, and is open again. */
  reached(chat: Destination): Promise<boolean>;
}

/** So many chats refused in a row, without any other reached in between, are an outage and no farewells. */
const IN_A_ROW = 5;
/** What lies between the end of an attempt and its booking at most; a longer delay only leads to a try more, ms. */
const BOOKING_MS = 1_000;
/** Most chats of which is remembered that they were refused in an outage: beyond, the first are believed at once. */
const MOST_DOUBTED = 10_000;
/** How long a row, and what was doubted, is remembered after the last refusal, ms. */
const KEEP_MS = 24 * 3_600_000;

const NOW = `local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`;

/**
 * KEYS chat hash; ARGV reason, then waits in ms. Returns 1: paused now; 0: it was paused. A chat that is not to be tried
 * (any more) is paused for another reason, which stays. Refused before its next try is due, it is this call once more.
 */
const PAUSE = defineScript(`
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local paused = redis.call('HEXISTS', KEYS[1], 'pausedReason') == 1
local tries = tonumber(redis.call('HGET', KEYS[1], 'tries') or '0')
local tryAt = redis.call('HGET', KEYS[1], 'tryAt')
if paused and not tryAt then return 0 end
${NOW}
if paused and tonumber(tryAt) > now then return tries == 1 and 1 or 0 end
if not paused then tries = 0 end
redis.call('HSET', KEYS[1], 'pausedReason', ARGV[1], 'tries', tries + 1)
local wait = ARGV[tries + 2]
if wait then redis.call('HSET', KEYS[1], 'tryAt', now + wait) else redis.call('HDEL', KEYS[1], 'tryAt') end
return paused and 0 or 1`);

/** KEYS chat hash. Opens a chat that is to be tried again. */
const OPEN = defineScript(`
if redis.call('HEXISTS', KEYS[1], 'tryAt') == 0 then return 0 end
return redis.call('HDEL', KEYS[1], 'pausedReason', 'tries', 'tryAt')`);

/**
 * KEYS set of uids refused in a row, zset uid → when he was doubted, when somebody was last reached; ARGV uid, how long
 * ago the attempt began in ms, size of a row, most doubted, how long to keep it in ms. Returns who is not to be believed.
 */
const COUNT = defineScript(`
${NOW}
local full = redis.call('SCARD', KEYS[1]) >= tonumber(ARGV[3])
if not full and redis.call('ZSCORE', KEYS[2], ARGV[1]) then
  if now - ARGV[2] < tonumber(redis.call('GET', KEYS[3]) or '0') then return {ARGV[1]} end
  redis.call('ZREM', KEYS[2], ARGV[1])
  return {}
end
if not full then
  redis.call('SADD', KEYS[1], ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[5])
  if redis.call('SCARD', KEYS[1]) < tonumber(ARGV[3]) then return {} end
end
local doubted = redis.call('SMEMBERS', KEYS[1])
if redis.call('SISMEMBER', KEYS[1], ARGV[1]) == 0 then doubted[#doubted + 1] = ARGV[1] end
for _, uid in ipairs(doubted) do redis.call('ZADD', KEYS[2], now, uid) end
redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -1 - ARGV[4])
redis.call('PEXPIRE', KEYS[2], ARGV[5])
return doubted`);

/** KEYS as above; ARGV uid, how long to keep it in ms. Writes nothing while nobody was refused. */
const REACHED = defineScript(`
if redis.call('EXISTS', KEYS[1], KEYS[2]) == 0 then return 0 end
${NOW}
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('SET', KEYS[3], now, 'PX', ARGV[2])
return 1`);

const uids = z.array(z.string());

/** Refusals over a store; the methods throw what Redis threw. */
export function createRefusals(store: Store): Refusals {
  const row = ({ address: { platform } }: Destination) =>
    (['row', 'doubted', 'reached'] as const).map((part) => keys.refused(platform, part));
  const open = async (uid: string) => Number(await OPEN.run(store, [keys.chat(uid)], [])) > 0;
  return {
    async refused(chat, { reason, tookMs }, tryAfterMs) {
      // Before the row knows of it: whoever fills the row then finds all that are to be opened again.
      const isNew = await PAUSE.run(store, [keys.chat(chat.uid)], [reason, ...tryAfterMs]);
      if (isNew !== 1) return 'stays-paused';
      const args = [chat.uid, Math.ceil(tookMs) + BOOKING_MS, IN_A_ROW, MOST_DOUBTED, KEEP_MS];
      const doubted = uids.parse(await COUNT.run(store, row(chat), args));
      if (doubted.length === 0) return 'paused';
      await Promise.all(doubted.map(open));
      return doubted.length < IN_A_ROW ? 'doubted' : 'outage';
    },
    async reached(chat) {
      const [opened] = await Promise.all([
        chat.pausedReason !== undefined && open(chat.uid),
        REACHED.run(store, row(chat), [chat.uid, KEEP_MS]),
      ]);
      return opened;
    },
  };
}
