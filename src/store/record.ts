import { z } from 'zod';
import { keys } from './keys.ts';
import { defineScript, type Store } from './redis.ts';

/** The times after which a call is compared with the market. */
export const HORIZONS = ['m15', 'h1', 'h4'] as const;
export type Horizon = (typeof HORIZONS)[number];

export const HORIZON_MS: Readonly<Record<Horizon, number>> = {
  m15: 900_000,
  h1: 3_600_000,
  h4: 14_400_000,
};

const perHorizon = z.object({
  m15: z.number().optional(),
  h1: z.number().optional(),
  h4: z.number().optional(),
});

const frozenCall = z.object({
  v: z.literal(1),
  id: z.string(),
  symbol: z.string(),
  /** Time of the mark price, Unix ms. */
  asOf: z.number(),
  /** Mark price when the call was delivered. */
  mark: z.number().positive(),
  /** `failed`: the AI was asked and gave no usable answer. */
  kind: z.enum(['call', 'abstained', 'failed']),
  /** 0…100; with a call or an abstention. */
  sentiment: z.number().optional(),
  /** Probability of a higher mark price at each horizon; empty unless it is a call. */
  pUp: perHorizon,
  /** Change over as long a time before, in %. */
  before: perHorizon,
  /** Usual size of a move over the horizon (realised volatility), bps. */
  sigmaBps: perHorizon,
  /** The model that answered, by its own account, or the one asked. */
  model: z.string(),
  promptVersion: z.string(),
  costNano: z.number(),
  trigger: z.enum(['scheduled', '50trades']),
  locale: z.string(),
});

/** A call as it was made, before anyone could know what came of it. */
export type FrozenCall = z.infer<typeof frozenCall>;

/** Null: the market was out of sight when it mattered, which nobody can mend afterwards. */
const outcome = z.object({ mark: z.number(), at: z.number() }).nullable();
export type Outcome = z.infer<typeof outcome>;

export interface RecordedCall extends FrozenCall {
  outcomes: Partial<Record<Horizon, Outcome>>;
}

/** A call whose outcome at a horizon is to be found. */
export interface DueOutcome {
  symbol: string;
  id: string;
  horizon: Horizon;
  /** The moment that counts, Unix ms. */
  at: number;
}

/** The record of the AI's calls: written once, before the outcome; outcomes are added once; nothing is changed. */
export interface CallRecord {
  freeze(call: FrozenCall): Promise<void>;
  /** Outcomes whose moment has come by `now` (Unix ms), oldest first, at most 500. */
  due(now: number): Promise<DueOutcome[]>;
  resolve(due: DueOutcome, outcome: Outcome): Promise<void>;
  /** All calls about a symbol in the months from…to (Unix ms), the earliest first. */
  read(symbol: string, from: number, to: number): Promise<RecordedCall[]>;
}

const KEEP_SECONDS = 400 * 86_400;
const BATCH = 500;

/** KEYS calls, due; ARGV field, call, seconds to keep, then pairs of due member and time. */
const FREEZE = defineScript(`
if redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2]) == 0 then return 0 end
redis.call('EXPIRE', KEYS[1], ARGV[3])
for i = 4, #ARGV, 2 do redis.call('ZADD', KEYS[2], ARGV[i + 1], ARGV[i]) end
return 1`);

/** KEYS calls, due; ARGV field, outcome, due member. */
const RESOLVE = defineScript(`
redis.call('ZREM', KEYS[2], ARGV[3])
return redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2])`);

/** The record in Redis: one hash for each symbol and month (UTC) of calls `c:<id>` and outcomes `o:<id>:<horizon>`. */
export function createCallRecord(store: Store): CallRecord {
  return {
    async freeze(call) {
      await FREEZE.run(
        store,
        [keys.record(call.symbol, monthOf(call.asOf)), keys.recordDue],
        [
          `c:${call.id}`,
          JSON.stringify(frozenCall.parse(call)),
          KEEP_SECONDS,
          ...HORIZONS.flatMap((horizon) => {
            const at = call.asOf + HORIZON_MS[horizon];
            return [member({ symbol: call.symbol, id: call.id, horizon, at }), at];
          }),
        ],
      );
    },

    async due(now) {
      const members = await store.zrange(keys.recordDue, '-inf', String(now), 'BYSCORE', 'LIMIT', 0, BATCH);
      return members.map(readMember).filter((each) => each !== undefined);
    },

    async resolve(due, found) {
      const month = monthOf(due.at - HORIZON_MS[due.horizon]);
      await RESOLVE.run(
        store,
        [keys.record(due.symbol, month), keys.recordDue],
        [`o:${due.id}:${due.horizon}`, JSON.stringify(found), member(due)],
      );
    },

    async read(symbol, from, to) {
      const months = await Promise.all(
        monthsBetween(from, to).map((month) => store.hgetall(keys.record(symbol, month))),
      );
      return months.flatMap(readMonth).sort((a, b) => a.asOf - b.asOf);
    },
  };
}

function readMonth(fields: Readonly<Record<string, string>>): RecordedCall[] {
  return Object.entries(fields).flatMap(([field, text]) => {
    if (!field.startsWith('c:')) return [];
    const call = frozenCall.safeParse(JSON.parse(text));
    if (!call.success) return [];
    const outcomes: RecordedCall['outcomes'] = {};
    for (const horizon of HORIZONS) {
      const found = fields[`o:${call.data.id}:${horizon}`];
      if (found !== undefined) outcomes[horizon] = outcome.parse(JSON.parse(found));
    }
    return [{ ...call.data, outcomes }];
  });
}

function member({ symbol, id, horizon, at }: DueOutcome): string {
  return [symbol, id, horizon, at].join('|');
}

function readMember(text: string): DueOutcome | undefined {
  const [symbol = '', id = '', name, at] = text.split('|');
  const horizon = HORIZONS.find((each) => each === name);
  return horizon && { symbol, id, horizon, at: Number(at) };
}

function monthOf(time: number): string {
  return new Date(time).toISOString().slice(0, 7);
}

function monthsBetween(from: number, to: number): string[] {
  const months: string[] = [];
  const date = new Date(`${monthOf(from)}-01T00:00:00Z`);
  for (; date.getTime() <= to; date.setUTCMonth(date.getUTCMonth() + 1)) months.push(monthOf(date.getTime()));
  return months;
}
