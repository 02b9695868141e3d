import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { WebSocket } from 'ws';
import { createEngine } from '../src/alerts/engine.ts';
import type { Rule } from '../src/alerts/rule.ts';
import { createConnections } from '../src/feed/connections.ts';
import { Pipeline } from '../src/feed/pipeline.ts';
import { RuleBook } from '../src/feed/rule-book.ts';
import { DEFAULT_TIMINGS } from '../src/feed/timings.ts';
import { systemClock } from '../src/kit/clock.ts';
import { silentLog } from '../src/kit/log.ts';
import type { Candle } from '../src/market/events.ts';
import type { SenderOptions } from './feed-sender.ts';
import type { Bench, BenchResult } from './model.ts';

const FRAMES = 400_000;
const RUNS = 5;
const RULES = 100_000;
const SYMBOLS = 500;
const STREAM = 'btcusdt@aggTrade';
const START = Date.UTC(2026, 10, 24);
const PRICE = 86_000;

/** A day of candles that end where the trades begin. */
function candles(): Candle[] {
  return Array.from({ length: 1440 }, (_, i) => ({
    openTime: START - (1440 - i) * 60_000,
    open: PRICE,
    high: PRICE + 50,
    low: PRICE - 50,
    close: PRICE,
    volume: 10,
    quoteVolume: 10 * PRICE,
    trades: 600,
    takerBuyQuoteVolume: 5 * PRICE,
    closed: true,
  }));
}

/** The rules of BTCUSDT and 499 other symbols: prices within a tenth, moves and ranges of five minutes. */
function rule(index: number): Rule {
  const kind = (['price', 'price', 'move', 'volatility'] as const)[index % 4] ?? 'price';
  const up = index % 8 < 4;
  const level =
    kind === 'price' ? PRICE * (1 + ((up ? 1 : -1) * (1 + (index % 997))) / 10_000) : 1 + (index % 50) / 10;
  return {
    v: 1,
    id: index.toString(36).padStart(6, '0'),
    chat: `chat-${index % 2_000}`,
    symbol: index % SYMBOLS === 0 ? 'BTCUSDT' : `COIN${index % SYMBOLS}USDT`,
    kind,
    direction: kind === 'volatility' || up ? 'up' : 'down',
    threshold: level,
    window: '5m',
    preset: undefined,
    rearm: kind === 'price' ? level * (up ? 0.998 : 1.002) : level * 0.7,
    mode: 'repeat',
    cooldownMs: 300_000,
    holdMs: 0,
    until: undefined,
    paused: false,
    createdBy: 'bench:1',
    createdAt: 0,
  };
}

/** Frames a second of the whole way: socket → decoder → windows → rules. */
async function ours(wsUrl: string): Promise<number> {
  const book = new RuleBook(createEngine(), silentLog());
  for (let index = 0; index < RULES; index++) book.add(rule(index), undefined);
  const pipeline = new Pipeline({
    book,
    onTransitions: () => undefined,
    onGap: () => undefined,
    onClosedCandle: () => undefined,
    onContract: () => undefined,
    onTrades50: () => undefined,
    onLag: () => undefined,
  });
  const watch = pipeline.watch({ symbol: 'BTCUSDT', base: 'BTC', tickSize: 0.1, status: 'TRADING' });
  pipeline.fill(watch, candles());
  const { promise, resolve } = Promise.withResolvers<number>();
  let frames = 0;
  let begun = 0;
  const connections = createConnections({
    wsUrl,
    timings: DEFAULT_TIMINGS,
    clock: systemClock,
    log: silentLog(),
    isLiquid: () => false,
    watchSilence: false,
    onEvent(event) {
      if (frames === 0) begun = performance.now();
      pipeline.handle(event);
      frames += 1;
      if (frames === FRAMES) resolve(FRAMES / ((performance.now() - begun) / 1000));
    },
  });
  connections.carry(new Set([STREAM]));
  const perSecond = await promise;
  await connections.stop();
  if (watch.accepted !== FRAMES) throw new Error(`only ${watch.accepted} of ${FRAMES} trades were taken in`);
  return perSecond;
}

/** Frames a second of `ws` with the same options and JSON.parse of each message, nothing else. */
async function parseOnly(wsUrl: string): Promise<number> {
  const socket = new WebSocket(`${wsUrl}/market/stream`, {
    perMessageDeflate: false,
    skipUTF8Validation: true,
  });
  await once(socket, 'open');
  const { promise, resolve } = Promise.withResolvers<number>();
  let frames = -1;
  let begun = 0;
  socket.on('message', (data) => {
    JSON.parse(String(data));
    // The first message is the answer to SUBSCRIBE.
    frames += 1;
    if (frames === 1) begun = performance.now();
    if (frames === FRAMES) resolve(FRAMES / ((performance.now() - begun) / 1000));
  });
  socket.send(JSON.stringify({ method: 'SUBSCRIBE', params: [STREAM], id: 1 }));
  const perSecond = await promise;
  socket.terminate();
  return perSecond;
}

async function measure(): Promise<BenchResult> {
  const workerData: SenderOptions = { frames: FRAMES, start: START };
  const worker = new Worker(new URL('./feed-sender.ts', import.meta.url), { workerData });
  try {
    const [port] = await once(worker, 'message');
    const wsUrl = `ws://127.0.0.1:${String(port)}`;
    const own: number[] = [];
    const base: number[] = [];
    // In turn, so that a slow spell of the machine hits both.
    for (let run = 0; run < RUNS; run++) {
      base.push(await parseOnly(wsUrl));
      own.push(await ours(wsUrl));
    }
    const value = Math.round(median(own));
    const baseline = Math.round(median(base));
    return {
      name: 'feed.frames',
      value,
      unit: 'frames/s',
      baseline,
      ratio: Math.round((value / baseline) * 100) / 100,
    };
  } finally {
    await worker.terminate();
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

export const benches: readonly Bench[] = [{ name: 'feed.frames', run: measure }];
