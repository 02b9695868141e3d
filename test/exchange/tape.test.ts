import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Exchange, startExchange } from '../../src/exchange/server.ts';
import { openTape, type TapeMarket } from '../../src/exchange/tape.ts';
import { silentLog } from '../../src/kit/log.ts';
import { type Client, connect } from './client.ts';

const T = 1_795_334_400_000;
const trade = (id: number, time: number, symbol = 'BTCUSDT', price = '86117.80') =>
  `{"stream":"${symbol.toLowerCase()}@aggTrade","data":{"e":"aggTrade","E":${time},"a":${id},"s":"${symbol}","p":"${price}","q":"0.010","f":${id},"l":${id},"T":${time - 3},"m":true}}`;
const answer = (rest: string, data: unknown) => JSON.stringify({ rest, at: T, data });
const mark = (time: number) =>
  `{"stream":"btcusdt@markPrice@1s","data":{"e":"markPriceUpdate","E":${time},"s":"BTCUSDT","p":"86120.12345678","i":"86161.02347826","r":"0.00000837","T":${T + 3_600_000}}}`;

describe('a tape', () => {
  let dir: string;
  let exchange: Exchange<TapeMarket> | undefined;
  const clients: Client[] = [];
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sheepdog tape '));
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.socket.terminate();
    await exchange?.close();
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  const write = async (name: string, lines: readonly string[]) => {
    const path = join(dir, name);
    const text = `${lines.join('\n')}\n`;
    await writeFile(path, name.endsWith('.gz') ? gzipSync(text) : text);
    return path;
  };
  type Streams = Record<string, readonly string[]>;
  const watch = async (streams: Streams) => {
    for (const [route, names] of Object.entries(streams)) {
      const path = `${route}/stream?streams=${names.map(encodeURIComponent).join('/')}`;
      clients.push(await connect(`${exchange?.wsUrl}/${path}`));
    }
  };
  /** Serves a tape that begins by itself when it is watched, or, with `after` too long for a test, when told. */
  const serve = async (
    files: readonly string[],
    speed: number,
    after = { settleMs: 50, deadlineMs: 200 },
  ) => {
    const market = await openTape(files, { log: silentLog(), speed, ...after, longestPauseMs: 500 });
    exchange = await startExchange({ market, log: silentLog() });
    return market;
  };
  /** Plays a tape once all these streams are watched, however long that takes. */
  const play = async (files: readonly string[], speed: number, streams: Streams) => {
    const market = await serve(files, speed, { settleMs: 600_000, deadlineMs: 600_000 });
    await watch(streams);
    market.play();
    return market;
  };

  it('sends what was recorded byte for byte, merged by event time, and only what is subscribed', async () => {
    const first = [trade(1, T), trade(2, T + 200), '{"result":null,"id":1}', trade(3, T + 400)];
    const second = [mark(T + 100), trade(9, T + 150, 'ETHUSDT', '2757.29'), mark(T + 300), 'half a li'];
    const files = [await write('a.jsonl', first), await write('b.jsonl.gz', second)];
    const market = await play(files, 1000, { market: ['btcusdt@aggTrade', 'btcusdt@markPrice@1s'] });
    expect(await market.ended).toMatchObject({
      frames: 6,
      delivered: 5,
      firstTime: T,
      lastTime: T + 400,
      byType: { aggTrade: 4, 'markPrice@1s': 2 },
      complete: true,
    });
    const [client] = clients;
    await client?.frame(() => client.texts.length === 5);
    expect(client?.texts).toEqual([first[0], second[0], first[1], second[2], first[3]]);
  });

  it('waits until somebody watches trades, then keeps the pace of its event times', async () => {
    const file = await write('pace.jsonl', [trade(1, T), trade(2, T + 400), trade(3, T + 800)]);
    const market = await serve([file], 2);
    expect(market.now()).toBe(T);
    const begun = performance.now();
    await watch({ market: ['btcusdt@aggTrade'] });
    const statistics = await market.ended;
    const took = performance.now() - begun;
    expect(statistics.delivered).toBe(3);
    expect(took).toBeGreaterThanOrEqual(400);
    expect(market.now()).toBe(T + 800);
  });

  it('begins after the deadline when only other streams are watched, and names those it does not have', async () => {
    const file = await write('other.jsonl', [trade(1, T), mark(T + 10)]);
    const market = await serve([file], 1000);
    await watch({ market: ['btcusdt@markPrice@1s', 'btcusdt@kline_1m'] });
    expect((await market.ended).delivered).toBe(1);
    expect(market.silentStreams).toEqual(['btcusdt@kline_1m']);
  });

  it('cuts the days between two sessions short', async () => {
    const file = await write('sessions.jsonl', [trade(1, T), trade(2, T + 86_400_000 * 365)]);
    const market = await play([file], 100_000, { market: ['btcusdt@aggTrade'] });
    // At this speed the year between them would be five minutes.
    expect((await market.ended).delivered).toBe(2);
  });

  it('serves the recorded universe, candles and clock', async () => {
    const row = (open: number) => [open, '1', '2', '1', '2', '3', open + 59_999, '4', 5, '6', '7', '0'];
    const file = await write('rest.jsonl', [
      answer('/fapi/v1/exchangeInfo', {
        symbols: [
          { symbol: 'BTCUSDT', status: 'TRADING', pair: 'BTCUSDT' },
          { symbol: 'OMGUSDT', status: 'SETTLING' },
        ],
      }),
      answer('/fapi/v1/klines?symbol=BTCUSDT&interval=1m&limit=3', [
        row(T - 120_000),
        row(T - 60_000),
        row(T + 60_000),
      ]),
      answer('/fapi/v1/openInterest?symbol=BTCUSDT', {
        symbol: 'BTCUSDT',
        openInterest: '108899.067',
        time: T,
      }),
      trade(1, T),
      trade(2, T + 1000),
    ]);
    await play([file], 1, {});
    const get = async (path: string) => (await fetch(`${exchange?.restUrl}/fapi/v1/${path}`)).json();
    expect(await get('time')).toEqual({ serverTime: T });
    expect(await get('exchangeInfo')).toMatchObject({
      symbols: [{ symbol: 'BTCUSDT', pair: 'BTCUSDT' }, { symbol: 'OMGUSDT' }],
    });
    expect(await get('klines?symbol=BTCUSDT&interval=1m&limit=2')).toEqual([
      row(T - 120_000),
      row(T - 60_000),
    ]);
    expect(await get('klines?symbol=OMGUSDT&interval=1m')).toEqual([]);
    expect(await get('openInterest?symbol=BTCUSDT')).toMatchObject({ openInterest: '108899.067' });
    expect(await get('openInterest?symbol=OMGUSDT')).toMatchObject({ code: -4108 });
  });

  it('infers the universe of a tape that brings none, with the price grid of its frames', async () => {
    const file = await write('old.jsonl', [
      trade(1, T),
      trade(2, T + 1, '币安人生USDT', '0.4762000'),
      mark(T + 2),
    ]);
    const market = await openTape([file], { log: silentLog() });
    expect(market.symbols).toEqual(['BTCUSDT', '币安人生USDT']);
    const tick = (tickSize: string) => expect.objectContaining({ filterType: 'PRICE_FILTER', tickSize });
    expect(market.listings()).toMatchObject([
      { symbol: 'BTCUSDT', status: 'TRADING', baseAsset: 'BTC', filters: [tick('0.10'), {}] },
      { symbol: '币安人生USDT', baseAsset: '币安人生', filters: [tick('0.0001000'), {}] },
    ]);
  });

  it('plays what there is of a recording that was cut off, and refuses what is no tape', async () => {
    const whole = await write(
      'cut.jsonl.gz',
      Array.from({ length: 5000 }, (_, i) => trade(i, T + i)),
    );
    const bytes = await readFile(whole);
    await writeFile(whole, bytes.subarray(0, bytes.length - 40));
    const market = await openTape([whole], { log: silentLog() });
    expect(market.symbols).toEqual(['BTCUSDT']);
    await expect(openTape([join(dir, 'absent.jsonl')], { log: silentLog() })).rejects.toThrow(
      /cannot be read/,
    );
    const empty = await write('empty.jsonl', ['{"hello":1}']);
    await expect(openTape([empty], { log: silentLog() })).rejects.toThrow(/holds no frame/);
  });

  it('ends at once when it is closed on the way', async () => {
    const file = await write('long.jsonl', [trade(1, T), trade(2, T + 3_000), trade(3, T + 6_000)]);
    const market = await play([file], 1, { market: ['btcusdt@aggTrade'] });
    await clients[0]?.data('btcusdt@aggTrade');
    await exchange?.close();
    expect(await market.ended).toMatchObject({ frames: 1, complete: false });
  });

  it('does not lose a frame when a socket is slow', async () => {
    const count = 20_000;
    const file = await write(
      'fast.jsonl.gz',
      Array.from({ length: count }, (_, i) => trade(i, T + i)),
    );
    const market = await play([file], Number.POSITIVE_INFINITY, { market: ['btcusdt@aggTrade'] });
    const { socket } = clients[0] ?? {};
    await clients[0]?.data('btcusdt@aggTrade');
    socket?.pause();
    setTimeout(() => socket?.resume(), 300);
    expect((await market.ended).delivered).toBe(count);
    const [client] = clients;
    const last = trade(count - 1, T + count - 1);
    await client?.frame(() => client.texts.at(-1) === last);
    expect(client?.count('btcusdt@aggTrade')).toBe(count);
  });

  const recorded = join(
    import.meta.dirname,
    '../../../shared/data/ws-derived/tape-2023-04-05.aggTrade+depth20+markPrice.jsonl.gz',
  );
  it.skipIf(!existsSync(recorded))(
    'replays a recorded session frame for frame at 1000 times its pace',
    async () => {
      const lines = gunzipSync(await readFile(recorded))
        .toString()
        .trimEnd()
        .split('\n');
      const market = await play([recorded], 1000, {
        market: ['btcusdt@aggTrade', 'btcusdt@markPrice@1s'],
        public: ['btcusdt@depth20@100ms'],
      });
      const statistics = await market.ended;
      expect(statistics).toMatchObject({
        frames: 9631,
        delivered: 9631,
        complete: true,
        byType: { aggTrade: 4028, 'depth20@100ms': 5089, 'markPrice@1s': 514 },
      });
      const [trades, books] = clients;
      await trades?.frame(() => trades.frames.length === 4542);
      await books?.frame(() => books.frames.length === 5089);
      const isBook = (line: string) => line.startsWith('{"stream":"btcusdt@depth20@100ms"');
      expect(trades?.texts).toEqual(lines.filter((line) => !isBook(line)));
      expect(books?.texts).toEqual(lines.filter(isBook));
    },
  );
  if (!existsSync(recorded)) console.log('skipped: no recorded data');
});
