/**
 * `node bench/presets-table.ts`: prints, as Markdown, how often the presets would have barked on each recorded set of
 * 1-minute candles. docs/PRESETS.md holds its output.
 */
import { DEFAULT_COOLDOWN_MS, presetThreshold } from '../src/alerts/defaults.ts';
import { KINDS, rearmOf } from '../src/alerts/kinds.ts';
import { type ChangeShape, presetsFromCandles } from '../src/alerts/presets.ts';
import { previewRule } from '../src/alerts/preview.ts';
import { PRESETS, type Preset, type WatchedRule } from '../src/alerts/rule.ts';
import type { Candle } from '../src/market/events.ts';
import { candleFiles, recorded, recordedCandles } from '../test/alerts/recorded.ts';

const DAY_MS = 86_400_000;
const WEEK_MINUTES = 7 * 1_440;

const SHAPES = [
  { kind: 'move', direction: 'either', window: '5m' },
  { kind: 'volatility', direction: 'up', window: '5m' },
  { kind: 'move', direction: 'either', window: '1h' },
  { kind: 'volume', direction: 'up', window: '5m' },
  { kind: 'ratio', direction: 'either', window: '5m' },
] as const;

/** Barks a day, over all candles: a longer set is counted week by week. */
function perDay(rule: WatchedRule, weeks: readonly (readonly Candle[])[]): number {
  const previews = weeks.map((week) => previewRule(rule, week));
  const barks = previews.reduce((sum, { fires7d }) => sum + fires7d, 0);
  return (barks * DAY_MS) / previews.reduce((sum, { judgedMs }) => sum + judgedMs, 0);
}

function cell(shape: ChangeShape, symbol: string, threshold: number, weeks: readonly (readonly Candle[])[]) {
  const rule: WatchedRule = {
    v: 1,
    id: 'table2',
    chat: 'table',
    symbol,
    ...shape,
    threshold,
    rearm: rearmOf(shape.kind, threshold),
    preset: undefined,
    mode: 'repeat',
    until: undefined,
    paused: false,
  };
  const unit = KINDS[shape.kind].unit === 'times' ? '×' : ' %';
  return `${threshold}${unit} → ${perDay(rule, weeks).toFixed(1)}`;
}

/** Most sets have no notional: then it is the volume at the mean of the candle's four prices. */
function withNotional(candle: Candle): Candle {
  const { open, high, low, close, volume, quoteVolume } = candle;
  return quoteVolume > 0 ? candle : { ...candle, quoteVolume: (volume * (open + high + low + close)) / 4 };
}

/** Does the set tell what takers bought? */
function knowsTakers(candles: readonly Candle[]): boolean {
  return candles.some(({ takerBuyQuoteVolume }) => takerBuyQuoteVolume > 0);
}

/** The last week's presets, counted on all weeks; and what the table would have given instead of `normal`. */
function row(shape: ChangeShape, symbol: string, candles: readonly Candle[]): string {
  const weeks: Candle[][] = [];
  for (let end = candles.length; end > 0; end -= WEEK_MINUTES) {
    weeks.push(candles.slice(Math.max(0, end - WEEK_MINUTES), end));
  }
  // A rest of less than a day says little.
  const counted = weeks.filter((week) => week.length >= 1_440);
  const presets: Partial<Record<Preset, number>> = presetsFromCandles(counted[0] ?? [], shape) ?? {};
  const own = PRESETS.map((preset) => {
    const threshold = presets[preset];
    return threshold === undefined ? '–' : cell(shape, symbol, threshold, counted);
  });
  const usual = KINDS[shape.kind].presets?.normal ?? presetThreshold('normal', shape.window, undefined);
  const table = cell(shape, symbol, usual, counted);
  return `| ${[symbol, (candles.length / 1_440).toFixed(1), ...own, table].join(' | ')} |`;
}

if (!recorded) console.log('no recorded data');
else {
  for (const file of candleFiles()) {
    const sets = [...recordedCandles(file)].map(
      ([symbol, candles]) => [symbol, candles.map(withNotional)] as const,
    );
    console.log(`### ${file.replace(/^1m-|\.csv\.gz$/g, '')}\n`);
    for (const each of SHAPES) {
      if (each.kind === 'ratio' && !sets.some(([, candles]) => knowsTakers(candles))) continue;
      console.log(`\`${each.kind} ${each.window}\`\n`);
      console.log('| symbol | days | calm | normal | lively | table’s normal |\n|---|---|---|---|---|---|');
      const shape = { ...each, cooldownMs: DEFAULT_COOLDOWN_MS, holdMs: 0 };
      for (const [symbol, candles] of sets) console.log(row(shape, symbol, candles));
      console.log('');
    }
  }
}
