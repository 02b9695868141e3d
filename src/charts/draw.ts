import type { SKRSContext2D } from '@napi-rs/canvas';
import { formatPercent } from '../market/format.ts';
import type { ChartCandle } from './aggregate.ts';
import { drawAxes, layOutPlot, type Plot, priceTags } from './axes.ts';
import type { Fonts } from './fonts.ts';
import { drawPaws } from './paws.ts';
import { createPen, INK, type Pen } from './pen.ts';
import { CHART_SIZE, type ChartRequest } from './request.ts';

/** Draws a whole chart over whatever the canvas has: header, candles with volume, and what is marked in them. */
export function drawChart(request: ChartRequest, context: SKRSContext2D, fonts: Fonts): void {
  // A chart that failed half-way must not turn or fade the next one.
  context.reset();
  const pen = createPen(context, fonts, request.picture.language);
  pen.rectangle(0, 0, CHART_SIZE.width, CHART_SIZE.height, INK.paper);
  const plot = layOutPlot(request, pen);
  drawWindow(request, plot, pen);
  drawAxes(request, plot, pen);
  for (const candle of request.candles) drawCandle(candle, plot, pen);
  drawSource(request, plot, pen);
  drawTags(request, plot, pen);
  drawTrigger(request, plot, pen);
  drawPaws(request, plot, pen);
  drawHeader(request, plot, pen);
}

/** Risen candles are hollow, fallen ones full: told apart without colour. */
function drawCandle(candle: ChartCandle, plot: Plot, pen: Pen): void {
  const { context } = pen;
  const { openTime, open, high, low, close, volume } = candle;
  const rose = close >= open;
  const colour = rose ? INK.up : INK.down;
  const left = Math.round(plot.x(openTime));
  const width = Math.max(3, Math.round(plot.pitch * 0.72));
  const middle = left + width / 2;
  const [top, bottom] = [plot.y(Math.max(open, close)), plot.y(Math.min(open, close))];
  const height = Math.max(2, bottom - top);
  pen.line([middle, plot.y(high)], [middle, top], { colour, width: 2 });
  pen.line([middle, bottom], [middle, plot.y(low)], { colour, width: 2 });
  const bar = plot.volumeY(volume);
  if (!rose || height < 5) {
    pen.rectangle(left, top, width, height, colour);
  } else {
    context.strokeStyle = colour;
    context.lineWidth = 2;
    context.strokeRect(left + 1, top + 1, width - 2, height - 2);
  }
  pen.rectangle(left, bar, width, plot.volumeBottom - bar, rose ? INK.upSoft : INK.downSoft);
}

/** The time that the rule's window spanned, shaded. */
function drawWindow({ picture }: ChartRequest, plot: Plot, pen: Pen): void {
  if (!picture.window) return;
  const from = Math.max(plot.left, plot.x(picture.window.from));
  const to = Math.min(plot.right, plot.x(picture.window.to));
  if (to < plot.left || from > plot.right) return;
  // A window shorter than a candle is still seen.
  const width = Math.max(6, to - from);
  pen.rectangle(from, plot.top, width, plot.volumeBottom - plot.top, INK.window);
  for (const x of [from, from + width]) {
    pen.line([x, plot.top], [x, plot.volumeBottom], { colour: INK.windowEdge, width: 2, dash: [4, 6] });
  }
}

/** The last price, and the level with its broken line. */
function drawTags(request: ChartRequest, plot: Plot, pen: Pen): void {
  const x = plot.right + 6;
  const width = CHART_SIZE.width - x - 4;
  for (const { kind, words, at, y } of priceTags(request, plot)) {
    const isLevel = kind === 'level';
    const box = isLevel ? INK.level : INK.text;
    const line = isLevel ? { width: 3, dash: [14, 8] } : { width: 2, dash: [2, 6] };
    pen.line([plot.left, at], [plot.right, at], { ...line, colour: box });
    pen.tag(words, x, y, { size: 27, weight: 700, colour: INK.paper, box, width });
  }
}

/** Where it fired: an arrow on a ring, so that it is found among the candles. */
function drawTrigger({ picture }: ChartRequest, plot: Plot, pen: Pen): void {
  const { trigger } = picture;
  if (!trigger || trigger.time < plot.from || trigger.time > plot.to) return;
  const { context } = pen;
  const x = plot.x(trigger.time);
  const y = Math.min(Math.max(plot.y(trigger.price), plot.top), plot.priceBottom);
  context.strokeStyle = INK.trigger;
  context.lineWidth = 4;
  context.beginPath();
  context.arc(x, y, 11, 0, 2 * Math.PI);
  context.stroke();
  const up = trigger.direction === 'up';
  pen.arrow(x, up ? y + 17 : y - 17, trigger.direction, 30, INK.trigger);
}

/** Not the live market: said across the whole picture, so that no cut of it can be passed off as real. */
function drawSource({ picture }: ChartRequest, plot: Plot, pen: Pen): void {
  if (picture.source === 'live') return;
  const { context } = pen;
  const [x, y] = [(plot.left + plot.right) / 2, (plot.top + plot.priceBottom) / 2];
  context.save();
  context.globalAlpha = 0.16;
  context.translate(x, y);
  context.rotate(-0.18);
  const room = (plot.right - plot.left) * 0.9;
  const size = Math.min(150, (150 * room) / pen.measure(picture.words.source, { size: 150, weight: 800 }));
  pen.text(picture.words.source, 0, 0, { size, weight: 800, colour: INK.warning, align: 'center' });
  context.restore();
}

function drawHeader({ picture, candles, last }: ChartRequest, plot: Plot, pen: Pen): void {
  const { title, figure, volume } = picture.words;
  const right =
    figure === undefined
      ? changeWords(candles[0]?.open ?? last, last, picture.language)
      : { words: figure, colour: INK.paw };
  const style = { size: 36, weight: 700, colour: right.colour, align: 'right' } as const;
  const room = CHART_SIZE.width - 18 - plot.left - pen.measure(right.words, style) - 30;
  const size = Math.min(40, (40 * room) / pen.measure(title, { size: 40, weight: 700 }));
  pen.text(title, plot.left, 42, { size, weight: 700 });
  pen.text(right.words, CHART_SIZE.width - 18, 42, style);
  pen.text(volume, plot.left + 4, plot.priceBottom + 33, { size: 22, colour: INK.soft });
}

/** How much the price changed over the picture; its direction by an arrow too. */
function changeWords(open: number, last: number, language: string): { words: string; colour: string } {
  const change = open > 0 ? (last / open - 1) * 100 : 0;
  const figure = formatPercent(change, language, { signed: true }).replace('-', '−');
  const arrow = change > 0 ? '▲ ' : change < 0 ? '▼ ' : '';
  return { words: `${arrow}${figure}`, colour: change < 0 ? INK.down : INK.up };
}
