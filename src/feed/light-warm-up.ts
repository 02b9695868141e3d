import { delay } from '../kit/duration.ts';
import { describeError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import { type Loop, startLoop } from '../kit/loop.ts';
import { WINDOW_MS } from '../market/brief.ts';
import type { Candle } from '../market/events.ts';
import type { LightMarket, LightWatch } from './light-market.ts';
import type { Rest } from './rest.ts';
import type { RuleBook } from './rule-book.ts';
import type { FeedTimings } from './timings.ts';
import { pauseAfter } from './warm-up.ts';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;
/** Candles a call of the least weight, of the next, gives. */
const LIGHT = 99;
const PART = 499;
/** A symbol whose candles could not be had is passed over for so long. */
const PASS_OVER_MS = 60_000;

/**
 * Fills the windows of symbols that are watched by the streams of the whole market alone, as far as their rules look back:
 * one symbol after the other, behind all else.
 */
export function startLightWarmUp(options: {
  rest: Pick<Rest, 'klines'>;
  light: Pick<LightMarket, 'watches' | 'fill'>;
  book: RuleBook;
  timings: FeedTimings;
  log: Log;
  signal: AbortSignal;
}): Loop {
  const { rest, light, book, timings, log, signal } = options;
  /** Symbols that are passed over, and until when, monotonic ms. */
  const passedOver = new Map<string, number>();

  /** Minutes that the symbol's rules look back. */
  function minutesNeeded(symbol: string): number {
    const needed = book.engine.books(symbol).map(({ metric, window }) => {
      if (metric.endsWith('Sigma')) return DAY_MINUTES;
      return metric === 'range' || metric.startsWith('move') ? WINDOW_MS[window] / MINUTE_MS : 0;
    });
    return Math.max(0, ...needed);
  }

  /** How many minutes of candles it is to be asked for; 0 while it needs none. */
  function minutesMissing({ symbol, minutesKnown, lacks }: LightWatch): number {
    const needed = minutesNeeded(symbol);
    if (needed > minutesKnown) return needed;
    // What was known before needs only its last minutes.
    return needed > 0 && lacks ? 1 : 0;
  }

  async function candlesOf(symbol: string, minutes: number): Promise<Candle[]> {
    const newest = await rest.klines(symbol, { limit: minutes < LIGHT ? LIGHT : PART }, signal);
    const parts = [newest];
    while (parts.length * PART <= minutes) {
      const [first] = parts[0] ?? [];
      if (!first) break;
      const endTime = first.openTime - 1;
      const older = await rest.klines(
        symbol,
        { limit: PART, startTime: endTime + 1 - PART * MINUTE_MS, endTime },
        signal,
      );
      if (older.length === 0) break;
      parts.unshift(older);
    }
    return parts.flat();
  }

  function next(): { watch: LightWatch; minutes: number } | undefined {
    const now = performance.now();
    for (const [symbol, until] of passedOver) if (now >= until) passedOver.delete(symbol);
    for (const watch of light.watches.values()) {
      if (passedOver.has(watch.symbol)) continue;
      const minutes = minutesMissing(watch);
      if (minutes > 0) return { watch, minutes };
    }
    return undefined;
  }

  async function warmOne(): Promise<void> {
    const found = next();
    if (!found) return;
    const { watch, minutes } = found;
    const { symbol } = watch;
    const askedAt = watch.state.time;
    try {
      light.fill(watch, await candlesOf(symbol, minutes), minutes, askedAt);
    } catch (error) {
      if (signal.aborted) return;
      log.debug({ symbol, error: describeError(error) }, 'no candles of a symbol among all');
      passedOver.set(symbol, performance.now() + PASS_OVER_MS);
      await delay(pauseAfter(error, 0, timings), signal).catch(() => undefined);
    }
  }

  return startLoop('windows of all symbols', timings.lightWarmEveryMs, warmOne, log);
}
