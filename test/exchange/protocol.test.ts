import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { routeOf } from '../../src/exchange/streams.ts';
import { startTestExchange, type TestExchange } from '../world/exchange.ts';
import { type Client, connect } from './client.ts';

const MARKET = 'btcusdt@aggTrade';
const PUBLIC = 'btcusdt@depth20@100ms';

describe('the loopback exchange, on WebSocket', () => {
  let exchange: TestExchange;
  const clients: Client[] = [];
  const open = async (path: string) => {
    const client = await connect(`${exchange.wsUrl}${path}`);
    clients.push(client);
    return client;
  };
  beforeEach(async () => {
    exchange = await startTestExchange();
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.socket.terminate();
    await exchange.close();
  });

  it.each([
    ['/market/stream', MARKET, PUBLIC],
    ['/public/stream', PUBLIC, MARKET],
    ['/stream', PUBLIC, MARKET],
  ])(
    'on %s sends %s and keeps silent about %s, though it acknowledges both',
    async (path, served, silent) => {
      const client = await open(path);
      expect(await client.ask({ method: 'SUBSCRIBE', params: [silent, served], id: 1 })).toEqual({
        result: null,
        id: 1,
      });
      // A witness on the other route: the silent stream does have data.
      const witness = await open(`/${routeOf(silent)}/stream?streams=${silent}`);
      exchange.market.jump('BTCUSDT', 0.1);
      await witness.data(silent);
      exchange.market.jump('BTCUSDT', 0.1);
      await witness.frame(() => witness.count(silent) > 1);
      await client.data(served);
      expect(client.count(silent)).toBe(0);
      expect(await client.ask({ method: 'LIST_SUBSCRIPTIONS', id: 2 })).toEqual({
        result: [silent, served],
        id: 2,
      });
    },
  );

  it.each([['BTCUSDT@aggTrade'], ['nosuchusdt@aggTrade'], ['btcusdt@mark_price@1s'], ['btcusdt@trade']])(
    'acknowledges %s and never sends it',
    async (stream) => {
      const client = await open('/market/stream');
      expect(await client.ask({ method: 'SUBSCRIBE', params: [stream, MARKET], id: 9 })).toMatchObject({
        result: null,
      });
      exchange.market.jump('BTCUSDT', 0.1);
      await client.data(MARKET);
      expect(client.count(stream)).toBe(0);
    },
  );

  it('takes streams from the URL, percent-encoded where they are not ASCII', async () => {
    const client = await open(
      `/market/stream?streams=${encodeURIComponent('币安人生usdt@aggTrade')}/${MARKET}`,
    );
    exchange.market.jump('币安人生USDT', 1);
    expect(await client.data('币安人生usdt@aggTrade')).toMatchObject({ s: '币安人生USDT', st: 1 });
  });

  it('sends bare payloads on /ws and wraps them when the property is set', async () => {
    const client = await open(`/market/ws/${MARKET}`);
    exchange.market.jump('BTCUSDT', 0.1);
    await client.frame((frame) => frame.e === 'aggTrade');
    expect(await client.ask({ method: 'GET_PROPERTY', params: ['combined'], id: 1 })).toEqual({
      result: false,
      id: 1,
    });
    await client.ask({ method: 'SET_PROPERTY', params: ['combined', true], id: 2 });
    exchange.market.jump('BTCUSDT', 0.1);
    await client.data(MARKET);
  });

  it('stops sending what is unsubscribed', async () => {
    const client = await open(`/market/stream?streams=${MARKET}/ethusdt@aggTrade`);
    await client.ask({ method: 'UNSUBSCRIBE', params: [MARKET], id: 1 });
    const before = client.count(MARKET);
    exchange.market.jump('BTCUSDT', 0.1);
    exchange.market.jump('ETHUSDT', 0.1);
    await client.data('ethusdt@aggTrade');
    expect(client.count(MARKET)).toBe(before);
  });

  it('closes a socket that sends JSON in a binary frame', async () => {
    const client = await open('/market/stream');
    client.socket.send(Buffer.from('{"method":"LIST_SUBSCRIPTIONS","id":1}'));
    expect(await client.closed).toEqual({ code: 1008, reason: 'Invalid request' });
  });

  it('closes a socket that sends more than ten messages a second, pings among them', async () => {
    const client = await open('/market/stream');
    for (let id = 1; id <= 8; id++) client.send({ method: 'LIST_SUBSCRIPTIONS', id });
    for (let i = 0; i < 3; i++) client.socket.ping();
    expect(await client.closed).toEqual({ code: 1008, reason: 'Too many requests' });
  });

  it('holds at most 1024 streams on a connection', async () => {
    const client = await open('/market/stream');
    const params = Array.from({ length: 1025 }, (_, i) => `x${i}usdt@aggTrade`);
    expect(await client.ask({ method: 'SUBSCRIBE', params, id: 1 })).toEqual({
      error: { code: 2, msg: 'Invalid request: too many parameters' },
      id: 1,
    });
    await client.ask({ method: 'SUBSCRIBE', params: params.slice(1), id: 2 });
    expect(exchange.subscriptions('market').size).toBe(1024);
  });

  it.each([
    ['{"method":"LIST"', 3, /^Invalid JSON: expected value at line 1 column \d+$/],
    ['{"id":1}', 2, /^Invalid request: missing field method at line 1 column 8$/],
    ['{"method":"PING","id":1}', 2, /^Invalid request: unknown variant PING, expected one of SUBSCRIBE, /],
    ['{"method":"LIST_SUBSCRIPTIONS","id":"a"}', 2, /request ID must be an unsigned integer$/],
    ['{"method":"LIST_SUBSCRIPTIONS","id":-1}', 2, /request ID must be an unsigned integer$/],
    ['{"method":"SUBSCRIBE","params":[""],"id":1}', 2, /^Invalid request: invalid stream$/],
    ['{"method":"SUBSCRIBE","params":[7],"id":1}', 2, /^Invalid request: invalid stream$/],
    ['{"method":"SET_PROPERTY","params":["colour",1],"id":1}', 0, /^Unknown property$/],
    ['{"method":"SET_PROPERTY","params":["combined",1],"id":1}', 1, /^Invalid value type: expected Boolean$/],
    ['{"method":"GET_PROPERTY","params":[1],"id":1}', 2, /property name must be a string$/],
  ])('answers %s with an error of code %i and stays open', async (text, code, msg) => {
    const client = await open('/market/stream');
    client.socket.send(text);
    const { error } = await client.frame((frame) => 'error' in frame);
    expect(error).toMatchObject({ code, msg: expect.stringMatching(msg) });
    await client.ask({ method: 'LIST_SUBSCRIPTIONS', id: 5 });
  });

  it.each([
    ['/'],
    ['/private/stream'],
    ['/market'],
    ['/market/streams'],
    ['/market/stream?streams=%E0%A4%A'],
  ])('has no endpoint %s', async (path) => {
    const socket = new WebSocket(`${exchange.wsUrl}${path}`);
    const [error] = await once(socket, 'error');
    expect(String(error)).toMatch(/404/);
  });

  it('keeps COIN-M rows in the market-wide arrays and TradFi rows in messages of their own', async () => {
    const client = await open('/market/stream?streams=!markPrice@arr@1s/!miniTicker@arr');
    for (const stream of ['!markPrice@arr@1s', '!miniTicker@arr']) {
      const rowsOf = (frame: Record<string, unknown>): { s: string; st: number }[] =>
        frame.stream === stream && Array.isArray(frame.data) ? frame.data : [];
      const main = rowsOf(await client.frame((frame) => rowsOf(frame).some((row) => row.s === 'BTCUSDT')));
      expect(main.filter((row) => row.st === 2).map((row) => row.s)).toEqual(['BTCUSD_PERP']);
      expect(main.some((row) => row.s === 'XAUUSDT')).toBe(false);
      await client.frame((frame) => rowsOf(frame).some((row) => row.s === 'XAUUSDT'));
    }
  });

  describe('with faults', () => {
    it('freezes: the socket stays open and silent', async () => {
      const client = await open(`/market/stream?streams=${MARKET}`);
      exchange.market.jump('BTCUSDT', 0.1);
      await client.data(MARKET);
      exchange.freeze();
      await client.ask({ method: 'LIST_SUBSCRIPTIONS', id: 1 });
      const before = client.count(MARKET);
      exchange.market.jump('BTCUSDT', 0.1);
      await client.ask({ method: 'LIST_SUBSCRIPTIONS', id: 2 });
      expect(client.count(MARKET)).toBe(before);
      exchange.thaw();
      exchange.market.jump('BTCUSDT', 0.1);
      await client.frame(() => client.count(MARKET) > before);
    });

    it('drops lines, closes with a code, announces a shutdown', async () => {
      const [first, second] = [await open('/market/stream'), await open('/market/stream')];
      exchange.serverShutdown();
      await first.frame((frame) => frame.e === 'serverShutdown');
      first.socket.once('close', () => exchange.closeWith(1012));
      exchange.dropAll();
      expect((await first.closed).code).toBe(1006);
      expect((await second.closed).code).toBe(1006);
      const third = await open('/market/stream');
      exchange.closeWith(1012);
      expect((await third.closed).code).toBe(1012);
    });

    it.each([451, 429, 403] as const)('refuses sockets and requests with %i', async (status) => {
      exchange.refuse(status);
      const socket = new WebSocket(`${exchange.wsUrl}/market/stream`);
      const [error] = await once(socket, 'error');
      expect(String(error)).toMatch(String(status));
      const response = await fetch(`${exchange.restUrl}/fapi/v1/time`);
      expect(response.status).toBe(status);
      expect(response.headers.get('retry-after')).toBe(status === 429 ? '17' : null);
      exchange.serve();
      expect((await fetch(`${exchange.restUrl}/fapi/v1/time`)).status).toBe(200);
    });
  });
});

describe('the route of a stream', () => {
  it.each([
    ['btcusdt@aggTrade', 'market'],
    ['btcusdt@markPrice', 'market'],
    ['btcusdt@markPrice@1s', 'market'],
    ['btcusdt@kline_1M', 'market'],
    ['币安人生usdt@miniTicker', 'market'],
    ['!markPrice@arr@1s', 'market'],
    ['!miniTicker@arr', 'market'],
    ['!forceOrder@arr', 'market'],
    ['!contractInfo', 'market'],
    ['tradingSession', 'market'],
    ['btcusdt@bookTicker', 'public'],
    ['!bookTicker', 'public'],
    ['btcusdt@depth20@100ms', 'public'],
    ['btcusdt@depth@500ms', 'public'],
    ['btcusdt@rpiDepth@500ms', 'public'],
    ['btcusdt@trade', undefined],
    ['btcusdt@depth7', undefined],
    ['btcusdt@kline_2m', undefined],
    ['stream', undefined],
  ])('%s → %s', (stream, route) => expect(routeOf(stream)).toBe(route));
});
