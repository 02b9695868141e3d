import type { Clock } from '../kit/clock.ts';
import {
  CHART_INTERVAL_MS,
  type ChartPicture,
  type DrawnPicture,
  type Picture,
  type Pictures,
} from '../notice/picture.ts';
import type { MarketRepository } from '../store/market.ts';
import { aggregateCandles } from './aggregate.ts';
import { withMinuteOfNow } from './minute-of-now.ts';
import { createRenderer, type Renderer, type RendererOptions } from './renderer.ts';

/** Candles of a whole chart. */
const CANDLES = 120;
/** Most pictures kept; each has some 30 kB. */
const MAX_KEPT = 64;

export interface ChartsOptions extends RendererOptions {
  market: Pick<MarketRepository, 'candles' | 'brief'>;
  clock: Clock;
  /** For how long a picture is given again instead of drawn anew, ms. */
  keepMs?: number;
}

export interface Charts extends Pictures {
  close(): Promise<void>;
}

/**
 * Makes the charts of what the feed has stored, and bars of what it is given. Equal pictures asked for at once or within
 * seconds are drawn once; and what was drawn ahead for a reply is what is shown with it, however long that took.
 */
export function createCharts(options: ChartsOptions): Charts {
  const { market, clock, keepMs = 10_000 } = options;
  const renderer = createRenderer(options);
  const kept = new Map<string, { drawn: Promise<DrawnPicture | undefined>; until: number }>();
  /** By the picture itself, as long as anybody holds it. */
  const own = new WeakMap<Picture, Promise<DrawnPicture | undefined>>();

  function forget(): void {
    const now = clock.now();
    for (const [key, { until }] of kept) if (until <= now || kept.size >= MAX_KEPT) kept.delete(key);
  }

  /** Draws it, unless an equal one is there. */
  const drawOrShare = (picture: Picture): Promise<DrawnPicture | undefined> => {
    const key = JSON.stringify(picture);
    const known = kept.get(key);
    if (known && known.until > clock.now()) return known.drawn;
    forget();
    const drawn =
      picture.type === 'bars'
        ? renderer.render({ picture }).then((png) => ({ png }))
        : drawStored(picture, market, renderer, clock);
    const entry = { drawn, until: clock.now() + keepMs };
    kept.set(key, entry);
    const drop = () => {
      if (kept.get(key) === entry) kept.delete(key);
    };
    // Neither a failure nor an empty market is worth keeping: the next one may get a picture.
    drawn.then((result) => result ?? drop(), drop);
    return drawn;
  };

  return {
    draw(picture) {
      const mine = own.get(picture);
      if (mine) return mine;
      const drawn = drawOrShare(picture);
      own.set(picture, drawn);
      const drop = () => own.delete(picture);
      drawn.then((result) => result ?? drop(), drop);
      return drawn;
    },
    close: () => renderer.close(),
  };
}

async function drawStored(
  picture: ChartPicture,
  market: ChartsOptions['market'],
  renderer: Renderer,
  clock: Clock,
): Promise<DrawnPicture | undefined> {
  const { symbol, interval, span } = picture;
  const intervalMs = CHART_INTERVAL_MS[interval];
  const wanted = span === undefined ? CANDLES : Math.ceil(span / intervalMs);
  const brief = await market.brief(symbol);
  // In a replay the market's time is not ours.
  const now = brief?.time ?? clock.now();
  const from = (Math.floor(now / intervalMs) - wanted + 1) * intervalMs;
  const minutes = withMinuteOfNow(await market.candles(symbol, from), brief, picture.trigger);
  const candles = aggregateCandles(minutes, intervalMs);
  const [first, newest] = [candles[0], candles.at(-1)];
  if (!first || !newest) return undefined;
  const png = await renderer.render({ picture, candles, last: brief?.last ?? newest.close });
  return { png, history: { from: first.openTime, candles: candles.length, wanted } };
}
