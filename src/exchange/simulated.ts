import { type Clock, systemClock } from '../kit/clock.ts';
import type { FrameSink, Listing, MarketModel } from './market-model.ts';
import { Bursts } from './simulated/bursts.ts';
import { PastMarket, PastMinutes } from './simulated/history.ts';
import { Instrument } from './simulated/instrument.ts';
import { MINUTE_MS } from './simulated/minutes.ts';
import { type Outlet, outletOf } from './simulated/outlets.ts';
import { Activity } from './simulated/path.ts';
import { derivedSeed, Random } from './simulated/random.ts';
import { DORMANT, decimalsOf, furtherCoins, listingOf, SPECS } from './simulated/specs.ts';
import type { AggTrade } from './simulated/trades.ts';
import {
  aggTradeFrame,
  aggTradeRow,
  dayTickerRow,
  depthRow,
  forceOrderFrame,
  klineRow,
  longShortRow,
  openInterestHistRow,
  openInterestRow,
  premiumIndexRow,
} from './simulated/wire.ts';

/** The grid of market time: every step is this long, whenever it is computed, so that a seed gives the same prices. */
const STEP_MS = 100;
// After the process slept, coarse steps catch up.
const COARSE_STEP_MS = 1000;
const COARSE_BEHIND_MS = 600_000;

/** A simulated market with its script: tests and demonstrations make things happen by it. */
export interface SimulatedMarket extends MarketModel {
  readonly source: 'simulated';
  /** Computes everything up to `time` (Unix ms) and sends what is watched; the timer does it in an automatic market. */
  advanceTo(time: number): void;
  /** Moves a price by `percent`: at once and with a trade at the new price, or evenly over `overMs`. */
  jump(symbol: string, percent: number, overMs?: number): void;
  /** Trades at this price now; the price wanders on from there. */
  setPrice(symbol: string, price: number): void;
  /** A single trade off the market; the price does not follow. */
  print(symbol: string, price: number, quantity: number): void;
  /** Nothing more of this stream; it stays subscribed. */
  freeze(stream: string): void;
  thaw(stream: string): void;
  /** The rate of the coming funding, a fraction; it wanders on from there. */
  setFunding(symbol: string, rate: number): void;
  /** Open contracts in base units; they wander on from there. */
  setOpenInterest(symbol: string, openInterest: number): void;
  /** Tells of a forced order that sold a long (`SELL`) or bought a short back, of so many quote units. */
  liquidate(symbol: string, side: 'SELL' | 'BUY', notional: number): void;
  /** Changes a listing's status and says so on `!contractInfo`; a symbol that is not TRADING stops trading. */
  setStatus(symbol: string, status: string): void;
  /** Takes a symbol's row out of the list without a word; it stops trading. */
  unlist(symbol: string): void;
  /** Puts it in (again), and says so on `!contractInfo`; `onboardDate` (Unix ms) is when it begins to trade. */
  list(symbol: string, status: string, onboardDate: number): void;
}

/**
 * A seeded market of twelve coins (and more if asked) with a week of history that meets the live price, volatility in clusters, moves that the
 * coins share, and a sudden move every few minutes. The same seed and start minute give the same prices.
 */
export function createSimulatedMarket(
  options: {
    seed?: number;
    clock?: Clock;
    /** Multiplies every volatility; 0 holds the prices still (tests). */
    volatility?: number;
    /** Sudden moves; true unless told. */
    bursts?: boolean;
    /** Coins beside the twelve. */
    furtherCoins?: number;
    /** True, the default: a timer moves the market along with the clock. False: only `advanceTo` does. */
    automatic?: boolean;
  } = {},
): SimulatedMarket {
  const { seed = 1, clock = systemClock, volatility = 1, automatic = true } = options;
  const base = Math.floor(clock.now() / MINUTE_MS) * MINUTE_MS;
  const past = new PastMarket(derivedSeed(seed, 'past'));
  const specs = [...SPECS, ...furtherCoins(options.furtherCoins ?? 0)];
  const instruments = specs.map((spec) => {
    const decimals = { tick: decimalsOf(spec.tick), step: decimalsOf(spec.step) };
    return new Instrument(spec, { time: base, seed, volatility }, (tradeId) => {
      const start = { time: base, price: spec.price, tradeId };
      return new PastMinutes(spec, decimals, past, derivedSeed(seed, `past ${spec.symbol}`), start);
    });
  });
  const bySymbol = new Map(instruments.map((one) => [one.spec.symbol, one]));
  const byStream = new Map(instruments.map((one) => [one.spec.symbol.toLowerCase(), one]));
  const listings = new Map<string, Listing>();
  for (const listing of [...specs.map((spec) => listingOf(spec)), ...DORMANT]) {
    if (listing) listings.set(listing.symbol, listing);
  }

  const marketRandom = new Random(derivedSeed(seed, 'market'));
  const marketActivity = new Activity(marketRandom);
  const coins = instruments.filter((one) => one.spec.kind === 'coin');
  const bursts =
    options.bursts === false
      ? undefined
      : new Bursts(new Random(derivedSeed(seed, 'bursts')), coins, clock.now());
  // What only decorates frames has a source of its own: watching more must not change the prices.
  const decoration = new Random(derivedSeed(seed, 'decoration'));

  const watched = new Set<string>();
  const outlets = new Map<string, Outlet & { next: number }>();
  const frozen = new Set<string>();
  let sink: FrameSink | undefined;
  let timer: NodeJS.Timeout | undefined;
  let time = base;

  // COIN-M symbols trade without being listed here.
  const isTrading = ({ spec }: Instrument) =>
    spec.kind === 'coin-m' || listings.get(spec.symbol)?.status === 'TRADING';

  function push(stream: string, data: string): void {
    if (watched.has(stream) && !frozen.has(stream)) sink?.push(stream, data);
  }

  function publishTrade(one: Instrument, trade: AggTrade, eventTime: number): void {
    const stream = `${one.spec.symbol.toLowerCase()}@aggTrade`;
    if (watched.has(stream)) push(stream, aggTradeFrame(one, trade, eventTime));
  }

  function step(ms: number): void {
    time += ms;
    bursts?.step(time);
    const shock = marketActivity.step(ms) * marketRandom.gaussian();
    for (const one of instruments) {
      if (isTrading(one)) one.step(time, ms, shock, (trade) => publishTrade(one, trade, time));
    }
    if (time % 1000 === 0) for (const one of instruments) settle(one);
    if (time % MINUTE_MS === 0) closeMinute();
    for (const [stream, outlet] of outlets) {
      if (time < outlet.next) continue;
      outlet.next = Math.max(outlet.next + outlet.everyMs, time);
      for (const frame of outlet.frames(time)) push(stream, frame);
    }
  }

  function settle(one: Instrument): void {
    one.settle(time);
    const { move, usual } = one.path;
    if (Math.abs(move) < usual * 3 || usual === 0) return;
    liquidate(one, move < 0 ? 'SELL' : 'BUY', 20_000 * decoration.lognormal(1.5), time);
  }

  function liquidate(one: Instrument, side: 'SELL' | 'BUY', notional: number, at: number): void {
    const frame = forceOrderFrame(one, side, notional / one.last, at);
    push(`${one.spec.symbol.toLowerCase()}@forceOrder`, frame);
    push('!forceOrder@arr', frame);
  }

  function closeMinute(): void {
    for (const [stream, outlet] of outlets) {
      for (const frame of outlet.closing?.(time) ?? []) push(stream, frame);
    }
    for (const one of instruments) one.minutes.roll();
  }

  function advanceTo(until: number): void {
    while (time + STEP_MS <= until) {
      const coarse = until - time > COARSE_BEHIND_MS && time % COARSE_STEP_MS === 0;
      step(coarse ? COARSE_STEP_MS : STEP_MS);
    }
  }

  function named(symbol: string): Instrument {
    const one = bySymbol.get(symbol);
    if (!one) throw new RangeError(`the simulated market has no ${symbol}`);
    return one;
  }

  function announce(listing: Listing): void {
    listings.set(listing.symbol, listing);
    push(
      '!contractInfo',
      JSON.stringify({
        e: 'contractInfo',
        E: time,
        s: listing.symbol,
        ct: listing.contractType,
        dt: listing.deliveryDate,
        ot: listing.onboardDate,
        cs: listing.status,
        st: 1,
      }),
    );
  }

  /** A trade outside the steps, stamped with the clock. */
  function tradeNow(one: Instrument, price: number, quantity: number): void {
    const now = Math.max(time, Math.min(clock.now(), time + STEP_MS - 1));
    publishTrade(one, one.trade(price, quantity, now, price < one.last), now);
  }

  // The running minute up to now, so that the first candle is no stump.
  advanceTo(clock.now());

  return {
    source: 'simulated',
    now: () => clock.now(),
    open(out) {
      sink = out;
      if (automatic) timer = setInterval(() => advanceTo(clock.now()), STEP_MS);
    },
    watch(stream) {
      watched.add(stream);
      const outlet = outletOf(stream, byStream, decoration);
      if (outlet)
        outlets.set(stream, { ...outlet, next: (Math.floor(time / outlet.everyMs) + 1) * outlet.everyMs });
    },
    unwatch(stream) {
      watched.delete(stream);
      outlets.delete(stream);
    },
    close: () => clearInterval(timer),

    listings: () => [...listings.values()],
    knows: (symbol) => bySymbol.has(symbol) || listings.has(symbol),
    klines({ symbol, interval, startTime, endTime, limit }) {
      const one = bySymbol.get(symbol);
      const candles = one?.minutes.candles(interval, startTime, endTime ?? clock.now(), limit) ?? [];
      return one ? candles.map((candle) => klineRow(one, interval, candle)) : [];
    },
    aggTrades(query) {
      const one = bySymbol.get(query.symbol);
      return one ? one.trades.select(query).map((trade) => aggTradeRow(one, trade)) : [];
    },
    premiumIndex(symbol) {
      const one = bySymbol.get(symbol);
      return one && premiumIndexRow(one, time);
    },
    openInterest(symbol) {
      const one = bySymbol.get(symbol);
      return one && isTrading(one) ? openInterestRow(one, time) : undefined;
    },
    openInterestHist({ symbol, ...query }) {
      const one = bySymbol.get(symbol);
      return one ? one.pastInterest(clock.now(), query).map((row) => openInterestHistRow(one, row)) : [];
    },
    longShort(symbol) {
      const one = bySymbol.get(symbol);
      return one && isTrading(one) ? longShortRow(one, time) : undefined;
    },
    dayTicker(symbol) {
      const one = bySymbol.get(symbol);
      return one && dayTickerRow(one);
    },
    depth(symbol, limit) {
      const one = bySymbol.get(symbol);
      return one && isTrading(one) ? depthRow(one, limit, time, decoration) : undefined;
    },
    fundingInfo: () =>
      coins
        .filter((one) => one.spec.fundingHours !== 8)
        .map((one) => ({
          symbol: one.spec.symbol,
          adjustedFundingRateCap: '0.02000000',
          adjustedFundingRateFloor: '-0.02000000',
          fundingIntervalHours: one.spec.fundingHours,
          disclaimer: false,
        })),

    advanceTo,
    jump(symbol, percent, overMs = 0) {
      const one = named(symbol);
      advanceTo(clock.now());
      if (overMs > 0) {
        one.path.drift(time, Math.log(1 + percent / 100), overMs);
        return;
      }
      one.path.set(one.path.price * (1 + percent / 100));
      tradeNow(one, one.round(one.path.price), 1000 / one.path.price);
    },
    setPrice(symbol, price) {
      const one = named(symbol);
      advanceTo(clock.now());
      one.path.set(price);
      tradeNow(one, one.round(price), 1000 / price);
    },
    print(symbol, price, quantity) {
      advanceTo(clock.now());
      tradeNow(named(symbol), price, quantity);
    },
    setFunding(symbol, rate) {
      named(symbol).fundingRate = rate;
    },
    setOpenInterest(symbol, openInterest) {
      named(symbol).openInterest = openInterest;
    },
    liquidate: (symbol, side, notional) => liquidate(named(symbol), side, notional, clock.now()),
    freeze: (stream) => void frozen.add(stream),
    thaw: (stream) => void frozen.delete(stream),
    setStatus(symbol, status) {
      const listing = listings.get(symbol);
      if (!listing) throw new RangeError(`the simulated market does not list ${symbol}`);
      announce({ ...listing, status });
    },
    unlist: (symbol) => void listings.delete(symbol),
    list(symbol, status, onboardDate) {
      const listing = listingOf(named(symbol).spec, status);
      if (listing) announce({ ...listing, onboardDate });
    },
  };
}
