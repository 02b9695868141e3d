import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { type Exchange, type Refusal, startExchange } from '../../src/exchange/server.ts';
import { createSimulatedMarket, type SimulatedMarket } from '../../src/exchange/simulated.ts';
import { type Connections, createConnections } from '../../src/feed/connections.ts';
import { FrameDecoder } from '../../src/feed/decode/decoder.ts';
import type { FeedEvent } from '../../src/feed/decode/events.ts';
import { Liveness } from '../../src/feed/liveness.ts';
import { backoffMs, Pacer } from '../../src/feed/pacer.ts';
import type { Route } from '../../src/feed/routes.ts';
import { RouteSocket } from '../../src/feed/socket.ts';
import { DEFAULT_TIMINGS, type FeedTimings } from '../../src/feed/timings.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { silentLog } from '../../src/kit/log.ts';
import { FAST } from './support.ts';

const log = silentLog();
const SOON = { timeout: 8_000, interval: 10 };

let exchange: Exchange<SimulatedMarket>;
let refusal: Refusal | undefined;
let upgrades: IncomingMessage[];
const closing: (() => Promise<void>)[] = [];

beforeEach(async () => {
  refusal = undefined;
  upgrades = [];
  exchange = await startExchange({
    market: createSimulatedMarket({ volatility: 0, bursts: false }),
    log,
    guard: (request) => {
      upgrades.push(request);
      return refusal;
    },
  });
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await exchange.close();
});

/** A server that lets everybody in and never says a word, not even to a ping. */
async function startDeafServer() {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, autoPong: false });
  const heard: { binary: boolean; text: string }[] = [];
  let dialled = 0;
  server.on('connection', (socket) => {
    dialled += 1;
    socket.on('message', (data, binary) => heard.push({ binary, text: String(data) }));
  });
  await once(server, 'listening');
  closing.push(async () => {
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `ws://127.0.0.1:${port}`, heard, dialled: () => dialled };
}

function open(route: Route, timings: Partial<FeedTimings> = {}, wsUrl = exchange.wsUrl) {
  const seen = {
    frames: 0,
    acknowledged: [] as string[],
    lost: [] as string[],
    refused: [] as (string | undefined)[],
  };
  const decoder = new FrameDecoder();
  const all = { ...DEFAULT_TIMINGS, ...FAST, ...timings };
  const socket = new RouteSocket({
    wsUrl,
    route,
    timings: all,
    dials: new Pacer(all.dialSpacingMs),
    log,
    events: {
      frame: (frame) => {
        seen.frames += 1;
        decoder.decode(frame);
      },
      acknowledged: (streams) => seen.acknowledged.push(...streams),
      lost: (why) => seen.lost.push(why),
      leaving: () => undefined,
      refused: (why) => seen.refused.push(why),
    },
  });
  closing.push(() => socket.stop());
  return { socket, seen, decoder };
}

function connect(timings: Partial<FeedTimings> = {}): { connections: Connections; events: FeedEvent[] } {
  const events: FeedEvent[] = [];
  const connections = createConnections({
    wsUrl: exchange.wsUrl,
    timings: { ...DEFAULT_TIMINGS, ...FAST, ...timings },
    clock: systemClock,
    log,
    isLiquid: () => true,
    watchSilence: true,
    onEvent: (event) => events.push(event),
  });
  closing.push(() => connections.stop());
  return { connections, events };
}

const held = () => [...exchange.connections].flatMap((each) => [...each.subscriptions]);
const ids = (count: number) => Array.from({ length: count }, (_, i) => `coin${i}usdt@aggTrade`);

describe('a socket', () => {
  it('asks in batches of a hundred, slowly enough', async () => {
    const { socket, seen } = open('market');
    socket.carry(new Set(ids(450)));
    await vi.waitFor(() => expect(seen.acknowledged).toHaveLength(450), SOON);
    expect(held()).toHaveLength(450);
    const [connection] = exchange.connections;
    expect(connection?.peakPerSecond).toBeLessThanOrEqual(10);
  });

  it('changes what it carries while it is open', async () => {
    const { socket, seen } = open('market');
    socket.carry(new Set(['btcusdt@aggTrade', 'btcusdt@kline_1m']));
    await vi.waitFor(() => expect(seen.acknowledged).toHaveLength(2), SOON);
    socket.carry(new Set(['btcusdt@kline_1m', '币安人生usdt@aggTrade']));
    await vi.waitFor(
      () => expect(held().sort()).toEqual(['btcusdt@kline_1m', '币安人生usdt@aggTrade']),
      SOON,
    );
  });

  it.each([1001, 1006])('dials again after close %i and asks for everything', async (code) => {
    const { socket, seen } = open('market');
    socket.carry(new Set(['tradingSession', 'btcusdt@kline_1m']));
    await vi.waitFor(() => expect(seen.acknowledged).toHaveLength(2), SOON);
    for (const connection of exchange.connections) {
      if (code === 1006) connection.drop();
      else connection.close(code);
    }
    await vi.waitFor(() => expect(seen.acknowledged).toHaveLength(4), SOON);
    expect(seen.lost[0]).toContain(`code ${code}`);
    expect(held().sort()).toEqual(['btcusdt@kline_1m', 'tradingSession']);
  });

  it('asks more slowly after it was cut for asking too fast', async () => {
    const { socket, seen } = open('market', { controlSpacingMs: 110 });
    const streams = ids(201);
    socket.carry(new Set(streams));
    await vi.waitFor(() => expect(seen.acknowledged).toHaveLength(201), SOON);
    for (const connection of exchange.connections) connection.close(1008, 'Too many requests');
    await vi.waitFor(() => expect(seen.acknowledged).toHaveLength(301), SOON);
    expect(seen.lost).toEqual(['code 1008: Too many requests']);
    const begun = performance.now();
    await vi.waitFor(() => expect(seen.acknowledged).toHaveLength(402), SOON);
    expect(performance.now() - begun).toBeGreaterThan(2 * 180);
  });

  it('gives up a connection that answers no ping', async () => {
    const deaf = await startDeafServer();
    const { socket, seen } = open('market', { pingEveryMs: 50, pongMs: 100 }, deaf.url);
    socket.carry(new Set(['tradingSession']));
    await vi.waitFor(() => expect(seen.lost[0]).toMatch(/no pong/), SOON);
    await vi.waitFor(() => expect(deaf.dialled()).toBeGreaterThan(1), SOON);
  });

  it('gives up a connection that does not answer SUBSCRIBE, in text frames with whole ids', async () => {
    const deaf = await startDeafServer();
    const { socket, seen } = open('market', { ackMs: 100 }, deaf.url);
    socket.carry(new Set(['tradingSession']));
    await vi.waitFor(() => expect(seen.lost[0]).toMatch(/no answer to SUBSCRIBE/), SOON);
    expect(deaf.heard[0]).toEqual({
      binary: false,
      text: '{"method":"SUBSCRIBE","params":["tradingSession"],"id":1}',
    });
  });

  it.each([403, 418, 429])(
    'waits as long as it is told when it is turned away with %i, and says why',
    async (status) => {
      refusal = { status, headers: { 'Retry-After': '1' }, body: '' };
      const { socket, seen } = open('market', { limitedMs: 10 });
      socket.carry(new Set(['tradingSession']));
      await vi.waitFor(() => expect(seen.refused).toEqual([`HTTP ${status} on the opening handshake`]), SOON);
      refusal = undefined;
      const turnedAway = performance.now();
      await vi.waitFor(() => expect(seen.frames).toBeGreaterThan(0), SOON);
      expect(performance.now() - turnedAway).toBeGreaterThan(900);
      expect(seen.refused.at(-1)).toBeUndefined();
      expect(upgrades).toHaveLength(2);
    },
  );

  it('waits longer before each dial until data has come; that a connection opens is not enough', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(1);
    closing.push(async () => void vi.restoreAllMocks());
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    const dialled: number[] = [];
    server.on('connection', (socket) => {
      dialled.push(performance.now());
      if (dialled.length === 5) socket.send('{"stream":"tradingSession","data":{"e":"EquityUpdate"}}');
      socket.close(1001);
    });
    await once(server, 'listening');
    closing.push(async () => void server.close());
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const timings = { backoffBaseMs: 100, backoffCapMs: 10_000 };
    const { socket, seen } = open('market', timings, `ws://127.0.0.1:${port}`);
    socket.carry(new Set(['tradingSession']));
    await vi.waitFor(() => expect(dialled.length).toBeGreaterThanOrEqual(6), SOON);
    const pauses = dialled.slice(1).map((at, i) => at - (dialled[i] ?? 0));
    for (const [i, least] of [100, 200, 400, 800].entries())
      expect(pauses[i]).toBeGreaterThanOrEqual(least - 2);
    expect(seen.frames).toBe(1);
    // Without the data it would have been 1,600.
    expect(pauses[4]).toBeLessThan(1_600);
  });

  it('ends for good when it is stopped, also while it waits', async () => {
    refusal = { status: 451, body: '' };
    const { socket } = open('market', { refusedMs: 60_000 });
    socket.carry(new Set(['tradingSession']));
    await vi.waitFor(() => expect(upgrades).toHaveLength(1), SOON);
    await socket.stop();
    expect(upgrades).toHaveLength(1);
  });
});

describe('connections', () => {
  it('notice a stream on the wrong route: acknowledged, and silent for ever', async () => {
    const streams = ['btcusdt@aggTrade', 'btcusdt@depth20@100ms'];
    const { socket, seen, decoder } = open('public');
    socket.carry(new Set(streams));
    await vi.waitFor(() => expect(seen.acknowledged.sort()).toEqual(streams), SOON);
    const watch = new Liveness({
      framesOf: (stream) => decoder.framesOf(stream),
      isLiquid: () => true,
      scale: 0.05,
    });
    watch.acknowledged(streams, performance.now());
    await vi.waitFor(() => {
      watch.look(performance.now());
      expect(watch.silent).toEqual(['btcusdt@aggTrade']);
    }, SOON);
  });

  it('tell which stream is silent and ask for it again, while the others go on', async () => {
    exchange.market.freeze('btcusdt@markPrice@1s');
    const { connections } = connect({ silenceScale: 0.1, controlSpacingMs: 150 });
    connections.carry(
      new Set(['btcusdt@markPrice@1s', 'btcusdt@depth20@100ms', 'tradingSession', 'ethusdt@kline_1m']),
    );
    await vi.waitFor(() => {
      const [market] = connections.routes();
      expect(market).toMatchObject({ state: 'silent' });
      expect(market?.silent).toContain('btcusdt@markPrice@1s');
    }, SOON);
    expect(connections.routes()[1]).toMatchObject({ route: 'public', silent: [] });
    exchange.market.thaw('btcusdt@markPrice@1s');
    await vi.waitFor(
      () => expect(connections.routes()[0]?.silent).not.toContain('btcusdt@markPrice@1s'),
      SOON,
    );
  });

  it('dial again when nothing at all comes through an open socket', async () => {
    const streams = ['btcusdt@markPrice@1s', 'tradingSession'];
    const { connections } = connect({ silenceScale: 0.4 });
    connections.carry(new Set(streams));
    await vi.waitFor(() => expect(connections.live().live).toBe(true), SOON);
    const dialled = upgrades.length;
    for (const stream of streams) exchange.market.freeze(stream);
    await vi.waitFor(() => expect(upgrades.length).toBeGreaterThan(dialled), SOON);
    for (const stream of streams) exchange.market.thaw(stream);
    await vi.waitFor(() => expect(connections.live().live).toBe(true), SOON);
  });

  it('put at most two hundred streams on a socket, and close the ones that are not needed any more', async () => {
    const { connections } = connect();
    connections.carry(new Set(['tradingSession', ...ids(401)]));
    await vi.waitFor(() => expect(held()).toHaveLength(402), SOON);
    expect([...exchange.connections].map((each) => each.subscriptions.size).sort()).toEqual([2, 200, 200]);
    connections.carry(new Set(['tradingSession']));
    await vi.waitFor(() => expect(held()).toEqual(['tradingSession']), SOON);
    expect(exchange.connections.size).toBe(1);
  });

  it('alarm a route that acknowledges everything and never sends', async () => {
    const { connections } = connect({ silenceScale: 0.05 });
    connections.carry(new Set(['nosuchusdt@depth20@100ms']));
    await vi.waitFor(
      () => expect(connections.routes()[0]).toMatchObject({ route: 'public', state: 'silent' }),
      SOON,
    );
    expect(connections.live().reasons).toEqual(['/public is silent']);
    await vi.waitFor(() => expect(upgrades.length).toBeGreaterThan(1), SOON);
  });

  it('are renewed before their time is over, without a moment in which nothing comes', async () => {
    const { connections, events } = connect({ lifetimeMs: 300, lifetimeSpreadMs: 100 });
    const streams = ['btcusdt@aggTrade', 'tradingSession'];
    connections.carry(new Set(streams));
    await vi.waitFor(() => expect(connections.live().live).toBe(true), SOON);
    const blind: string[] = [];
    const dialled = upgrades.length;
    while (upgrades.length < dialled + 3) {
      exchange.market.print('BTCUSDT', 86_117.8, 0.001);
      blind.push(...connections.live().reasons);
      await new Promise(setImmediate);
    }
    expect(blind).toEqual([]);
    const seen = new Set(events.flatMap((event) => (event.type === 'trade' ? [event.trade.id] : [])));
    expect(seen.size).toBe(Math.max(...seen) - Math.min(...seen) + 1);
    await vi.waitFor(() => expect(exchange.connections.size).toBeLessThanOrEqual(2), SOON);
  });

  it('are renewed when what they bring has been late for a while, by the exchange’s own clock', async () => {
    const late = await startExchange({
      market: createSimulatedMarket({
        volatility: 0,
        bursts: false,
        clock: { now: () => Date.now() - 20_000 },
      }),
      log,
      guard: (request) => {
        upgrades.push(request);
        return undefined;
      },
    });
    closing.push(() => late.close());
    const start = (offset: number) => {
      const connections = createConnections({
        wsUrl: late.wsUrl,
        timings: { ...DEFAULT_TIMINGS, ...FAST, lagPatienceMs: 100 },
        clock: systemClock,
        log,
        isLiquid: () => true,
        watchSilence: true,
        clockOffset: () => offset,
        onEvent: () => undefined,
      });
      closing.push(() => connections.stop());
      connections.carry(new Set(['btcusdt@aggTrade', 'btcusdt@depth20@100ms']));
      return connections;
    };
    const right = start(-20_000);
    await vi.waitFor(() => expect(right.frames()).toBeGreaterThan(100), SOON);
    expect(upgrades).toHaveLength(2);
    start(0);
    await vi.waitFor(() => expect(upgrades.length).toBeGreaterThan(4), SOON);
  });

  it('leave a server that is about to shut down', async () => {
    const { connections, events } = connect();
    connections.carry(new Set(['tradingSession']));
    await vi.waitFor(() => expect(events.length).toBeGreaterThan(0), SOON);
    const [first] = exchange.connections;
    first?.send('{"e":"serverShutdown","E":1795334400123}');
    await vi.waitFor(() => expect(upgrades).toHaveLength(2), SOON);
    await vi.waitFor(() => expect(held()).toEqual(['tradingSession']), SOON);
  });
});

describe('pacing', () => {
  it('spreads reconnects over the whole interval, which doubles up to its cap', () => {
    expect(backoffMs(0, 500, 30_000, () => 1)).toBe(500);
    expect(backoffMs(3, 500, 30_000, () => 1)).toBe(4_000);
    expect(backoffMs(50, 500, 30_000, () => 1)).toBe(30_000);
    expect(backoffMs(3, 500, 30_000, () => 0)).toBe(0);
  });

  it('lets a burst pass, and beyond it one after every while', async () => {
    const pacer = new Pacer(0, { burst: 3, everyMs: 40 });
    const { signal } = new AbortController();
    const passed: number[] = [];
    const begun = performance.now();
    const turns = Array.from({ length: 5 }, async () => {
      await pacer.turn(signal);
      passed.push(performance.now() - begun);
    });
    await Promise.all(turns.slice(0, 3));
    expect(passed).toHaveLength(3);
    await Promise.all(turns);
    expect(passed[3]).toBeGreaterThanOrEqual(38);
    expect(passed[4]).toBeGreaterThanOrEqual(78);
  });

  it('dials far less than the exchange allows an address, and a whole market at once', () => {
    const { dialSpacingMs, dialBurst, dialEveryMs } = DEFAULT_TIMINGS;
    expect(dialBurst + 300_000 / dialEveryMs).toBeLessThan(300 / 2);
    // 570 perpetuals: three streams each on /market and one on /public, 200 a socket.
    expect(Math.ceil((570 * 3 + 5) / 200) + Math.ceil(570 / 200)).toBeLessThanOrEqual(dialBurst);
    expect(dialBurst * dialSpacingMs).toBeLessThan(2_000);
  });

  it('lets callers pass one at a time', async () => {
    const pacer = new Pacer(30);
    const { signal } = new AbortController();
    const begun = performance.now();
    await Promise.all([pacer.turn(signal), pacer.turn(signal), pacer.turn(signal)]);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(58);
    await expect(pacer.turn(AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
  });
});
