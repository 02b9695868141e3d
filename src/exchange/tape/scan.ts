import { z } from 'zod';
import { StartError } from '../../kit/errors.ts';
import type { Log } from '../../kit/log.ts';
import type { Listing } from '../market-model.ts';
import { routeOf } from '../streams.ts';
import { lineBatches, parseAnswer, parseFrame, type TapeAnswer } from './lines.ts';

/** What a tape holds, from one reading of it before it is played. */
export interface TapeContents {
  frames: number;
  /** Event times of the earliest and the latest frame, Unix ms. */
  firstTime: number;
  lastTime: number;
  streams: ReadonlySet<string>;
  /** Symbols that have streams of their own, as their frames spell them. */
  symbols: readonly string[];
  /** Rows of exchangeInfo made up from the frames: for tapes that do not bring it. */
  inferred: readonly Listing[];
  answers: readonly TapeAnswer[];
}

// Frames of a symbol that are looked at for its price and quantity grid.
const SAMPLES = 300;

const level = z.tuple([z.string(), z.string()]);
const payload = z.object({
  s: z.string(),
  p: z.string().optional(),
  q: z.string().optional(),
  b: z.array(level).optional(),
  a: z.union([z.array(level), z.number()]).optional(),
  k: z.object({ o: z.string(), h: z.string(), l: z.string(), c: z.string() }).optional(),
});

/** Reads the files once. Throws StartError when one cannot be read, or when there is no frame in any. */
export async function scanTape(files: readonly string[], log: Log): Promise<TapeContents> {
  let frames = 0;
  let firstTime = Number.POSITIVE_INFINITY;
  let lastTime = 0;
  const answers: TapeAnswer[] = [];
  const streams = new Set<string>();
  const grids = new Map<string, Grid>();
  for (const file of files) {
    for await (const lines of lineBatches(file, log)) {
      for (const line of lines) {
        const frame = parseFrame(line);
        if (!frame) {
          const answer = parseAnswer(line);
          if (answer) answers.push(answer);
          continue;
        }
        frames += 1;
        firstTime = Math.min(firstTime, frame.time);
        lastTime = Math.max(lastTime, frame.time);
        streams.add(frame.stream);
        const at = frame.stream.indexOf('@');
        if (at <= 0 || frame.stream.startsWith('!')) continue;
        const name = frame.stream.slice(0, at);
        let grid = grids.get(name);
        if (!grid) {
          grid = new Grid();
          grids.set(name, grid);
        }
        if (grid.samples < SAMPLES) grid.sample(frame.stream, frame.data);
      }
    }
  }
  if (frames === 0) throw new StartError(`tape ${files.join(', ')} holds no frame {"stream":…,"data":…}`);
  const known = [...grids.values()].filter((grid) => grid.symbol !== '');
  return {
    frames,
    firstTime,
    lastTime,
    streams,
    symbols: known.map((grid) => grid.symbol),
    inferred: known.filter((grid) => !grid.symbol.endsWith('_PERP')).map((grid) => grid.listing()),
    answers,
  };
}

/** The finest price and quantity seen of a symbol. */
class Grid {
  symbol = '';
  samples = 0;
  readonly #price = new Decimals();
  readonly #quantity = new Decimals();

  sample(stream: string, data: string): void {
    this.samples += 1;
    const parsed = payload.safeParse(parseJson(data));
    if (!parsed.success || routeOf(stream) === undefined) return;
    const { s, p, q, b, a, k } = parsed.data;
    this.symbol = s;
    // A mark price has eight decimals whatever the grid.
    if (p !== undefined && q !== undefined) {
      this.#price.see(p);
      this.#quantity.see(q);
    }
    for (const [price, quantity] of [...(b ?? []), ...(Array.isArray(a) ? a : [])]) {
      this.#price.see(price);
      this.#quantity.see(quantity);
    }
    for (const price of k ? [k.o, k.h, k.l, k.c] : []) this.#price.see(price);
  }

  listing(): Listing {
    const [, base = this.symbol, quote = 'USDT'] = /^(.+?)(USDT|USDC|BTC)(?:_\d+)?$/.exec(this.symbol) ?? [];
    return {
      symbol: this.symbol,
      pair: `${base}${quote}`,
      contractType: /_\d+$/.test(this.symbol) ? 'CURRENT_QUARTER' : 'PERPETUAL',
      deliveryDate: 4_133_404_800_000,
      onboardDate: 0,
      status: 'TRADING',
      baseAsset: base,
      quoteAsset: quote,
      marginAsset: quote,
      pricePrecision: this.#price.written,
      quantityPrecision: this.#quantity.written,
      underlyingType: 'COIN',
      underlyingSubType: [],
      filters: [
        { filterType: 'PRICE_FILTER', tickSize: this.#price.step(), minPrice: this.#price.step() },
        { filterType: 'LOT_SIZE', stepSize: this.#quantity.step(), minQty: this.#quantity.step() },
      ],
    };
  }
}

/** Decimals of numbers seen as text: how many are written, and how many are ever used. */
class Decimals {
  written = 0;
  #used = 0;

  see(text: string): void {
    const point = text.indexOf('.');
    if (point < 0) return;
    this.written = Math.max(this.written, text.length - point - 1);
    this.#used = Math.max(this.#used, text.replace(/0+$/, '').length - point - 1);
  }

  /** The step, with as many decimals as the exchange writes: 0.10 where prices read 64990.90. */
  step(): string {
    return (10 ** -this.#used).toFixed(this.written);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
