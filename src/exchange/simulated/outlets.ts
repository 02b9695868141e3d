import { KLINE_INTERVALS } from '../streams.ts';
import type { Instrument } from './instrument.ts';
import { intervalEnd, intervalStart } from './minutes.ts';
import type { Random } from './random.ts';
import {
  bookTickerFrame,
  depthFrame,
  klineFrame,
  markPriceFrame,
  miniTickerFrame,
  tickerFrame,
} from './wire.ts';

/** A watched stream that sends at a steady pace. */
export interface Outlet {
  everyMs: number;
  /** What the stream says at `time`; nothing when nothing has changed. */
  frames(time: number): readonly string[];
  /** Called for a candle stream when a minute of its symbol closes, before the next one begins. */
  closing?(time: number): readonly string[];
}

/**
 * The outlet of a stream with a steady pace; undefined for trades and forced orders (sent as they happen), and for
 * streams that the simulated market does not serve: diff depth, `!bookTicker`, indices.
 */
export function outletOf(
  stream: string,
  instruments: ReadonlyMap<string, Instrument>,
  random: Random,
): Outlet | undefined {
  const everybody = [...instruments.values()];
  switch (stream) {
    case '!markPrice@arr':
      return {
        everyMs: 3000,
        frames: (time) =>
          arrays(
            everybody,
            () => true,
            (one) => markPriceFrame(one, time),
          ),
      };
    case '!markPrice@arr@1s':
      return {
        everyMs: 1000,
        frames: (time) =>
          arrays(
            everybody,
            () => true,
            (one) => markPriceFrame(one, time),
          ),
      };
    case '!miniTicker@arr':
      return changedArrays(everybody, miniTickerFrame);
    case '!ticker@arr':
      return changedArrays(everybody, tickerFrame);
    case 'tradingSession':
      return { everyMs: 1000, frames: tradingSession };
  }
  const at = stream.indexOf('@');
  const instrument = instruments.get(stream.slice(0, at));
  return at > 0 && instrument ? ofSymbol(instrument, stream.slice(at + 1), random) : undefined;
}

function ofSymbol(instrument: Instrument, name: string, random: Random): Outlet | undefined {
  switch (name) {
    case 'markPrice':
      return { everyMs: 3000, frames: (time) => [markPriceFrame(instrument, time)] };
    case 'markPrice@1s':
      return { everyMs: 1000, frames: (time) => [markPriceFrame(instrument, time)] };
    case 'miniTicker':
      return whenTraded(instrument, 2000, (time) => miniTickerFrame(instrument, time));
    case 'ticker':
      return whenTraded(instrument, 2000, (time) => tickerFrame(instrument, time));
    case 'bookTicker':
      return whenTraded(instrument, 100, (time) => bookTickerFrame(instrument, time, random));
  }
  const depth = /^depth(5|10|20)(?:@(100|500)ms)?$/.exec(name);
  if (depth) {
    const everyMs = Number(depth[2] ?? 250);
    const levels = Number(depth[1]);
    return { everyMs, frames: (time) => [depthFrame(instrument, levels, time, everyMs, random)] };
  }
  const interval = name.startsWith('kline_') ? name.slice('kline_'.length) : '';
  return KLINE_INTERVALS.has(interval) ? klines(instrument, interval) : undefined;
}

function whenTraded(instrument: Instrument, everyMs: number, frame: (time: number) => string): Outlet {
  let seen: number | undefined;
  return {
    everyMs,
    frames(time) {
      const newest = instrument.trades.last?.id;
      if (newest === seen) return [];
      seen = newest;
      return [frame(time)];
    },
  };
}

function klines(instrument: Instrument, interval: string): Outlet {
  const running = (closed: boolean, time: number) => {
    const start = intervalStart(interval, instrument.minutes.running.openTime);
    const candle = instrument.minutes.candle(interval, start);
    return candle ? [klineFrame(instrument, interval, candle, closed, time)] : [];
  };
  let seen: number | undefined;
  return {
    everyMs: 250,
    frames(time) {
      const newest = instrument.trades.last?.id;
      if (newest === seen || instrument.minutes.running.trades === 0) return [];
      seen = newest;
      return running(false, time);
    },
    closing(time) {
      const start = intervalStart(interval, instrument.minutes.running.openTime);
      return intervalEnd(interval, start) <= time ? running(true, time) : [];
    },
  };
}

/** One message for coins and COIN-M, another for TradFi, as the exchange splits them. */
function arrays(
  everybody: readonly Instrument[],
  choose: (one: Instrument) => boolean,
  row: (one: Instrument) => string,
): string[] {
  const chosen = everybody.filter(choose);
  const isTradFi = (one: Instrument) => one.spec.kind === 'tradfi';
  return [chosen.filter((one) => !isTradFi(one)), chosen.filter(isTradFi)]
    .filter((group) => group.length > 0)
    .map((group) => `[${group.map(row).join(',')}]`);
}

function changedArrays(
  everybody: readonly Instrument[],
  row: (one: Instrument, time: number) => string,
): Outlet {
  let since = 0;
  return {
    everyMs: 1000,
    frames(time) {
      const frames = arrays(
        everybody,
        (one) => one.tradedAt > since,
        (one) => row(one, time),
      );
      since = time;
      return frames;
    },
  };
}

function tradingSession(time: number): string[] {
  const day = intervalStart('1d', time);
  return ['EquityUpdate', 'CommodityUpdate'].map(
    (event) => `{"e":"${event}","E":${time},"t":${day},"T":${day + 86_400_000},"S":"NO_TRADING"}`,
  );
}
