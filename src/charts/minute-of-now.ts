import type { Brief } from '../market/brief.ts';
import type { Candle } from '../market/events.ts';
import type { ChartPicture } from '../notice/picture.ts';

const MINUTE_MS = 60_000;

/**
 * Adds the minute that is not over and of which nothing is stored yet: from the last close to the price of now, through
 * that at which the alert fired. Its volume is not known.
 */
export function withMinuteOfNow(
  minutes: readonly Candle[],
  brief: Pick<Brief, 'time' | 'last'> | undefined,
  trigger: ChartPicture['trigger'],
): readonly Candle[] {
  const newest = minutes.at(-1);
  if (!newest || brief?.last === undefined) return minutes;
  const openTime = Math.floor(brief.time / MINUTE_MS) * MINUTE_MS;
  if (openTime <= newest.openTime) return minutes;
  const seen = [
    newest.close,
    brief.last,
    ...(trigger && trigger.time >= newest.openTime + MINUTE_MS ? [trigger.price] : []),
  ];
  return [
    ...minutes,
    {
      openTime,
      open: newest.close,
      high: Math.max(...seen),
      low: Math.min(...seen),
      close: brief.last,
      volume: 0,
      quoteVolume: 0,
      trades: 0,
      takerBuyQuoteVolume: 0,
      closed: false,
    },
  ];
}
