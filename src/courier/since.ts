import type { Candle } from '../market/events.ts';
import type { Since } from '../notice/amendment.ts';
import type { Notice } from '../notice/notice.ts';

const MINUTE_MS = 60_000;
/** With fewer of the minutes nothing is said: the low may lie in one that is missing. */
const KNOWN = 0.9;
/** Most symbols of one message of which it is told. */
const MOST = 10;

/**
 * What the prices did from each alert (of a symbol the newest) until `until`, Unix ms of market time: in whole minutes
 * of the stored candles, the first one the minute after the alert. Symbols without enough candles are left out.
 */
export async function whatCame(
  notices: readonly Notice[],
  until: number,
  candlesFrom: (symbol: string, from: number) => Promise<readonly Candle[]>,
): Promise<Since[]> {
  const bySymbol = new Map(
    notices
      .filter((notice) => notice.type === 'alert')
      .filter(({ to }) => to.price > 0)
      .map((alert) => [alert.firing.symbol, alert]),
  );
  const all = await Promise.all(
    [...bySymbol.values()].slice(0, MOST).map(async ({ firing: { symbol, time }, to }) => {
      const candles = (await candlesFrom(symbol, time)).filter(
        ({ openTime }) => openTime + MINUTE_MS <= until,
      );
      const last = candles.at(-1);
      const isKnown = candles.length >= KNOWN * Math.floor((until - time) / MINUTE_MS - 1);
      if (!last || !isKnown) return [];
      const percent = (price: number) => (price / to.price - 1) * 100;
      return [
        {
          symbol,
          change: percent(last.close),
          low: percent(Math.min(to.price, ...candles.map(({ low }) => low))),
          high: percent(Math.max(to.price, ...candles.map(({ high }) => high))),
        },
      ];
    }),
  );
  return all.flat();
}
