import type { Plot } from './axes.ts';
import { INK, type Pen } from './pen.ts';
import type { ChartRequest } from './request.ts';

/** Half the width of a paw print, pixels. */
const SIZE = 15;
/** Paw prints nearer than this to each other become one, with their number: it has to have room above them. */
const REACH = { x: 36, y: 54 } as const;

/** Toes and ball of a paw print: centre and half axes, as shares of its size. */
const PADS = [
  [0, 0.42, 0.62, 0.5],
  [-0.78, -0.08, 0.24, 0.32],
  [-0.3, -0.6, 0.25, 0.36],
  [0.3, -0.6, 0.25, 0.36],
  [0.78, -0.08, 0.24, 0.32],
] as const;

/** One paw print, or several that lie on one another; pixels. */
interface Print {
  x: number;
  y: number;
  count: number;
}

/** A paw print wherever the rule would have barked, each on a light ring that keeps it apart from the candles. */
export function drawPaws({ picture }: ChartRequest, plot: Plot, pen: Pen): void {
  const prints = printsOf(picture.paws ?? [], plot);
  for (const { x, y } of prints) {
    ellipses(pen, x, y, 4.5, INK.paper);
    ellipses(pen, x, y, 0, INK.paw);
  }
  const style = { size: 22, weight: 800 };
  for (const { x, y, count } of prints) {
    if (count < 2) continue;
    const words = `×${count}`;
    const width = pen.measure(words, style);
    // Above it, or below where the picture ends.
    const middle = y - SIZE - 18 < plot.top ? y + SIZE + 18 : y - SIZE - 18;
    const left = Math.min(Math.max(x - width / 2, plot.left), plot.right - width);
    pen.context.globalAlpha = 0.8;
    pen.rectangle(left - 2, middle - 13, width + 4, 26, INK.paper);
    pen.context.globalAlpha = 1;
    pen.text(words, left, middle, { ...style, colour: INK.paw });
  }
}

function printsOf(paws: NonNullable<ChartRequest['picture']['paws']>, plot: Plot): Print[] {
  const prints: Print[] = [];
  for (const { time, price } of paws) {
    if (time < plot.from || time > plot.to) continue;
    const x = Math.min(Math.max(plot.x(time), plot.left + SIZE), plot.right - SIZE);
    const y = Math.min(Math.max(plot.y(price), plot.top + SIZE), plot.priceBottom - SIZE);
    const near = prints.find((print) => Math.abs(print.x - x) < REACH.x && Math.abs(print.y - y) < REACH.y);
    if (near) near.count += 1;
    else prints.push({ x, y, count: 1 });
  }
  return prints;
}

function ellipses({ context }: Pen, x: number, y: number, rim: number, colour: string): void {
  context.fillStyle = colour;
  for (const [dx, dy, rx, ry] of PADS) {
    context.beginPath();
    context.ellipse(x + dx * SIZE, y + dy * SIZE, rx * SIZE + rim, ry * SIZE + rim, 0, 0, 2 * Math.PI);
    context.fill();
  }
}
