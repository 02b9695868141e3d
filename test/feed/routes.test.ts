import { describe, expect, it } from 'vitest';
import { routeOf as served } from '../../src/exchange/streams.ts';
import { BASE_STREAMS, kindOf, routeOf, streamsOf } from '../../src/feed/routes.ts';

// As in the official connector's market-api.ts and public-api.ts.
const MARKET = [
  'btcusdt@aggTrade',
  'btcusdt@markPrice',
  'btcusdt@markPrice@1s',
  '!markPrice@arr',
  '!markPrice@arr@1s',
  'btcusdt@kline_1m',
  'btcusdt@kline_1M',
  'btcusdt_perpetual@continuousKline_1m',
  'btcusdt@miniTicker',
  '!miniTicker@arr',
  'btcusdt@ticker',
  '!ticker@arr',
  'btcusdt@forceOrder',
  '!forceOrder@arr',
  'btcdomusdt@compositeIndex',
  '!contractInfo',
  '!assetIndex@arr',
  'adausd@assetIndex',
  'tradingSession',
  '币安人生usdt@aggTrade',
];
const PUBLIC = [
  'btcusdt@bookTicker',
  '!bookTicker',
  'btcusdt@depth20@100ms',
  'btcusdt@depth5',
  'btcusdt@depth',
  'btcusdt@depth@500ms',
  'btcusdt@rpiDepth@500ms',
  '龙虾usdt@depth20@100ms',
];

describe('routes', () => {
  it('map every documented stream, as the exchange serves them', () => {
    for (const stream of MARKET) expect([stream, routeOf(stream)]).toEqual([stream, 'market']);
    for (const stream of PUBLIC) expect([stream, routeOf(stream)]).toEqual([stream, 'public']);
    for (const stream of [...MARKET, ...PUBLIC]) expect(served(stream)).toBe(routeOf(stream));
  });

  it('refuse what would be acknowledged in silence, raw trades included', () => {
    for (const stream of ['btcusdt@trade', 'btcusdt@mark_price@1s', 'btcusdt', '', '!nothing@arr']) {
      expect(() => routeOf(stream)).toThrow(/no route/);
    }
  });

  it('cover every stream the feed asks for, each of a known kind', () => {
    for (const stream of [...BASE_STREAMS, ...streamsOf('币安人生USDT')]) {
      expect(['market', 'public']).toContain(routeOf(stream));
      expect(kindOf(stream)).not.toBe('other');
    }
    expect(streamsOf('BTCUSDT').map(routeOf)).toEqual(['market', 'market', 'market', 'public']);
  });
});
