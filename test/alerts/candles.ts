import type { Candle } from '../../src/market/events.ts';

export const MINUTE = 60_000;
/** The first candle of every story. */
export const START = Date.UTC(2026, 0, 5);

/** A closed candle, the `minute`-th of a story. */
export function makeCandle(minute: number, open: number, high: number, low: number, close: number): Candle {
  const volumes = { volume: 1, quoteVolume: close, trades: 4, takerBuyQuoteVolume: 0 };
  return { openTime: START + minute * MINUTE, open, high, low, close, ...volumes, closed: true };
}

/** A price that stands still, but for the minutes named: there it ends at what they say, going straight to it. */
export function story(minutes: number, closes: Readonly<Record<number, number>>, start = 100): Candle[] {
  let price = start;
  return Array.from({ length: minutes }, (_, minute) => {
    const open = price;
    price = closes[minute] ?? price;
    return makeCandle(minute, open, Math.max(open, price), Math.min(open, price), price);
  });
}

/** A random walk that is the same for each seed; now and then it is restless. `step` is the size of a step in %. */
export function walk(minutes: number, seed: number, step = 0.05): Candle[] {
  let state = seed;
  const random = () => {
    // Numerical Recipes' generator.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  let price = 100;
  return Array.from({ length: minutes }, (_, minute) => {
    const restless = 1 + 4 * Math.sin(minute / 500) ** 8;
    const path = Array.from({ length: 6 }, () => {
      price *= 1 + ((random() - 0.5) * step * restless) / 50;
      return price;
    });
    const [open = price] = path;
    return makeCandle(minute, open, Math.max(...path), Math.min(...path), price);
  });
}
