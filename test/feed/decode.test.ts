import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeData, FrameDecoder } from '../../src/feed/decode/decoder.ts';
import type { FeedEvent } from '../../src/feed/decode/events.ts';
import { scanAggTrade } from '../../src/feed/decode/scan.ts';
import { scanDepth } from '../../src/feed/decode/scan-depth.ts';
import { scanDays, scanKline, scanMarks } from '../../src/feed/decode/scan-rows.ts';
import { kindOf } from '../../src/feed/routes.ts';

const frame = (stream: string, data: unknown) => Buffer.from(JSON.stringify({ stream, data }));

const agg = {
  e: 'aggTrade',
  E: 1786171884624,
  a: 3404749954,
  s: 'BTCUSDT',
  p: '64990.90',
  q: '0.002',
  nq: '0.002',
  f: 7960913511,
  l: 7960913511,
  T: 1786171884471,
  m: true,
  st: 1,
};

/** What JSON.parse and the schemas make of a frame, without the scan. */
function parsed(bytes: Buffer): FeedEvent {
  const { stream, data } = JSON.parse(bytes.toString());
  return decodeData(kindOf(stream), data);
}

/** A decoder that has met the stream, so that the scan is in use. */
function warmed(stream: string, symbol: string): FrameDecoder {
  const decoder = new FrameDecoder();
  decoder.decode(frame(stream, { ...agg, s: symbol }));
  return decoder;
}

describe('the scan of aggregate trades', () => {
  const decimal = fc
    .tuple(fc.nat({ max: 99_999_999 }), fc.integer({ min: 0, max: 8 }))
    .map(([mantissa, decimals]) => (mantissa / 10 ** decimals).toFixed(decimals));
  const symbol = fc.constantFrom('BTCUSDT', '1000PEPEUSDT', '币安人生USDT', '龙虾USDT');
  const id = fc.nat({ max: 2 ** 31 - 1 }).map((n) => n * 4096);
  const payload = fc
    .record({
      e: fc.constant('aggTrade'),
      E: id,
      a: id,
      p: decimal,
      q: decimal,
      f: id,
      l: id,
      T: id,
      m: fc.boolean(),
    })
    .chain((base) =>
      fc.record({
        base: fc.constant(base),
        s: symbol,
        extra: fc.record(
          {
            nq: decimal,
            st: fc.constantFrom(1, 2),
            newField: fc.oneof(
              fc.string({ unit: 'grapheme' }),
              fc.integer(),
              fc.boolean(),
              fc.constant(null),
              fc.double(),
            ),
            x: fc.oneof(fc.string(), fc.array(fc.nat()), fc.record({ p: decimal })),
          },
          { requiredKeys: [] },
        ),
        seed: fc.infiniteStream(fc.nat()),
      }),
    )
    .map(({ base, s, extra, seed }) => {
      const entries = Object.entries({ ...base, s, ...extra });
      const shuffled = entries
        .map((entry) => ({ entry, key: seed.next().value ?? 0 }))
        .sort((a, b) => a.key - b.key)
        .map(({ entry }) => entry);
      return Object.fromEntries(shuffled);
    });

  it('gives what JSON.parse gives, whatever the order of keys and the fields still to come', () => {
    fc.assert(
      fc.property(payload, (data) => {
        const stream = `${String(data.s).toLowerCase()}@aggTrade`;
        const bytes = frame(stream, data);
        expect(warmed(stream, String(data.s)).decode(bytes)).toEqual(parsed(bytes));
      }),
      { numRuns: 2_000 },
    );
  });

  it('never makes another trade of a damaged frame than JSON.parse does', () => {
    const bytes = frame('btcusdt@aggTrade', agg);
    const name = Buffer.from('BTCUSDT');
    const from = bytes.indexOf('{"e"') + 1;
    fc.assert(
      fc.property(fc.integer({ min: from, max: bytes.length - 1 }), fc.nat({ max: 255 }), (at, byte) => {
        const damaged = Buffer.from(bytes);
        damaged[at] = byte;
        const scanned = scanAggTrade(damaged, from, 'BTCUSDT', name);
        if (scanned === undefined) return;
        let event: FeedEvent;
        try {
          event = parsed(damaged);
        } catch {
          return;
        }
        expect(scanned).toEqual(event.type === 'trade' ? event.trade : 'coin-m');
      }),
      { numRuns: 5_000 },
    );
  });

  it('is in use for today’s frames and those of 2021', () => {
    const { nq, st, ...old } = agg;
    for (const data of [agg, old]) {
      const bytes = frame('btcusdt@aggTrade', data);
      const from = bytes.indexOf('{"e"') + 1;
      expect(scanAggTrade(bytes, from, 'BTCUSDT', Buffer.from('BTCUSDT'))).toMatchObject({ price: 64990.9 });
    }
    expect(nq).toBe(agg.q);
    expect(st).toBe(1);
  });

  it('leaves cut frames to JSON.parse, which refuses them', () => {
    const decoder = warmed('btcusdt@aggTrade', 'BTCUSDT');
    const bytes = frame('btcusdt@aggTrade', agg);
    for (let length = 0; length < bytes.length; length++) {
      expect(decoder.decode(bytes.subarray(0, length)).type).toBe('malformed');
    }
  });
});

describe('decoding', () => {
  it('leaves COIN-M rows out, in single frames and in arrays', () => {
    const decoder = new FrameDecoder();
    expect(decoder.decode(frame('btcusdt@aggTrade', { ...agg, st: 2 })).type).toBe('ignored');
    const mark = { e: 'markPriceUpdate', E: 1, s: 'BTCUSDT', p: '1.5', i: '1.4', r: '0.0001', T: 9, st: 1 };
    const event = decoder.decode(frame('!markPrice@arr@1s', [mark, { ...mark, s: 'BTCUSD_PERP', st: 2 }]));
    expect(event).toEqual({
      type: 'marks',
      marks: [
        { symbol: 'BTCUSDT', mark: 1.5, index: 1.4, fundingRate: 0.0001, nextFundingTime: 9, eventTime: 1 },
      ],
    });
  });

  it('takes array streams as one object too, and a bad row costs only itself', () => {
    const decoder = new FrameDecoder();
    const day = { e: '24hrMiniTicker', E: 1, s: '龙虾USDT', c: '2', o: '1', h: '3', l: '1', q: '5' };
    const expected = [
      { symbol: '龙虾USDT', last: 2, open: 1, high: 3, low: 1, quoteVolume: 5, eventTime: 1 },
    ];
    expect(decoder.decode(frame('!miniTicker@arr', day))).toEqual({ type: 'days', tickers: expected });
    expect(decoder.decode(frame('!miniTicker@arr', [{ e: 'x' }, day]))).toEqual({
      type: 'days',
      tickers: expected,
    });
    expect(decoder.decode(frame('!miniTicker@arr', [{ e: 'x' }])).type).toBe('malformed');
    expect(decoder.decode(frame('!miniTicker@arr', []))).toEqual({ type: 'days', tickers: [] });
  });

  it('reads forced orders, one or several, wherever the market type stands', () => {
    const o = {
      s: 'BTCUSDT',
      S: 'SELL',
      o: 'LIMIT',
      q: '2',
      p: '98',
      ap: '100.5',
      X: 'FILLED',
      l: '1',
      z: '2',
      T: 7,
    };
    const one = { e: 'forceOrder', E: 8, o: { ...o, ps: 'BTCUSDT', st: 1 } };
    const coin = { e: 'forceOrder', E: 8, o: { ...o, s: 'BTCUSD_PERP' }, st: 2 };
    const seen = { symbol: 'BTCUSDT', closed: 'long', notional: 201, time: 7 };
    const decoder = new FrameDecoder();
    expect(decoder.decode(frame('!forceOrder@arr', one))).toEqual({
      type: 'liquidations',
      liquidations: [seen],
    });
    expect(decoder.decode(frame('!forceOrder@arr', [{ ...one, o: { ...o, S: 'BUY' } }, coin]))).toEqual({
      type: 'liquidations',
      liquidations: [{ ...seen, closed: 'short' }],
    });
    expect(decoder.decode(frame('!forceOrder@arr', { e: 'forceOrder', E: 8 }))).toEqual({
      type: 'malformed',
    });
  });

  it('has no funding for a dated future, whose rate is empty', () => {
    const mark = { e: 'markPriceUpdate', E: 1, s: 'BTCUSDT_261225', p: '1', i: '0', r: '', T: 0 };
    expect(new FrameDecoder().decode(frame('btcusdt_261225@markPrice@1s', mark))).toMatchObject({
      marks: [{ index: undefined, fundingRate: undefined, nextFundingTime: undefined }],
    });
  });

  it('does not use raw trades, which carry insurance-fund prints', () => {
    const trade = {
      e: 'trade',
      E: 1,
      T: 1,
      s: 'BTCUSDT',
      t: 1,
      p: '1',
      q: '1',
      X: 'INSURANCE_FUND',
      m: true,
    };
    expect(new FrameDecoder().decode(frame('btcusdt@trade', trade)).type).toBe('ignored');
  });

  it('refuses nonsense without a throw', () => {
    const decoder = new FrameDecoder();
    for (const data of [
      {},
      null,
      1,
      [],
      { ...agg, p: '-1' },
      { ...agg, p: '0' },
      { ...agg, q: 'x' },
      { ...agg, a: 1.5 },
    ]) {
      expect(decoder.decode(frame('btcusdt@aggTrade', data)).type).toBe('malformed');
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(decoder.decode(Buffer.from(bytes)).type).toBe('malformed');
      }),
    );
  });

  it('counts frames by stream', () => {
    const decoder = new FrameDecoder();
    for (let i = 0; i < 3; i++) decoder.decode(frame('btcusdt@aggTrade', agg));
    decoder.decode(frame('tradingSession', { e: 'EquityUpdate', E: 1 }));
    expect(decoder.framesOf('btcusdt@aggTrade')).toBe(3);
    expect(decoder.framesOf('tradingSession')).toBe(1);
    expect(decoder.framesOf('ethusdt@aggTrade')).toBe(0);
    expect(decoder.frames).toBe(4);
  });
});

const RECORDED = '../shared/data/wire-2026/frames.jsonl';
const recorded = existsSync(RECORDED);
if (!recorded) console.log('skipped: no recorded data');

it.skipIf(!recorded)('reads every recorded frame of 2026', () => {
  const decoder = new FrameDecoder();
  const types = readFileSync(RECORDED, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{"stream"'))
    .map((line) => decoder.decode(Buffer.from(line)).type);
  expect(types.filter((type) => type === 'malformed')).toEqual([]);
  for (const type of ['trade', 'marks', 'candle', 'book']) expect(types).toContain(type);
});

describe('the scan of books', () => {
  const STREAM = 'btcusdt@depth20@100ms';
  const depth = {
    e: 'depthUpdate',
    E: 1786171884624,
    T: 1786171884620,
    s: 'BTCUSDT',
    ps: 'BTCUSDT',
    U: 11620348112345,
    u: 11620348112355,
    pu: 11620348112340,
    b: [
      ['64990.80', '3.120'],
      ['64990.70', '0.004'],
    ],
    a: [['64990.90', '12.001']],
    st: 1,
  };
  const decimal = fc
    .tuple(fc.integer({ min: 1, max: 999_999_999 }), fc.integer({ min: 0, max: 8 }))
    .map(([mantissa, decimals]) => (mantissa / 10 ** decimals).toFixed(decimals));
  const levels = fc.array(fc.tuple(decimal, fc.oneof(decimal, fc.constant('0'), fc.constant('0.000'))), {
    maxLength: 20,
  });
  const name = Buffer.from('BTCUSDT');

  function met(): FrameDecoder {
    const decoder = new FrameDecoder();
    decoder.decode(frame(STREAM, depth));
    return decoder;
  }

  it('is in use, also for an empty side', () => {
    for (const data of [depth, { ...depth, a: [] }]) {
      const bytes = frame(STREAM, data);
      const from = bytes.indexOf('{"e"') + 1;
      expect(scanDepth(bytes, from, 'BTCUSDT', name)).toMatchObject({
        eventTime: depth.E,
        symbol: 'BTCUSDT',
      });
    }
  });

  it('gives what JSON.parse gives, whatever the order of keys', () => {
    const payload = fc.record({
      b: levels,
      a: levels,
      st: fc.constantFrom(1, 2),
      seed: fc.infiniteStream(fc.nat()),
    });
    fc.assert(
      fc.property(payload, ({ seed, ...own }) => {
        const entries = Object.entries({ ...depth, ...own })
          .map((entry) => ({ entry, key: seed.next().value ?? 0 }))
          .sort((one, other) => one.key - other.key)
          .map(({ entry }) => entry);
        const bytes = frame(STREAM, Object.fromEntries(entries));
        expect(met().decode(bytes)).toEqual(parsed(bytes));
      }),
      { numRuns: 1_000 },
    );
  });

  it('never makes another book of a damaged frame than JSON.parse does', () => {
    const bytes = frame(STREAM, depth);
    const from = bytes.indexOf('{"e"') + 1;
    fc.assert(
      fc.property(fc.integer({ min: from, max: bytes.length - 1 }), fc.nat({ max: 255 }), (at, byte) => {
        const damaged = Buffer.from(bytes);
        damaged[at] = byte;
        const scanned = scanDepth(damaged, from, 'BTCUSDT', name);
        if (scanned === undefined) return;
        let event: FeedEvent;
        try {
          event = parsed(damaged);
        } catch {
          return;
        }
        expect(scanned).toEqual(event.type === 'book' ? event.book : 'coin-m');
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('the scan of mark prices, tickers and candles', () => {
  const mark = {
    e: 'markPriceUpdate',
    E: 1786171884000,
    s: 'BTCUSDT',
    p: '76888.10000000',
    ap: '76888.10000000',
    P: '77018.80267750',
    i: '76935.00826087',
    r: '-0.00008900',
    T: 1786176000000,
    st: 1,
  };
  const day = {
    e: '24hrMiniTicker',
    E: 1786171884000,
    s: '龙虾USDT',
    ps: '龙虾USDT',
    c: '0.01234',
    o: '0.01',
    h: '0.02',
    l: '0.009',
    v: '12345678901234567',
    q: '123456789012.12345678',
    st: 1,
  };
  const candle = {
    t: 1786171860000,
    T: 1786171919999,
    s: 'BTCUSDT',
    i: '1m',
    f: 100,
    L: -1,
    o: '64990.10',
    c: '64991.20',
    h: '65000.00',
    l: '64900.10',
    v: '123.456',
    n: 1200,
    x: false,
    q: '8023456.12345',
    V: '60.123',
    Q: '4012345.12345',
    B: '0',
  };
  const kline = { e: 'kline', E: 1786171884000, s: 'BTCUSDT', k: { ...candle, L: 200 } };

  /** Of one, two or many digits, signed, too long for 15 digits, empty, no number at all. */
  const decimal = fc.oneof(
    { weight: 20, arbitrary: fc.double({ min: 1e-6, max: 1e9, noNaN: true }).map((n) => n.toFixed(8)) },
    { weight: 5, arbitrary: fc.nat({ max: 1e9 }).map(String) },
    { weight: 2, arbitrary: fc.double({ min: -1, max: 0, noNaN: true }).map((n) => n.toFixed(8)) },
    { weight: 2, arbitrary: fc.bigInt({ min: 10n ** 15n, max: 10n ** 24n }).map((n) => `${n}.5`) },
    { weight: 1, arbitrary: fc.constantFrom('', '0', '-0', '1e5', '.5', '5.', '007', 'x', '-', 7, null) },
  );
  const symbol = fc.constantFrom('BTCUSDT', '1000PEPEUSDT', '币安人生USDT', 'a"b', 'x\\y', '');
  const further = fc.record(
    {
      st: fc.constantFrom(1, 2, '1'),
      ps: fc.string(),
      newField: fc.oneof(fc.string({ unit: 'grapheme' }), fc.integer(), fc.double(), fc.array(fc.nat())),
      i: decimal,
    },
    { requiredKeys: [] },
  );

  /** The fields of `base` with some of its decimals replaced and others added, in any order. */
  function varied(base: Record<string, unknown>, names: string): fc.Arbitrary<Record<string, unknown>> {
    const numbers = fc.dictionary(fc.constantFrom(...names), decimal, { maxKeys: 3, noNullPrototype: true });
    const own =
      'e' in base ? fc.record({ symbol, further }) : fc.constant({ symbol: 'BTCUSDT', further: {} });
    return fc.tuple(numbers, own, fc.infiniteStream(fc.nat())).map(([changed, more, seed]) => {
      const all = { ...base, s: more.symbol, ...more.further, ...changed };
      const entries = Object.entries(all).map((entry) => ({ entry, key: seed.next().value ?? 0 }));
      return Object.fromEntries(entries.sort((a, b) => a.key - b.key).map(({ entry }) => entry));
    });
  }

  /** One bare object, or an array of some. */
  const several = (row: fc.Arbitrary<unknown>) => fc.oneof(row, fc.array(row, { maxLength: 4 }));
  const sort = fc.oneof(
    several(varied(mark, 'pir')).map((data) => ['!markPrice@arr@1s', data] as const),
    varied(mark, 'pir').map((data) => ['btcusdt@markPrice@1s', data] as const),
    several(varied(day, 'colhq')).map((data) => ['!miniTicker@arr', data] as const),
    fc
      .tuple(varied(kline, 'E'), varied(candle, 'ochlvqQ'), fc.constantFrom('1m', '1m', '5m'), fc.boolean())
      .map(([data, k, i, x]) => ['btcusdt@kline_1m', { ...data, k: { ...k, i, x } }] as const),
  );

  it('gives what JSON.parse gives, whatever the order of keys, the numbers and the fields still to come', () => {
    fc.assert(
      fc.property(sort, ([stream, data]) => {
        const bytes = frame(stream, data);
        expect(new FrameDecoder().decode(bytes)).toEqual(parsed(bytes));
      }),
      { numRuns: 5_000 },
    );
  });

  const at = (bytes: Buffer) => bytes.indexOf('"data":') + '"data":'.length;
  const plain = [
    [frame('!markPrice@arr@1s', [mark, { ...mark, r: '', T: 0 }]), scanMarks],
    [frame('btcusdt@markPrice@1s', mark), scanMarks],
    [frame('!miniTicker@arr', [day, day]), scanDays],
    [frame('btcusdt@kline_1m', kline), scanKline],
  ] as const;

  it('is in use for today’s frames', () => {
    for (const [bytes, scan] of plain) expect(scan(bytes, at(bytes))).toBeDefined();
    expect(scanMarks(frame('!markPrice@arr@1s', []), at(frame('!markPrice@arr@1s', [])))).toEqual([]);
  });

  it('never makes anything else of a damaged frame than JSON.parse does', () => {
    const damage = fc.tuple(fc.constantFrom(...plain), fc.nat(), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(damage, ([[whole, scan], where, byte]) => {
        const from = at(whole);
        const damaged = Buffer.from(whole);
        damaged[from + (where % (whole.length - from))] = byte;
        if (scan(damaged, from) === undefined) return;
        let event: FeedEvent;
        try {
          event = parsed(damaged);
        } catch {
          return;
        }
        expect(new FrameDecoder().decode(damaged)).toEqual(event);
      }),
      { numRuns: 10_000 },
    );
  });

  it('leaves nothing of one candle in the next', () => {
    const decoder = new FrameDecoder();
    decoder.decode(frame('btcusdt@kline_1m', kline));
    const { k, ...empty } = kline;
    expect(k).toBeDefined();
    expect(decoder.decode(frame('btcusdt@kline_1m', empty)).type).toBe('malformed');
  });
});
