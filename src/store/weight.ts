import { keys } from './keys.ts';
import { defineScript, type Store } from './redis.ts';

/** What became of a request's weight; `used` is what the address has used in that minute. */
export type WeightCharge =
  | { type: 'ok'; used: number }
  | { type: 'full'; used: number }
  | { type: 'blocked'; waitMs: number };

/** The exchange's request weight of one address, shared by all feeds behind it. */
export interface WeightBudget {
  /**
   * Takes `weight` out of a minute (minutes since 1970, exchange time) unless that would pass `ceiling`. `known` is what
   * the exchange said was used in it, by whomever.
   */
  take(minute: number, weight: number, limits: { ceiling: number; known: number }): Promise<WeightCharge>;
  /** Nobody may ask the exchange for so long, ms: it has said so. */
  block(ms: number): Promise<void>;
}

const MINUTE_KEPT_MS = 150_000;

/** KEYS used, blocked; ARGV weight, ceiling, known, ttl in ms. Answers `ok`, `full` or `blocked` with a number. */
const TAKE = defineScript(`
local c = redis.call
local wait = c('PTTL', KEYS[2])
if wait > 0 then return {'blocked', tostring(wait)} end
local used = math.max(tonumber(c('GET', KEYS[1]) or '0'), tonumber(ARGV[3]))
local kind = 'full'
if used + tonumber(ARGV[1]) <= tonumber(ARGV[2]) then
  used = used + tonumber(ARGV[1])
  kind = 'ok'
end
c('SET', KEYS[1], string.format('%d', used), 'PX', ARGV[4])
return {kind, string.format('%d', used)}`);

export function createWeightBudget(store: Store): WeightBudget {
  return {
    async take(minute, weight, { ceiling, known }) {
      const answer = await TAKE.run(
        store,
        [keys.weight(minute), keys.weightBlocked],
        [weight, ceiling, Math.round(known), MINUTE_KEPT_MS],
      );
      const [kind, number] = Array.isArray(answer) ? answer.map(String) : [];
      if (kind === 'blocked') return { type: 'blocked', waitMs: Number(number) };
      return { type: kind === 'ok' ? 'ok' : 'full', used: Number(number) };
    },
    async block(ms) {
      if (ms >= 1) await store.set(keys.weightBlocked, '1', 'PX', Math.round(ms));
    },
  };
}
