import type { Rule } from '../alerts/rule.ts';
import {
  CHART_INTERVAL_MS,
  CHART_INTERVALS,
  type ChartInterval,
  type ChartPicture,
} from '../notice/picture.ts';
import { chartPicture } from './chart-picture.ts';
import type { Context } from './context.ts';
import { tallyWords } from './preview-words.ts';
import type { Barks } from './previews.ts';
import { conditionWords } from './rule-words.ts';

const DAY_MS = 86_400_000;
/** More candles than these are finer than a phone shows. */
const MOST_CANDLES = 168;

/** The candles of a week, or of what is known of it, with a paw print wherever a rule would have barked. */
export function previewPicture(context: Context, rule: Rule, barks: Barks): ChartPicture {
  const { t, f, symbols, deps } = context;
  const { symbol } = rule;
  const tickSize = symbols.tickSize(symbol);
  const now = deps.clock.now();
  const span = Math.min(7 * DAY_MS, Math.max(3_600_000, now - barks.from));
  const shown = {
    symbol,
    interval: intervalFor(span),
    tickSize,
    source: symbols.source() ?? 'live',
    at: now,
  };
  const picture = chartPicture(shown, t, f);
  const tally = tallyWords(barks.preview, t, f);
  return {
    ...picture,
    words: {
      ...picture.words,
      title: `${symbol} · ${conditionWords(rule, tickSize, t, f)}`,
      figure: tally,
    },
    alt: t.preview.alt(symbol, tally),
    span: Math.ceil(span / CHART_INTERVAL_MS[shown.interval]) * CHART_INTERVAL_MS[shown.interval],
    paws: barks.paws,
    ...(rule.kind === 'price' ? { level: rule.threshold } : {}),
  };
}

function intervalFor(span: number): ChartInterval {
  return CHART_INTERVALS.find((each) => span / CHART_INTERVAL_MS[each] <= MOST_CANDLES) ?? '1h';
}
