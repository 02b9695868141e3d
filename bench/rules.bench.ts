import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Engine } from '../src/alerts/engine.ts';
import { CRASHED, fill, MILLION, makeRule, PRICE, SYMBOLS, symbols } from './million-rules.ts';
import type { Bench, BenchResult } from './model.ts';

const TICKS = 2_000_000;

/** ns per tick that changes nothing: the price trembles below every level. */
function quietTick(engine: Engine): number {
  let price = PRICE;
  const read = () => price;
  const run = (from: number, ticks: number) => {
    for (let i = from; i < from + ticks; i++) {
      price = PRICE + (i % 64);
      engine.tick(symbols[i % SYMBOLS] ?? '', i, i, read);
    }
  };
  run(2, TICKS / 10);
  const start = performance.now();
  run(TICKS, TICKS);
  return ((performance.now() - start) * 1e6) / TICKS;
}

/** ns per tick when every rule of the symbol is compared: plain columns, no index. */
function naiveTick(count: number): number {
  const perSymbol = Math.ceil(count / SYMBOLS);
  const books = symbols.map((_, s) => {
    const rules = Array.from({ length: perSymbol }, (_, i) => makeRule(i * SYMBOLS + s));
    return {
      levels: Float64Array.from(rules, (rule) => rule.threshold),
      sides: Int8Array.from(rules, (rule) => (rule.direction === 'up' ? 1 : -1)),
    };
  });
  const ticks = Math.min(TICKS, 40_000_000 / perSymbol);
  let crossed = 0;
  const run = () => {
    for (let i = 0; i < ticks; i++) {
      const price = PRICE + (i % 64);
      const book = books[i % SYMBOLS];
      if (!book) continue;
      const { levels, sides } = book;
      for (let r = 0; r < perSymbol; r++) {
        const side = sides[r] ?? 0;
        if (side * price >= side * (levels[r] ?? 0)) crossed += 1;
      }
    }
  };
  run();
  const start = performance.now();
  run();
  const spent = performance.now() - start;
  if (crossed > 0) throw new Error('a quiet tick crossed a level');
  return (spent * 1e6) / ticks;
}

function tickBench(name: string, count: number): Bench {
  return {
    name,
    async run(): Promise<BenchResult> {
      const value = round(quietTick(fill(count)));
      const baseline = round(naiveTick(count));
      return { name, value, unit: 'ns', baseline, ratio: round(baseline / value) };
    },
  };
}

/** Memory of a million rules, before any has fired; and, as a figure of its own, after half of them have. */
async function bytesPerRule(): Promise<BenchResult[]> {
  const before = await used();
  const engine = fill(MILLION);
  const waiting = (await used()) - before;
  crash(engine);
  const fired = (await used()) - before;
  if (engine.size !== MILLION) throw new Error('rules are missing');
  return [
    { name: 'rules.bytes', value: round(waiting / MILLION), unit: 'bytes' },
    { name: 'rules.bytes.fired', value: round(fired / MILLION), unit: 'bytes' },
  ];
}

/** The market falls through every level below it. */
function crash(engine: Engine): void {
  for (const symbol of symbols) engine.tick(symbol, 2, 2, () => CRASHED);
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

/** Bytes in use; what earlier benchmarks left is only gone after a few rounds, since buffers are freed in between. */
async function used(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}

export const benches: readonly Bench[] = [
  tickBench('rules.tick.1k', 1_000),
  tickBench('rules.tick.1m', 1_000_000),
  { name: 'rules.bytes', run: bytesPerRule },
];
