import { z } from 'zod';
import type { EngineMoment } from '../alerts/engine.ts';
import type { Trade } from '../market/events.ts';
import { instanceSchema, readJson } from '../store/rule-json.ts';
import { pack, unpack } from './packing.ts';

/** Trades that are missing: where a symbol and its rules stood before them, and what came right behind. */
export interface Arrear {
  /** First missing id, and the first one behind. */
  readonly fromId: number;
  readonly toId: number;
  /** Times of the trades around, Unix ms. */
  readonly from: number;
  readonly to: number;
  /** Windows as they were. */
  readonly state: Buffer;
  readonly rules: EngineMoment;
  readonly behind: readonly Trade[];
  /** Rule → episodes that live trades behind the gap began at once. */
  readonly told: ReadonlyMap<string, number>;
}

/** Twice what 50,000 waiting trades take. */
const MAX_BYTES = 8 << 20;

const tradeSchema = z.tuple([z.number(), z.number(), z.number(), z.number(), z.number(), z.boolean()]);

const headSchema = z.object({
  v: z.literal(1),
  fromId: z.number(),
  toId: z.number(),
  from: z.number(),
  to: z.number(),
  cursor: z.string(),
  states: z.record(z.string(), instanceSchema),
  behind: z.array(tradeSchema),
  told: z.record(z.string(), z.number()),
});

/** An arrear as it is kept. */
export function packArrear({ state, rules, behind, told, ...range }: Arrear): Promise<Buffer> {
  const head: z.infer<typeof headSchema> = {
    v: 1,
    ...range,
    cursor: rules.cursor,
    states: Object.fromEntries(rules.states),
    behind: behind.map(({ id, price, quantity, time, eventTime, buyerIsMaker }) => [
      id,
      price,
      quantity,
      time,
      eventTime,
      buyerIsMaker,
    ]),
    told: Object.fromEntries(told),
  };
  return pack(JSON.stringify(head), state);
}

/** Reads a kept arrear; undefined when it is none, or of another version. */
export async function unpackArrear(symbol: string, packed: Buffer): Promise<Arrear | undefined> {
  const found = await unpack(packed, MAX_BYTES);
  const head = readJson(headSchema, found?.text);
  if (!found || !head) return undefined;
  const { fromId, toId, from, to, cursor, states, behind, told } = head;
  return {
    fromId,
    toId,
    from,
    to,
    state: found.state,
    rules: { cursor, states: new Map(Object.entries(states)) },
    behind: behind.map(([id, price, quantity, time, eventTime, buyerIsMaker]) => ({
      symbol,
      id,
      price,
      quantity,
      time,
      eventTime,
      buyerIsMaker,
    })),
    told: new Map(Object.entries(told)),
  };
}
