import { describeError } from '../kit/errors.ts';
import { CHART_INTERVAL_MS, type ChartInterval, type ChartPicture, type Picture } from '../notice/picture.ts';
import type { Context } from './context.ts';
import type { Formats } from './format.ts';
import type { Catalogue } from './locale/en.ts';

/** What is shown of which market, and the moment that the zone's name is of. */
export interface Shown extends Pick<ChartPicture, 'symbol' | 'interval' | 'tickSize' | 'source'> {
  at: number;
}

/** A symbol's chart with the words, figures and times of a chat. */
export function chartPicture({ at, ...shown }: Shown, t: Catalogue, f: Formats): ChartPicture {
  const span = f.duration(CHART_INTERVAL_MS[shown.interval]);
  return {
    type: 'chart',
    ...shown,
    language: f.language,
    timezone: f.timezone,
    words: {
      title: `${shown.symbol} · ${span}`,
      volume: t.chart.volume,
      zone: f.zone(at),
      source: shown.source === 'live' ? '' : t.chart.source[shown.source],
    },
    alt: t.chart.alt(shown.symbol, span),
  };
}

/** The chart of a symbol as it is now. */
export function currentChart(context: Context, symbol: string, interval: ChartInterval): ChartPicture {
  const { t, f, symbols, deps } = context;
  const tickSize = symbols.tickSize(symbol);
  const source = symbols.source() ?? 'live';
  return chartPicture({ symbol, interval, tickSize, source, at: deps.clock.now() }, t, f);
}

/** Has a picture drawn ahead of the text that it goes with; a failure is the affair of whoever shows it. */
export function drawAhead({ deps }: Pick<Context, 'deps'>, picture: Picture): void {
  deps.pictures.draw(picture).catch((error: unknown) => {
    deps.log.debug({ error: describeError(error) }, 'a picture was not drawn ahead');
  });
}
