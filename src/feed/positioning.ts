import { describeError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import { type Loop, startLoop } from '../kit/loop.ts';
import type { SymbolState } from '../market/symbol-state.ts';
import type { Rest } from './rest.ts';

/** The exchange counts accounts once in five minutes. */
const EVERY_MS = 300_000;
/** Statistics have a limit of their own, 1,000 requests in 5 minutes an address: 300 leave room for others. */
const SPACING_MS = 1_000;

/** A symbol in use, as far as this is concerned with it. */
interface Positioned {
  readonly symbol: string;
  readonly warm: boolean;
  /** Changed since the last brief. */
  dirty: boolean;
  readonly state: Pick<SymbolState, 'longShort'>;
}

/** Fetches, for each warm symbol, how many accounts are long for each that is short. */
export function startPositioning(deps: {
  rest: Pick<Rest, 'longShort'>;
  pipeline: { watches: ReadonlyMap<string, Positioned> };
  log: Log;
  signal: AbortSignal;
}): Loop {
  const { rest, pipeline, log, signal } = deps;
  /** Symbol → monotonic ms at which it is due again. */
  const due = new Map<string, number>();

  /** One symbol at a look: that is the pace. */
  async function fetchNext(): Promise<void> {
    for (const symbol of due.keys()) if (!pipeline.watches.has(symbol)) due.delete(symbol);
    const now = performance.now();
    for (const watch of pipeline.watches.values()) {
      if (!watch.warm || now < (due.get(watch.symbol) ?? 0)) continue;
      due.set(watch.symbol, now + Math.max(EVERY_MS, pipeline.watches.size * SPACING_MS));
      try {
        const found = await rest.longShort(watch.symbol, signal);
        if (found) watch.state.longShort(found);
        watch.dirty ||= found !== undefined;
      } catch (error) {
        log.debug({ symbol: watch.symbol, error: describeError(error) }, 'no long/short ratio');
      }
      return;
    }
  }

  return startLoop('positioning', SPACING_MS, fetchNext, log);
}
