import { WINDOW_MS, WINDOWS, type Window } from '../market/brief.ts';
import type { Candle } from '../market/events.ts';
import type { Facts } from '../store/analyses.ts';

const MINUTE_MS = 60_000;
/** Fewer whole windows than this are no week to compare with. */
const MIN_BLOCKS = 20;

/** What a symbol usually does within a window. */
interface UsualWindow {
  /** (high − low) ÷ low in % of the whole windows of the time, ascending. */
  ranges: readonly number[];
  /** Mean and deviation of the logarithm of the traded USDT. */
  volumeMean: number;
  volumeDeviation: number;
}

export type UsualWindows = ReadonlyMap<Window, UsualWindow>;

/**
 * What was usual, from closed 1-minute candles in ascending order: windows laid side by side on the clock, whole ones only.
 * A window that fits less than twenty times into them is left out.
 */
export function usualWindows(candles: readonly Candle[]): UsualWindows {
  const usual = new Map<Window, UsualWindow>();
  for (const window of WINDOWS) {
    const blocks = wholeBlocks(candles, WINDOW_MS[window]);
    if (blocks.length < MIN_BLOCKS) continue;
    const volumes = blocks
      .filter((block) => block.quoteVolume > 0)
      .map((block) => Math.log(block.quoteVolume));
    const mean = volumes.reduce((sum, each) => sum + each, 0) / volumes.length;
    const variance = volumes.reduce((sum, each) => sum + (each - mean) ** 2, 0) / volumes.length;
    usual.set(window, {
      ranges: blocks.map(({ high, low }) => ((high - low) / low) * 100).sort((a, b) => a - b),
      volumeMean: mean,
      volumeDeviation: Math.sqrt(variance),
    });
  }
  return usual;
}

/** Where the windows of now stand among the usual ones. */
export function standing(windows: Facts['windows'], usual: UsualWindows): NonNullable<Facts['usual']> {
  const found: NonNullable<Facts['usual']> = {};
  for (const [window, { ranges, volumeMean, volumeDeviation }] of usual) {
    const { range, takerBuy, takerSell, coverage } = windows[window];
    if (coverage < 1 || range === undefined || takerBuy === undefined || takerSell === undefined) continue;
    const volume = takerBuy + takerSell;
    found[window] = {
      rank: (ranges.filter((each) => each <= range).length / ranges.length) * 100,
      // Below the noise of the sum it is no deviation, but none.
      volumeZ:
        volumeDeviation > 1e-9 && volume > 0 ? (Math.log(volume) - volumeMean) / volumeDeviation : undefined,
    };
  }
  return found;
}

interface Block {
  high: number;
  low: number;
  quoteVolume: number;
}

/** Windows of a length (ms) on the clock of which every minute is there. */
function wholeBlocks(candles: readonly Candle[], ms: number): Block[] {
  const minutes = ms / MINUTE_MS;
  const whole: Block[] = [];
  let start = Number.NaN;
  let count = 0;
  let block: Block = { high: 0, low: 0, quoteVolume: 0 };
  for (const candle of candles) {
    const begins = Math.floor(candle.openTime / ms) * ms;
    if (begins !== start) {
      start = begins;
      count = 0;
      block = { high: candle.high, low: candle.low, quoteVolume: 0 };
    }
    block.high = Math.max(block.high, candle.high);
    block.low = Math.min(block.low, candle.low);
    block.quoteVolume += candle.quoteVolume;
    if (++count === minutes) whole.push(block);
  }
  return whole;
}
