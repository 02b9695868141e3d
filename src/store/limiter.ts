import { z } from 'zod';
import { keys } from './keys.ts';
import { defineScript, type Store } from './redis.ts';

/** One send every `intervalMs` on average, `burst` of them at once after a pause. */
export interface Rate {
  intervalMs: number;
  burst: number;
}

/** `taken`: the slot is ours, `waitMs` from now; else nothing was taken and asking again pays off after `waitMs`. */
export interface Slot {
  taken: boolean;
  waitMs: number;
  /** How far ahead of now `scope` was booked before, ms; 0 = its whole burst was there. */
  aheadMs: number;
  /** Redis' clock, Unix ms. */
  now: number;
}

/** Rate limits shared by every process: the generic cell rate algorithm (ITU-T I.371) with Redis' own clock. */
export interface Limiter {
  /** Takes the next slot of `scope` if it lies at most `horizonMs` ahead. */
  take(scope: string, rate: Rate, horizonMs: number): Promise<Slot>;
  /** Gives back a slot that was taken and not used. */
  giveBack(scope: string, rate: Rate): Promise<void>;
  /** Nothing of `scope` for `ms`, two hours at most, and no burst after it (a platform's `retry_after`). */
  penalise(scope: string, rate: Rate, ms: number): Promise<void>;
  /** Redis' clock, Unix ms. */
  now(): Promise<number>;
}

/** Longest pause, ms: after it one send asks the platform anew. */
const MOST_PAUSE_MS = 2 * 3_600_000;
/** How far the horizon of a caller reaches at most, ms. */
const MOST_HORIZON_MS = 60_000;

// A time further ahead than any pause and booking can be is of another clock (Redis' own was put back): it counts as now.
const CLOCK = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local tat = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
if tat - now > ${MOST_PAUSE_MS + MOST_HORIZON_MS} + burst * interval then tat = now end
local function keep(value)
  redis.call('SET', KEYS[1], string.format('%.3f', value), 'PX', math.ceil(math.max(value - now, 0)) + 1000)
end`;

/** KEYS theoretical arrival time; ARGV interval ms, burst, horizon ms. Returns taken (1 or 0), wait ms, ahead ms, now ms. */
const TAKE = defineScript(`${CLOCK}
local ahead = tat - now
local wait = ahead - (burst - 1) * interval
local taken = wait <= tonumber(ARGV[3])
if taken then keep(tat + interval) end
return {taken and 1 or 0, math.ceil(math.max(wait, 0)), math.floor(ahead), math.floor(now)}`);

/** KEYS as above; ARGV interval ms, burst. */
const GIVE_BACK = defineScript(`${CLOCK}
keep(tat - interval)
return 1`);

/** KEYS as above; ARGV interval ms, burst, pause ms. The last term: after the pause there is one send, not a burst. */
const PENALISE = defineScript(`${CLOCK}
keep(math.max(tat, now + ARGV[3] + (burst - 1) * interval))
return 1`);

const slot = z.tuple([z.number(), z.number(), z.number(), z.number()]);

/** A limiter over a store; its methods throw what Redis threw. */
export function createLimiter(store: Store): Limiter {
  return {
    async take(scope, { intervalMs, burst }, horizonMs) {
      const reply = await TAKE.run(store, [keys.limit(scope)], [intervalMs, burst, horizonMs]);
      const [taken, waitMs, aheadMs, now] = slot.parse(reply);
      return { taken: taken === 1, waitMs, aheadMs, now };
    },
    async giveBack(scope, { intervalMs, burst }) {
      await GIVE_BACK.run(store, [keys.limit(scope)], [intervalMs, burst]);
    },
    async penalise(scope, { intervalMs, burst }, ms) {
      await PENALISE.run(store, [keys.limit(scope)], [intervalMs, burst, Math.min(ms, MOST_PAUSE_MS)]);
    },
    async now() {
      const [seconds, micros] = await store.time();
      return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
    },
  };
}
