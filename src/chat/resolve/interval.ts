import { normalise, parseSpan } from '../../alerts/words.ts';
import { UserError } from '../../kit/errors.ts';
import { CHART_INTERVAL_MS, CHART_INTERVALS, type ChartInterval } from '../../notice/picture.ts';

/** What traders put behind the span: 15분봉, 15分足, 日线. */
const CANDLE_WORD = /(?:봉|足|线|線|k)$/;

/**
 * Takes the interval of candles out of the words: `15m`, `15분`, `1시간봉`, `日足`; undefined when none is there.
 * Throws UserError `interval-unknown` for a span that candles do not come in.
 */
export function splitInterval(words: readonly string[]): {
  interval: ChartInterval | undefined;
  rest: string[];
} {
  const spans = words.map(spanOf);
  const at = spans.findIndex((span) => span !== undefined);
  const interval = CHART_INTERVALS.find((each) => CHART_INTERVAL_MS[each] === spans[at]);
  if (at >= 0 && !interval) throw new UserError('interval-unknown', { word: words[at] ?? '' });
  return { interval, rest: words.filter((_, i) => i !== at) };
}

/** The interval that a word is; throws UserError `interval-unknown` when it is none. */
export function readInterval(word: string): ChartInterval {
  const { interval } = splitInterval([word]);
  if (!interval) throw new UserError('interval-unknown', { word });
  return interval;
}

function spanOf(word: string): number | undefined {
  const normal = normalise(word.slice(0, 32));
  const span = parseSpan(normal);
  if (span !== undefined || !CANDLE_WORD.test(normal)) return span;
  const bare = normal.replace(CANDLE_WORD, '');
  return parseSpan(/^\d/.test(bare) ? bare : `1${bare}`);
}
