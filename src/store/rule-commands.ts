import { Cluster } from 'ioredis';
import { z } from 'zod';
import { delay } from '../kit/duration.ts';
import { keys } from './keys.ts';
import type { Store } from './redis.ts';
import type { RuleCommand, RulesRepository } from './rules.ts';

/** A blocked read must end before the connection's socket timeout of 15 s. */
const MAX_BLOCK_MS = 10_000;
/** How often commands are looked for in a cluster, where one read cannot wait on several shards. */
const CLUSTER_POLL_MS = 100;

const commandSchema = z.object({ id: z.string(), rule: z.string(), symbol: z.string() });

/** A connection that may block; it ends with the one it was made from. */
export function openOwn(store: Store): Store {
  // Both branches read the same; their types cannot be called as one.
  const own = store instanceof Cluster ? store.duplicate() : store.duplicate();
  // Its commands report what is wrong; the event only needs a listener.
  own.on('error', () => undefined);
  return own;
}

/** Reads the commands of many shards as they come, on a connection of its own that blocks. */
export function createCommandReader(store: Store): RulesRepository['readCommands'] {
  let reader: Store | undefined;
  const read = async (from: ReadonlyMap<number, string>, blockMs: number): Promise<RuleCommand[]> => {
    const streams = [...from.keys()].map((shard) => keys.commands(shard));
    if (reader === undefined) {
      const own = openOwn(store);
      store.once('end', () => own.disconnect());
      reader = own;
    }
    const reply =
      blockMs > 0
        ? await reader.xread(
            'BLOCK',
            Math.min(blockMs, MAX_BLOCK_MS),
            'STREAMS',
            ...streams,
            ...from.values(),
          )
        : await reader.xread('STREAMS', ...streams, ...from.values());
    return (reply ?? []).flatMap(([stream, entries]) => {
      const shard = [...from.keys()].find((each) => keys.commands(each) === stream);
      return shard === undefined ? [] : entries.flatMap((entry) => toCommand(shard, entry));
    });
  };
  return async (from, blockMs) => {
    if (from.size === 0) {
      await delay(blockMs);
      return [];
    }
    if (!(store instanceof Cluster)) return await read(from, blockMs);
    const deadline = performance.now() + blockMs;
    for (;;) {
      const found = await Promise.all([...from].map((one) => read(new Map([one]), 0)));
      const left = deadline - performance.now();
      if (found.flat().length > 0 || left <= 0) return found.flat();
      await delay(Math.min(CLUSTER_POLL_MS, left));
    }
  };
}

function toCommand(shard: number, [streamId, fields]: readonly [string, readonly string[]]): RuleCommand[] {
  const pairs: Record<string, string> = {};
  for (let i = 0; i + 1 < fields.length; i += 2) pairs[fields[i] ?? ''] = fields[i + 1] ?? '';
  const parsed = commandSchema.safeParse(pairs);
  if (!parsed.success) return [];
  const { id: commandId, rule: ruleId, symbol } = parsed.data;
  return [{ streamId, shard, commandId, ruleId, symbol }];
}
