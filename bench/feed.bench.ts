import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { WebSocket } from 'ws';
import { createEngine } from '../src/alerts/engine.ts';
import type { Rule } from '../src/alerts/rule.ts';
import { type Connections, createConnections } from '../src/feed/connections.ts';
import type { FeedEvent } from '../src/feed/decode/events.ts';
import { Pipeline } from '../src/feed/pipeline.ts';
import { RuleBook } from '../src/feed/rule-book.ts';
import { DEFAULT_TIMINGS } from '../src/feed/timings.ts';
import { systemClock } from '../src/kit/clock.ts';
import { silentLog } from '../src/kit/log.ts';
import type { Candle } from '../src/market/events.ts';
import { FIRST_ID, type SenderOptions, streamsOf, symbolAt } from './feed-market.ts';
import type { Bench, BenchResult } from './model.ts';
import { percentile } from './percentile.ts';

const RUNS = 3;
const RULES = 100_000;
const RULED_SYMBOLS = 500;
/** Share of the frames in which the compiler is still at work and rules learn on which side of their levels they are. */
const UNSETTLED = 0.2;
const START = Date.UTC(2026, 10, 24);
const PRICE = 86_000;

const TRADES: SenderOptions['mix'] = [['aggTrade', 1]];
/** As one busy symbol sends: trades, candles, mark price, and its book ten times a second. */
const MIXED: SenderOptions['mix'] = [
  ['aggTrade', 40],
  ['depth20@100ms', 10],
  ['kline_1m', 4],
  ['markPrice@1s', 1],
];

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

/** The rules of 500 symbols: prices within a tenth, moves and ranges of five minutes. */
function rule(index: number): Rule {
  const kind = (['price', 'price', 'move', 'volatility'] as const)[index % 4] ?? 'price';
  const up = index % 8 < 4;
  const level =
    kind === 'price' ? PRICE * (1 + ((up ? 1 : -1) * (1 + (index % 997))) / 10_000) : 1 + (index % 50) / 10;
  return {
    v: 1,
    id: index.toString(36).padStart(6, '0'),
    chat: `chat-${index % 2_000}`,
    symbol: symbolAt(index % RULED_SYMBOLS),
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

/** A pipeline with 100,000 rules and warm windows of so many symbols. */
function startPipeline(symbols: number): Pipeline {
  const book = new RuleBook(createEngine(), silentLog());
  for (let index = 0; index < RULES; index++) book.add(rule(index), undefined);
  const pipeline = new Pipeline({
    book,
    onTransitions: () => undefined,
    onGap: ({ symbol }) => {
      throw new Error(`a trade of ${symbol} is missing`);
    },
    onClosedCandle: () => undefined,
    onContract: () => undefined,
    onTrades50: () => undefined,
    onLag: () => undefined,
  });
  const past = candles();
  for (let index = 0; index < symbols; index++) {
    const symbol = symbolAt(index);
    pipeline.fill(pipeline.watch({ symbol, base: symbol, tickSize: 0.1, status: 'TRADING' }), past);
  }
  return pipeline;
}

/** Carries streams and gives each event to `onEvent`; the caller stops it. */
function connect(
  wsUrl: string,
  streams: readonly string[],
  onEvent: (event: FeedEvent) => void,
): Connections {
  const connections = createConnections({
    wsUrl,
    timings: { ...DEFAULT_TIMINGS, dialSpacingMs: 1, controlSpacingMs: 1 },
    clock: systemClock,
    log: silentLog(),
    isLiquid: () => false,
    watchSilence: false,
    onEvent,
  });
  connections.carry(new Set(streams));
  return connections;
}

/** Frames that the calling thread has handled for a second of its own CPU time: one core, whatever else the machine does. */
function perCoreSecond(frames: number, since: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(since);
  return frames / ((user + system) / 1e6);
}

/** Frames a second of the whole way: socket → decoder → windows → rules. */
async function ours(wsUrl: string, options: SenderOptions): Promise<number> {
  const pipeline = startPipeline(options.symbols);
  const { promise, resolve } = Promise.withResolvers<number>();
  const unsettled = options.frames * UNSETTLED;
  let frames = 0;
  let begun: NodeJS.CpuUsage = { user: 0, system: 0 };
  const connections = connect(wsUrl, streamsOf(options), (event) => {
    if (frames === unsettled) begun = process.threadCpuUsage();
    pipeline.handle(event);
    frames += 1;
    if (frames === options.frames) resolve(perCoreSecond(frames - unsettled, begun));
  });
  const perSecond = await promise;
  await connections.stop();
  if (pipeline.malformed > 0) throw new Error(`${pipeline.malformed} frames were not understood`);
  return perSecond;
}

/** Frames a second of `ws` with the same options and JSON.parse of each message, nothing else. */
async function parseOnly(wsUrl: string, options: SenderOptions): Promise<number> {
  const socket = new WebSocket(`${wsUrl}/market/stream`, {
    perMessageDeflate: false,
    skipUTF8Validation: true,
  });
  await once(socket, 'open');
  const { promise, resolve } = Promise.withResolvers<number>();
  const unsettled = options.frames * UNSETTLED;
  let frames = -1;
  let begun: NodeJS.CpuUsage = { user: 0, system: 0 };
  socket.on('message', (data) => {
    JSON.parse(String(data));
    // The first message is the answer to SUBSCRIBE.
    frames += 1;
    if (frames === unsettled) begun = process.threadCpuUsage();
    if (frames === options.frames) resolve(perCoreSecond(frames - unsettled, begun));
  });
  socket.send(JSON.stringify({ method: 'SUBSCRIBE', params: streamsOf(options), id: 1 }));
  const perSecond = await promise;
  socket.terminate();
  return perSecond;
}

async function withSender<T>(options: SenderOptions, work: (wsUrl: string) => Promise<T>): Promise<T> {
  const worker = new Worker(new URL('./feed-sender.ts', import.meta.url), { workerData: options });
  try {
    const [port] = await once(worker, 'message');
    return await work(`ws://127.0.0.1:${String(port)}`);
  } finally {
    await worker.terminate();
  }
}

/** Frames a second, ours against the baseline, in turn so that a slow spell of the machine hits both. */
function measure(name: string, options: Omit<SenderOptions, 'start'>): Bench {
  const run = async (): Promise<BenchResult> => {
    const own: number[] = [];
    const base: number[] = [];
    const all = { ...options, start: START };
    await withSender(all, async (wsUrl) => {
      for (let round = 0; round < RUNS; round++) {
        base.push(await parseOnly(wsUrl, all));
        own.push(await ours(wsUrl, all));
      }
    });
    const value = Math.round(median(own));
    const baseline = Math.round(median(base));
    return { name, value, unit: 'frames/s', baseline, ratio: Math.round((value / baseline) * 100) / 100 };
  };
  return { name, run };
}

const PACE = 20_000;
const PACED_SECONDS = 10;

/** From the write of a frame to the socket until rules have decided on it, 20,000 frames a second, one a write. */
async function decision(): Promise<BenchResult> {
  const frames = PACE * PACED_SECONDS;
  const sentAt = new SharedArrayBuffer(frames * Float64Array.BYTES_PER_ELEMENT);
  const options: SenderOptions = {
    frames,
    symbols: 1,
    mix: TRADES,
    start: START,
    marketPerSecond: 100,
    pace: { perSecond: PACE, sentAt },
  };
  const pipeline = startPipeline(1);
  const times = new Float64Array(sentAt);
  const delays = new Float64Array(frames);
  await withSender(options, async (wsUrl) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let seen = 0;
    const connections = connect(wsUrl, streamsOf(options), (event) => {
      pipeline.handle(event);
      if (event.type !== 'trade') return;
      const index = event.trade.id - FIRST_ID;
      delays[index] = performance.timeOrigin + performance.now() - (times[index] ?? 0);
      seen += 1;
      if (seen === frames) resolve();
    });
    await promise;
    await connections.stop();
  });
  // The first second is the compiler's.
  const settled = [...delays.slice(PACE)];
  return { name: 'feed.decision', value: Number(percentile(settled, 0.99).toFixed(2)), unit: 'ms p99' };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

export const benches: readonly Bench[] = [
  measure('feed.frames', { frames: 400_000, symbols: 1, mix: TRADES, marketPerSecond: 100 }),
  measure('feed.frames.mixed', { frames: 100_000, symbols: 1, mix: MIXED, marketPerSecond: 100 }),
  measure('feed.frames.all', { frames: 400_000, symbols: 600, mix: TRADES, marketPerSecond: 6_000 }),
  { name: 'feed.decision', run: decision },
];
