import type { SKRSContext2D } from '@napi-rs/canvas';
import type { Fonts } from './fonts.ts';

/** Colours that keep their difference for colour-blind readers; direction is never told by them alone. */
export const INK = {
  paper: '#ffffff',
  text: '#1a1f29',
  soft: '#5a6472',
  grid: '#e6e9ee',
  up: '#0a7d5a',
  down: '#c9252d',
  upSoft: '#8cc9b4',
  downSoft: '#e6a3a6',
  level: '#b35c00',
  window: '#fff3cf',
  windowEdge: '#d9b64a',
  trigger: '#5b2bd6',
  paw: '#6b3410',
  warning: '#8a1f00',
} as const;

export interface TextStyle {
  size: number;
  weight?: number;
  colour?: string;
  align?: 'left' | 'right' | 'center';
}

/** Draws words and lines on one canvas. */
export interface Pen {
  context: SKRSContext2D;
  /** `y` is the middle of the line. */
  text(words: string, x: number, y: number, style: TextStyle): void;
  /** Width in pixels. */
  measure(words: string, style: TextStyle): number;
  line(from: readonly [x: number, y: number], to: readonly [x: number, y: number], style: LineStyle): void;
  rectangle(x: number, y: number, width: number, height: number, colour: string): void;
  /** A filled triangle whose tip is at (x, y), standing below it (`up`) or above it (`down`). */
  arrow(x: number, y: number, direction: 'up' | 'down', size: number, colour: string): void;
  /** Words on a filled box whose left edge is at `x`, centred on `y`. */
  tag(words: string, x: number, y: number, style: TextStyle & { box: string; width: number }): void;
}

export interface LineStyle {
  colour: string;
  width: number;
  dash?: readonly number[];
}

/** Makes a pen whose words are set in the packaged fonts, for a language (BCP 47). */
export function createPen(context: SKRSContext2D, fonts: Fonts, language: string): Pen {
  context.textBaseline = 'middle';

  function choose(words: string, { size, weight = 500, colour = INK.text, align = 'left' }: TextStyle): void {
    context.font = `${weight} ${size}px ${fonts.familyFor(words, language)}`;
    context.fillStyle = colour;
    context.textAlign = align;
  }

  const pen: Pen = {
    context,
    text(words, x, y, style) {
      choose(words, style);
      context.fillText(words, x, y);
    },
    measure(words, style) {
      choose(words, style);
      return context.measureText(words).width;
    },
    line([fromX, fromY], [toX, toY], { colour, width, dash = [] }) {
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.setLineDash([...dash]);
      context.beginPath();
      context.moveTo(fromX, fromY);
      context.lineTo(toX, toY);
      context.stroke();
      context.setLineDash([]);
    },
    rectangle(x, y, width, height, colour) {
      context.fillStyle = colour;
      context.fillRect(x, y, width, height);
    },
    arrow(x, y, direction, size, colour) {
      const base = direction === 'up' ? y + size : y - size;
      context.fillStyle = colour;
      context.beginPath();
      context.moveTo(x, y);
      context.lineTo(x - size * 0.62, base);
      context.lineTo(x + size * 0.62, base);
      context.closePath();
      context.fill();
    },
    tag(words, x, y, { box, width, ...style }) {
      const height = style.size * 1.4;
      pen.rectangle(x, y - height / 2, width, height, box);
      pen.text(words, x + 8, y, style);
    },
  };
  return pen;
}
