import type { BarsPicture, ChartPicture } from '../notice/picture.ts';
import type { ChartCandle } from './aggregate.ts';

/** A chart to be drawn: the picture's data with its candles, as it is handed to the worker. */
export interface ChartRequest {
  picture: ChartPicture;
  /** At least one, ascending. */
  candles: readonly ChartCandle[];
  /** The price of now, which may be newer than the last candle. */
  last: number;
}

/** Bars to be drawn: they bring all that they show. */
export interface BarsRequest {
  picture: BarsPicture;
}

/** Whatever the worker draws. */
export type DrawRequest = ChartRequest | BarsRequest;

/** Pixels of a picture: a phone shows the whole width, so type is set for a third of this size. */
export const CHART_SIZE = { width: 1200, height: 675 } as const;
