import { describeError } from '../kit/errors.ts';
import { CHART_INTERVAL_MS, type ChartInterval, type Picture } from '../notice/picture.ts';
import type { Context } from './context.ts';

type Words = Pick<Context, 't' | 'f' | 'symbols' | 'deps'>;

/** A symbol's chart with the words, figures and times of a chat. */
export function chartPicture(
  { t, f, symbols, deps }: Words,
  symbol: string,
  interval: ChartInterval,
): Picture {
  const source = symbols.source() ?? 'live';
  const span = f.duration(CHART_INTERVAL_MS[interval]);
  return {
    type: 'chart',
    symbol,
    interval,
    tickSize: symbols.tickSize(symbol),
    source,
    language: f.language,
    timezone: f.timezone,
    words: {
      title: `${symbol} · ${span}`,
      volume: t.chart.volume,
      zone: f.zone(deps.clock.now()),
      source: source === 'live' ? '' : t.chart.source[source],
    },
    alt: t.chart.alt(symbol, span),
  };
}

/** Has a picture drawn ahead of the text that it goes with; a failure is the affair of whoever shows it. */
export function drawAhead({ deps }: Pick<Context, 'deps'>, picture: Picture): void {
  deps.pictures.draw(picture).catch((error: unknown) => {
    deps.log.debug({ error: describeError(error) }, 'a picture was not drawn ahead');
  });
}
