import { WINDOWS } from '../../src/market/brief.ts';
import type { Trade } from '../../src/market/events.ts';
import { createSymbolState } from '../../src/market/state.ts';
import type { SymbolState } from '../../src/market/symbol-state.ts';
import { startOf } from './oracle.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const T0 = Date.UTC(2026, 0, 1);
/** About a million trades a day. */
const MOST_BETWEEN_MS = 171;
/** One print in so many is nonsense. */
const BAD_EVERY = 50_021;
const BAD_PRICES = [1e9, 1, 1e-300, 1.7e308, Number.NaN, Number.POSITIVE_INFINITY, -65_000] as const;
/** The trades of the last day and an hour are kept to count anew by. */
const KEPT = 1_100_000;

/** How far a state is from a count anew of its windows and of its deviation after so many trades. */
export interface Drift {
  /** Highest, lowest, first price and numbers of trades that are not exactly those of the count. */
  wrong: number;
  /** Greatest relative error of what was bought, sold, and of the deviation. */
  worst: number;
  badPrints: number;
  rejected: number;
}

/** The last trades, oldest overwritten. */
class LastTrades {
  readonly times = new Float64Array(KEPT);
  readonly prices = new Float64Array(KEPT);
  readonly notionals = new Float64Array(KEPT);
  readonly sold = new Uint8Array(KEPT);
  count = 0;

  add({ time, price, quantity, buyerIsMaker }: Trade): void {
    const slot = this.count++ % KEPT;
    this.times[slot] = time;
    this.prices[slot] = price;
    this.notionals[slot] = price * quantity;
    this.sold[slot] = buyerIsMaker ? 1 : 0;
  }

  /** What a window that begins at a time holds, each trade looked at; `start` stood when it began. */
  since(from: number) {
    const found = { start: Number.NaN, high: -Infinity, low: Infinity, buy: 0, sell: 0, trades: 0 };
    for (let i = Math.max(0, this.count - KEPT); i < this.count; i++) {
      const slot = i % KEPT;
      const price = this.prices[slot] ?? 0;
      if ((this.times[slot] ?? 0) < from) {
        found.start = price;
        continue;
      }
      found.high = Math.max(found.high, price);
      found.low = Math.min(found.low, price);
      found[this.sold[slot] === 1 ? 'sell' : 'buy'] += this.notionals[slot] ?? 0;
      found.trades++;
    }
    found.high = Math.max(found.high, found.start);
    found.low = Math.min(found.low, found.start);
    return found;
  }
}

/**
 * Lets a price of about 65,000 wander for so many trades (more than two days of them), absurd prints among them, and
 * counts all that the windows say anew from the trades themselves.
 */
export function driftAfter(ticks: number): Drift {
  const state = createSymbolState({ symbol: 'X', tickSize: 0.1 });
  const last = new LastTrades();
  const closes: number[] = [];
  const trade = { symbol: 'X', id: 0, price: 0, quantity: 0, time: T0, eventTime: T0, buyerIsMaker: false };
  let badPrints = 0;
  let random = 12_345;
  let steps = 650_000;
  for (let i = 1; i <= ticks; i++) {
    random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
    steps += ((random >>> 8) % 5) - 2 + (steps < 640_000 ? 1 : steps > 660_000 ? -1 : 0);
    trade.id = i;
    trade.time += (random >>> 12) % (MOST_BETWEEN_MS + 1);
    trade.eventTime = trade.time;
    trade.price = steps / 10;
    trade.quantity = ((random >>> 4) % 997) / 1_000;
    trade.buyerIsMaker = random >>> 31 === 1;
    const isBad = i % BAD_EVERY === 0;
    if (isBad) trade.price = BAD_PRICES[badPrints++ % BAD_PRICES.length] ?? 0;
    state.trade(trade);
    if (isBad) continue;
    closes[Math.floor((trade.time - T0) / MINUTE)] = trade.price;
    if (i > ticks - KEPT) last.add(trade);
  }
  const { wrong, worst } = compareWindows(state, last);
  const { rejected } = state.brief({ source: 'live', epoch: 1, writtenAt: 0 });
  return { wrong, worst: Math.max(worst, deviationError(state, closes)), badPrints, rejected };
}

/** The windows against their last trades. */
function compareWindows(state: SymbolState, last: LastTrades): Pick<Drift, 'wrong' | 'worst'> {
  const brief = state.brief({ source: 'live', epoch: 1, writtenAt: 0 });
  let wrong = 0;
  let worst = 0;
  for (const window of WINDOWS) {
    const shown = brief.windows[window];
    const wanted = last.since(startOf(window, state.time));
    const exact = [
      [shown.high, wanted.high],
      [shown.low, wanted.low],
      [shown.trades, wanted.trades],
      [shown.change, ((brief.last ?? 0) / wanted.start - 1) * 100],
    ] as const;
    for (const [value, want] of exact) if (value !== want) wrong++;
    worst = Math.max(worst, errorOf(shown.takerBuy, wanted.buy), errorOf(shown.takerSell, wanted.sell));
  }
  return { wrong, worst };
}

/** The deviation of one minute against its definition over every minute there was, the running one excepted; in %. */
function deviationError(state: SymbolState, closes: readonly number[]): number {
  let weights = 0;
  let squares = 0;
  for (let minute = 1; minute < closes.length - 1; minute++) {
    const weight = 0.5 ** (((closes.length - 2 - minute) * MINUTE) / DAY);
    weights += weight;
    squares += weight * Math.log((closes[minute] ?? 0) / (closes[minute - 1] ?? 0)) ** 2;
  }
  return errorOf(state.sigma('1m'), Math.sqrt(squares / weights) * 100);
}

function errorOf(value: number | undefined, wanted: number): number {
  return value === undefined ? Number.POSITIVE_INFINITY : Math.abs(value / wanted - 1);
}
