import type { Connections } from './connections.ts';
import type { Pipeline } from './pipeline.ts';
import type { Shards } from './shards.ts';
import type { SymbolsInUse } from './symbols-in-use.ts';
import type { UniverseWatch } from './universe.ts';

/** Symbols that a sentence names. */
const FEW = 5;

/** Why the feed is not ready, in words; empty when it is. */
export function whyNotReady(feed: {
  universe: Pick<UniverseWatch, 'known'>;
  shards: Pick<Shards, 'backlog' | 'complete' | 'missing'>;
  connections: Pick<Connections, 'live'>;
  pipeline: Pick<Pipeline, 'watches'>;
  inUse: Pick<SymbolsInUse, 'cold' | 'idle'>;
}): string[] {
  const { universe, shards, connections, pipeline, inUse } = feed;
  const { stalled, waiting } = shards.backlog();
  const cold = inUse.cold();
  return [
    ...(universe.known ? [] : ['the list of symbols is not known yet']),
    ...(shards.complete ? [] : [`${shards.missing} shards are still leased by another feed`]),
    ...(stalled ? [`the store takes nothing: ${waiting} changes of alerts wait`] : []),
    ...connections.live().reasons,
    // Each by name while they are few, else how far it is.
    ...(cold.length <= FEW
      ? cold.map((symbol) => `${symbol} is warming`)
      : [`${cold.length} of ${pipeline.watches.size} symbols are warming`]),
    ...(inUse.idle() ? ['none of SYMBOLS is a trading USDT coin perpetual'] : []),
  ];
}
