import type { SKRSContext2D } from '@napi-rs/canvas';
import { formatUsd } from '../kit/money.ts';
import type { BarsPicture } from '../notice/picture.ts';
import type { Fonts } from './fonts.ts';
import { createPen, INK, type Pen, type TextStyle } from './pen.ts';
import { type BarsRequest, CHART_SIZE } from './request.ts';
import { type PriceScale, priceScale } from './scale.ts';

const LABEL: TextStyle = { size: 27, colour: INK.soft };
const FIGURE: TextStyle = { size: 24, weight: 700 };
const BAR = '#2f5f9e';

const LEFT = 18;
const TOP = 128;
const BOTTOM = 604;
const LABELS_Y = 636;
/** A limit so many times the highest bar is named above the picture: on its scale no bar would be seen. */
const LINE_WITHIN = 3;

interface Plot {
  right: number;
  scale: PriceScale;
  pitch: number;
  /** Middle of a bar. */
  x(index: number): number;
  y(nano: number): number;
}

/** Draws bars of money over whatever the canvas has: a bar a day, the limit, and what each day cost. */
export function drawBars({ picture }: BarsRequest, context: SKRSContext2D, fonts: Fonts): void {
  context.reset();
  const pen = createPen(context, fonts, picture.language);
  pen.rectangle(0, 0, CHART_SIZE.width, CHART_SIZE.height, INK.paper);
  const plot = layOut(picture, pen);
  drawScale(plot, pen);
  drawColumns(picture, plot, pen);
  drawDays(picture, plot, pen);
  drawLimit(picture, plot, pen);
  pen.text(picture.words.title, LEFT, 42, { size: 40, weight: 700 });
  pen.text(picture.words.total, CHART_SIZE.width - LEFT, 42, { size: 36, weight: 700, align: 'right' });
}

function layOut({ bars, line }: BarsPicture, pen: Pen): Plot {
  // A period without any cost is drawn too: on a scale of its own.
  const highest = Math.max(...bars.map(({ nano }) => nano), 1_000);
  const top = line !== undefined && line <= highest * LINE_WITHIN ? Math.max(line, highest) : highest;
  const scale = priceScale(0, top, 1, 5);
  const widest = Math.max(...scale.marks.map((mark) => pen.measure(formatUsd(mark), LABEL)));
  const right = CHART_SIZE.width - LEFT - 16 - widest;
  const pitch = (right - LEFT) / Math.max(bars.length, 1);
  return {
    right,
    scale,
    pitch,
    x: (index) => LEFT + (index + 0.5) * pitch,
    y: (nano) => BOTTOM - (nano / scale.high) * (BOTTOM - TOP),
  };
}

function drawScale(plot: Plot, pen: Pen): void {
  for (const mark of plot.scale.marks) {
    const y = plot.y(mark);
    pen.line([LEFT, y], [plot.right, y], { colour: mark === 0 ? INK.soft : INK.grid, width: 2 });
    pen.text(formatUsd(mark), plot.right + 16, y, LABEL);
  }
}

/** The last day is hollow: it is not over. */
function drawColumns({ bars }: BarsPicture, plot: Plot, pen: Pen): void {
  const { context } = pen;
  const width = Math.round(plot.pitch * 0.64);
  bars.forEach(({ nano }, i) => {
    if (nano <= 0) return;
    const left = Math.round(plot.x(i) - width / 2);
    // The smallest cost is still seen.
    const height = Math.max(4, BOTTOM - plot.y(nano));
    if (i < bars.length - 1) {
      pen.rectangle(left, BOTTOM - height, width, height, BAR);
    } else {
      context.strokeStyle = BAR;
      context.lineWidth = 3;
      context.strokeRect(left + 1.5, BOTTOM - height + 1.5, width - 3, height - 3);
    }
  });
  for (const i of named(bars, plot, pen)) {
    const nano = bars[i]?.nano ?? 0;
    const words = formatUsd(nano);
    const half = pen.measure(words, FIGURE) / 2;
    const x = Math.min(Math.max(plot.x(i), LEFT + half), plot.right - half);
    pen.text(words, x, Math.min(plot.y(nano), BOTTOM - 4) - 20, { ...FIGURE, align: 'center' });
  }
}

/** The bars whose figures have room above them: the highest among all that the figure reaches over. */
function named(bars: BarsPicture['bars'], plot: Plot, pen: Pen): number[] {
  return bars.flatMap(({ nano }, i) => {
    if (nano <= 0) return [];
    const reach = Math.ceil((pen.measure(formatUsd(nano), FIGURE) + 10) / plot.pitch) - 1;
    const isHighest = bars.every((other, at) => {
      if (at === i || Math.abs(at - i) > reach) return true;
      return at < i ? other.nano < nano : other.nano <= nano;
    });
    return isHighest ? [i] : [];
  });
}

/** As many days as have room, counted from the last. */
function drawDays({ bars }: BarsPicture, plot: Plot, pen: Pen): void {
  let free = plot.right;
  for (const [i, { label }] of [...bars.entries()].reverse()) {
    const half = pen.measure(label, LABEL) / 2;
    const x = Math.min(Math.max(plot.x(i), LEFT + half), plot.right - half);
    if (x + half > free) continue;
    free = x - half - 14;
    const isLast = i === bars.length - 1;
    pen.text(label, x, LABELS_Y, {
      ...LABEL,
      align: 'center',
      ...(isLast ? { colour: INK.text, weight: 700 } : {}),
    });
  }
}

function drawLimit({ line, words }: BarsPicture, plot: Plot, pen: Pen): void {
  if (line === undefined) return;
  const style = { size: 26, weight: 700, colour: INK.level };
  if (line > plot.scale.high) {
    pen.text(`↑ ${words.line}`, LEFT, TOP - 40, style);
    return;
  }
  const y = plot.y(line);
  pen.line([LEFT, y], [plot.right, y], { colour: INK.level, width: 3, dash: [14, 8] });
  pen.text(words.line, LEFT, y - 20, style);
}
