import type { NoReading } from '../store/analyses.ts';
import { keys } from '../store/keys.ts';
import { defineScript, type Store } from '../store/redis.ts';
import { gatewayId } from './model-memory.ts';

/** How a call ended, as far as it tells of the other side's health; `unknown`: it says nothing of it. */
export type Health = 'well' | 'ill' | 'unknown';

/** The permission to make one call. */
export interface Pass {
  /** To be told once, whatever becomes of the call; `refused`: a word after which the whole gateway is left alone at once. */
  done(health: Health, refused?: NoReading | undefined): Promise<void>;
}

/**
 * Circuit breakers of a gateway as a whole and of each of its models, which all processes share: open after some failures
 * in a row, then closed to all for a while, then one probe, of one process, decides. Throws what Redis threw.
 */
export interface Circuits {
  /** The permission to call a model, or the reason for none; a probe that is not heard of within `leaseMs` is another's. */
  enter(model: string, leaseMs: number): Promise<Pass | NoReading>;
}

export interface CircuitTimings {
  /** Failures in a row that open one. */
  failures: number;
  /** How long a gateway or a model that keeps failing is left alone before one call tries it again, ms. */
  openMs: number;
}

const TIMINGS: CircuitTimings = { failures: 3, openMs: 30_000 };
const KEEP_MS = 3_600_000;

// A circuit is a hash: `row` failures in a row, `open` until when it is left alone, `probe` until when the one probe is
// awaited, `why` the gateway was given up at a single word. Times by Redis' clock.
const NOW = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)`;

/** KEYS model, gateway; ARGV lease ms. Returns which of them are probed (0 or 1 each), or that it is closed and why. */
const ENTER = defineScript(`${NOW}
local probes = {}
for i = 1, 2 do
  local state = redis.call('HMGET', KEYS[i], 'open', 'probe', 'why')
  if state[1] and (now < tonumber(state[1]) or now < tonumber(state[2] or '0')) then
    return {'closed', state[3] or ''}
  end
  probes[i] = state[1] and 1 or 0
end
for i = 1, 2 do
  if probes[i] == 1 then redis.call('HSET', KEYS[i], 'probe', now + ARGV[1]) end
end
return {'pass', probes[1], probes[2]}`);

/** KEYS model, gateway; ARGV health, failures, open ms, keep ms, whether each was probed, why the gateway is given up or blank. */
const DONE = defineScript(`${NOW}
for i = 1, 2 do
  local probed = ARGV[4 + i] == '1'
  if probed then redis.call('HDEL', KEYS[i], 'probe') end
  -- Also a late answer from before it opened proves that the other side is alive.
  if ARGV[1] == 'well' then redis.call('DEL', KEYS[i]) end
  if ARGV[1] == 'ill' then
    local row = redis.call('HINCRBY', KEYS[i], 'row', 1)
    redis.call('HDEL', KEYS[i], 'why')
    -- While it is open, failures of calls that began before do not keep it open longer.
    local open = redis.call('HGET', KEYS[i], 'open')
    if probed or (not open and row >= tonumber(ARGV[2])) then
      redis.call('HSET', KEYS[i], 'open', now + ARGV[3])
    end
  end
  redis.call('PEXPIRE', KEYS[i], ARGV[4])
end
if ARGV[7] ~= '' then
  redis.call('HSET', KEYS[2], 'open', now + ARGV[3], 'why', ARGV[7])
  redis.call('PEXPIRE', KEYS[2], ARGV[4])
end
return 1`);

/** What a gateway may have been given up for. */
const REFUSALS = ['gateway-auth', 'gateway-balance'] as const satisfies readonly NoReading[];

/** The circuits of the gateway at a base URL; another gateway has others. */
export function createCircuits(
  store: Store,
  baseUrl: string,
  timings: Partial<CircuitTimings> = {},
): Circuits {
  const { failures, openMs } = { ...TIMINGS, ...timings };
  const gateway = gatewayId(baseUrl);
  return {
    async enter(model, leaseMs) {
      const pair = [keys.aiCircuit(gateway, `model:${model}`), keys.aiCircuit(gateway, 'all')];
      const reply = await ENTER.run(store, pair, [Math.ceil(leaseMs)]);
      const [verdict, ...details] = Array.isArray(reply) ? reply.map(String) : [];
      if (verdict !== 'pass') return REFUSALS.find((reason) => reason === details[0]) ?? 'gateway-down';
      return {
        async done(health, refused) {
          await DONE.run(store, pair, [health, failures, openMs, KEEP_MS, ...details, refused ?? '']);
        },
      };
    },
  };
}
