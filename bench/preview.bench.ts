import { setImmediate as nextTurn } from 'node:timers/promises';
import { presetsFromCandles } from '../src/alerts/presets.ts';
import { previewRule, previewSteps } from '../src/alerts/preview.ts';
import type { WatchedRule } from '../src/alerts/rule.ts';
import { inSlices } from '../src/kit/steps.ts';
import type { Candle } from '../src/market/events.ts';
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

/** The longest time that nothing else could run during the first preview of a process, nothing being compiled yet, ms. */
async function longestStretch(candles: readonly Candle[]): Promise<number> {
  let longest = 0;
  let turnedAt = performance.now();
  let watching = true;
  const watch = () => {
    longest = Math.max(longest, performance.now() - turnedAt);
    turnedAt = performance.now();
    if (watching) setImmediate(watch);
  };
  setImmediate(watch);
  await inSlices(previewSteps(rule, candles));
  watching = false;
  await nextTurn();
  return Number(longest.toPrecision(3));
}

/** One symbol, seven days of minutes: a whole preview; and the three presets. */
async function week(): Promise<BenchResult[]> {
  const candles = walk(WEEK, 5);
  return [
    { name: 'preview.loop', value: await longestStretch(candles), unit: 'ms' },
    { name: 'preview.week', value: median(() => previewRule(rule, candles)), unit: 'ms' },
    { name: 'preview.presets', value: median(() => presetsFromCandles(candles, shape)), unit: 'ms' },
  ];
}

export const benches: readonly Bench[] = [{ name: 'preview.week', run: week }];
