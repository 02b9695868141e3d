import { formatCompact, formatPrice } from '../market/format.ts';
import { CHART_INTERVAL_MS } from '../notice/picture.ts';
import { INK, type Pen, type TextStyle } from './pen.ts';
import { CHART_SIZE, type ChartRequest } from './request.ts';
import { type PriceScale, priceScale, type TimeMark, timeMarks } from './scale.ts';

const MINUTE_MS = 60_000;
/** Fewest places for candles: a handful of them is not blown up to posters. */
const MIN_PLACES = 40;
const LABEL: TextStyle = { size: 27, colour: INK.soft };

const MARGIN = 18;
const HEADER = 86;
const PRICE_BOTTOM = 492;
const VOLUME_TOP = 544;
/** A trigger this many places beyond the candles is no longer shown beside them. */
const FURTHEST = 5;
/** Least distance of two labels on the price axis. */
const LABEL_HEIGHT = 38;
const VOLUME_BOTTOM = 620;

/** Where everything goes: pixels of the two panels, and how prices, volumes and times become pixels. */
export interface Plot {
  left: number;
  right: number;
  top: number;
  priceBottom: number;
  volumeTop: number;
  volumeBottom: number;
  /** Width of a candle's place. */
  pitch: number;
  prices: PriceScale;
  /** Price marks as they are written. */
  priceLabels: readonly string[];
  times: readonly TimeMark[];
  /** Beginning of the first and end of the last place, Unix ms. */
  from: number;
  to: number;
  x(time: number): number;
  y(price: number): number;
  volumeY(volume: number): number;
}

/** Lays a chart out; the price axis is as wide as its longest label. */
export function layOutPlot(request: ChartRequest, pen: Pen): Plot {
  const { picture, candles, last } = request;
  const intervalMs = CHART_INTERVAL_MS[picture.interval];
  const first = candles[0]?.openTime ?? 0;
  const newest = withTrigger(candles.at(-1)?.openTime ?? 0, picture.trigger?.time, intervalMs);
  const places = Math.max(MIN_PLACES, (newest - first) / intervalMs + 1);
  const to = newest + intervalMs;
  const from = to - places * intervalMs;

  const low = Math.min(last, ...candles.map((candle) => candle.low));
  const high = Math.max(last, ...candles.map((candle) => candle.high));
  const [bottom, top] = withLevel(low, high, picture.level);
  const prices = priceScale(bottom, top, picture.tickSize, 6);
  const priceLabels = prices.marks.map((mark) => formatPrice(mark, prices.step, picture.language));
  const tags = [last, picture.level ?? last].map((price) => tagWords(price, request));
  const widest = Math.max(...[...priceLabels, ...tags].map((label) => pen.measure(label, LABEL)));

  const left = MARGIN;
  const right = CHART_SIZE.width - MARGIN - 16 - widest;
  const most = Math.max(...candles.map((candle) => candle.volume), Number.MIN_VALUE);
  return {
    left,
    right,
    top: HEADER,
    priceBottom: PRICE_BOTTOM,
    volumeTop: VOLUME_TOP,
    volumeBottom: VOLUME_BOTTOM,
    pitch: (right - left) / places,
    prices,
    priceLabels,
    times: timeMarks(from, to, 7, offsetOf(picture.timezone)),
    from,
    to,
    x: (time) => left + ((time - from) / (to - from)) * (right - left),
    y: (price) =>
      PRICE_BOTTOM - ((price - prices.low) / (prices.high - prices.low)) * (PRICE_BOTTOM - HEADER),
    volumeY: (volume) => VOLUME_BOTTOM - (volume / most) * (VOLUME_BOTTOM - VOLUME_TOP),
  };
}

/** The last place: an alert fires within a candle that is not closed, hence not stored yet. */
function withTrigger(newest: number, time: number | undefined, intervalMs: number): number {
  const running = time === undefined ? newest : Math.floor(time / intervalMs) * intervalMs;
  return running > newest && running - newest <= FURTHEST * intervalMs ? running : newest;
}

/** A price in a box beside the axis; `at` is its own height, `y` where the box has room. */
export interface PriceTag {
  kind: 'last' | 'level';
  words: string;
  at: number;
  y: number;
}

/** The last price and, if it is in view, the level; two that are close stand one above the other. */
export function priceTags(request: ChartRequest, plot: Plot): PriceTag[] {
  const tag = (kind: PriceTag['kind'], price: number): PriceTag => {
    const at = plot.y(price);
    return { kind, words: tagWords(price, request), at, y: at };
  };
  const last = tag('last', request.last);
  const { level } = request.picture;
  if (level === undefined || level < plot.prices.low || level > plot.prices.high) return [last];
  const other = tag('level', level);
  const overlap = LABEL_HEIGHT - Math.abs(other.at - last.at);
  if (overlap > 0) other.y += other.at < last.at ? -overlap : overlap;
  return [other, last];
}

function tagWords(price: number, { picture }: ChartRequest): string {
  return formatPrice(price, picture.tickSize, picture.language);
}

/** A level is shown if that does not press the candles together; else it stays outside. */
function withLevel(low: number, high: number, level: number | undefined): [number, number] {
  if (level === undefined) return [low, high];
  const reach = Math.max((high - low) * 0.6, high * 0.004);
  return level < low - reach || level > high + reach
    ? [low, high]
    : [Math.min(low, level), Math.max(high, level)];
}

/** Grid lines with their labels, and the frame's baseline. */
export function drawAxes(request: ChartRequest, plot: Plot, pen: Pen): void {
  const { picture, candles } = request;
  const { left, right, top, priceBottom, volumeTop, volumeBottom } = plot;
  const grid = { colour: INK.grid, width: 2 };
  const tags = priceTags(request, plot);
  plot.prices.marks.forEach((mark, i) => {
    const y = plot.y(mark);
    pen.line([left, y], [right, y], grid);
    const isCovered = tags.some((tag) => Math.abs(tag.y - y) < LABEL_HEIGHT);
    if (!isCovered) pen.text(plot.priceLabels[i] ?? '', right + 16, y, LABEL);
  });
  const label = timeLabels(picture.language, picture.timezone);
  let free = left;
  for (const mark of plot.times) {
    const x = plot.x(mark.time);
    pen.line([x, top], [x, volumeBottom], grid);
    const words = label(mark);
    const half = pen.measure(words, LABEL) / 2;
    // Not over the edge, where it would be cut.
    const centre = Math.min(Math.max(x, left + half), right - half);
    if (centre - half < free) continue;
    free = centre + half + 12;
    pen.text(words, centre, volumeBottom + 28, {
      ...LABEL,
      align: 'center',
      ...(mark.isDay ? { colour: INK.text, weight: 700 } : {}),
    });
  }
  pen.line([left, priceBottom + 14], [right, priceBottom + 14], grid);
  pen.line([left, volumeBottom], [right, volumeBottom], { colour: INK.soft, width: 2 });
  pen.text(picture.words.zone, CHART_SIZE.width - MARGIN, volumeBottom + 28, { ...LABEL, align: 'right' });
  const most = Math.max(...candles.map((candle) => candle.volume));
  if (most > 0) pen.text(formatCompact(most, picture.language), right + 16, volumeTop, LABEL);
}

function timeLabels(language: string, timezone: string): (mark: TimeMark) => string {
  const zone = { timeZone: timezone };
  const clock = new Intl.DateTimeFormat(language, {
    ...zone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const date = new Intl.DateTimeFormat(language, { ...zone, month: 'short', day: 'numeric' });
  return ({ time, isDay }) => (isDay ? date : clock).format(time);
}

/** A zone's distance from UTC at a moment, ms. */
function offsetOf(timezone: string): (time: number) => number {
  const wall = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  return (time) => {
    const part = Object.fromEntries(wall.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = part;
    return Date.UTC(year, month - 1, day, hour, minute) - Math.floor(time / MINUTE_MS) * MINUTE_MS;
  };
}
