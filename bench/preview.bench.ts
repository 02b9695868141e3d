import { presetsFromCandles } from '../src/alerts/presets.ts';
import { previewRule } from '../src/alerts/preview.ts';
import type { WatchedRule } from '../src/alerts/rule.ts';
import { walk } from '../test/alerts/candles.ts';
import type { Bench, BenchResult } from './model.ts';

const WEEK = 7 * 1_440;
const RUNS = 15;

const shape = { kind: 'move', direction: 'either', window: '5m', cooldownMs: 300_000, holdMs: 0 } as const;

const rule: WatchedRule = {
  v: 1,
  id: 'bench2',
  chat: 'chat-1',
  symbol: 'BTCUSDT',
  ...shape,
  threshold: 1,
  rearm: 0.7,
  preset: undefined,
  mode: 'repeat',
  until: undefined,
  paused: false,
};

/** Median of the runs, ms. */
function median(run: () => void): number {
  const times = Array.from({ length: RUNS }, () => {
    const start = performance.now();
    run();
    return performance.now() - start;
  });
  return Number((times.sort((a, b) => a - b)[RUNS >> 1] ?? 0).toPrecision(4));
}

/** One symbol, seven days of minutes: a whole preview; and the three presets. */
async function week(): Promise<BenchResult[]> {
  const candles = walk(WEEK, 5);
  return [
    { name: 'preview.week', value: median(() => previewRule(rule, candles)), unit: 'ms' },
    { name: 'preview.presets', value: median(() => presetsFromCandles(candles, shape)), unit: 'ms' },
  ];
}

export const benches: readonly Bench[] = [{ name: 'preview.week', run: week }];
