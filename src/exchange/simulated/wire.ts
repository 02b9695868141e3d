import type { KlineRow, Row } from '../market-model.ts';
import type { Instrument } from './instrument.ts';
import { intervalEnd, type Minute } from './minutes.ts';
import type { Random } from './random.ts';
import type { AggTrade } from './trades.ts';

// Everything that leaves the simulated market, in the form of 2026: key order (and the blanks inside a kline) as in
// captured frames. Symbols consist of letters and digits, so they need no escaping.

const st = (instrument: Instrument) => (instrument.spec.kind === 'coin-m' ? 2 : 1);

/** `<s>@aggTrade` */
export function aggTradeFrame(instrument: Instrument, trade: AggTrade, time: number): string {
  return `{"e":"aggTrade","E":${time},"a":${trade.id},"s":"${instrument.spec.symbol}",${tradeFields(instrument, trade)},"st":${st(instrument)}}`;
}

/** A row of `/fapi/v1/aggTrades`. */
export function aggTradeRow(instrument: Instrument, trade: AggTrade): Row {
  return {
    a: trade.id,
    p: trade.price.toFixed(instrument.priceDecimals),
    q: trade.quantity.toFixed(instrument.quantityDecimals),
    nq: trade.firm.toFixed(instrument.quantityDecimals),
    f: trade.first,
    l: trade.first + trade.count - 1,
    T: trade.time,
    m: trade.buyerIsMaker,
  };
}

function tradeFields(instrument: Instrument, trade: AggTrade): string {
  const { priceDecimals, quantityDecimals } = instrument;
  return `"p":"${trade.price.toFixed(priceDecimals)}","q":"${trade.quantity.toFixed(quantityDecimals)}","nq":"${trade.firm.toFixed(quantityDecimals)}","f":${trade.first},"l":${trade.first + trade.count - 1},"T":${trade.time},"m":${trade.buyerIsMaker}`;
}

/** `<s>@markPrice`; a row of `!markPrice@arr`. Quarterlies have no funding. */
export function markPriceFrame(instrument: Instrument, time: number): string {
  const { spec, mark, markAverage, index, fundingRate } = instrument;
  const perpetual = spec.kind !== 'quarter';
  const rate = perpetual ? fundingRate.toFixed(8) : '';
  const next = perpetual ? instrument.nextFundingTime(time) : 0;
  return `{"e":"markPriceUpdate","E":${time},"s":"${spec.symbol}","p":"${mark.toFixed(8)}","ap":"${markAverage.toFixed(8)}","P":"${(index * 1.0002).toFixed(8)}","i":"${index.toFixed(8)}","r":"${rate}","T":${next},"st":${st(instrument)}}`;
}

/** `/fapi/v1/premiumIndex` */
export function premiumIndexRow(instrument: Instrument, time: number): Row {
  const perpetual = instrument.spec.kind !== 'quarter';
  return {
    symbol: instrument.spec.symbol,
    markPrice: instrument.mark.toFixed(8),
    indexPrice: instrument.index.toFixed(8),
    estimatedSettlePrice: (instrument.index * 1.0002).toFixed(8),
    lastFundingRate: perpetual ? instrument.fundingRate.toFixed(8) : '',
    interestRate: '0.00010000',
    nextFundingTime: perpetual ? instrument.nextFundingTime(time) : 0,
    time,
  };
}

/** `<s>@kline_<i>` */
export function klineFrame(
  instrument: Instrument,
  interval: string,
  candle: Minute,
  closed: boolean,
  time: number,
): string {
  const { symbol } = instrument.spec;
  const [o, h, l, c, v, q, V, Q] = candleTexts(instrument, candle);
  return `{"e":"kline","E":${time},"s":"${symbol}","k":{"t":${candle.openTime}, "T":${intervalEnd(interval, candle.openTime) - 1}, "s":"${symbol}", "i":"${interval}", "f":${candle.firstId}, "L":${candle.lastId}, "o":"${o}", "c":"${c}", "h":"${h}", "l":"${l}", "v":"${v}", "n":${candle.trades}, "x":${closed}, "q":"${q}", "V":"${V}", "Q":"${Q}", "B":"0"}}`;
}

/** A row of `/fapi/v1/klines`. */
export function klineRow(instrument: Instrument, interval: string, candle: Minute): KlineRow {
  const [o, h, l, c, v, q, V, Q] = candleTexts(instrument, candle);
  const closeTime = intervalEnd(interval, candle.openTime) - 1;
  return [candle.openTime, o, h, l, c, v, closeTime, q, candle.trades, V, Q, '0'];
}

function candleTexts(
  { priceDecimals, quantityDecimals }: Instrument,
  candle: Minute,
): [string, string, string, string, string, string, string, string] {
  const quoteDecimals = priceDecimals + quantityDecimals;
  return [
    candle.open.toFixed(priceDecimals),
    candle.high.toFixed(priceDecimals),
    candle.low.toFixed(priceDecimals),
    candle.close.toFixed(priceDecimals),
    candle.volume.toFixed(quantityDecimals),
    candle.quoteVolume.toFixed(quoteDecimals),
    candle.takerBuyVolume.toFixed(quantityDecimals),
    candle.takerBuyQuoteVolume.toFixed(quoteDecimals),
  ];
}

/** `<s>@miniTicker`; a row of `!miniTicker@arr`. */
export function miniTickerFrame(instrument: Instrument, time: number): string {
  const { spec, priceDecimals, quantityDecimals } = instrument;
  const { minute } = instrument.day();
  return `{"e":"24hrMiniTicker","E":${time},"s":"${spec.symbol}","ps":"${spec.pair}","c":"${instrument.last.toFixed(priceDecimals)}","o":"${minute.open.toFixed(priceDecimals)}","h":"${minute.high.toFixed(priceDecimals)}","l":"${minute.low.toFixed(priceDecimals)}","v":"${minute.volume.toFixed(quantityDecimals)}","q":"${minute.quoteVolume.toFixed(2)}","st":${st(instrument)}}`;
}

/** `<s>@ticker`; a row of `!ticker@arr`. */
export function tickerFrame(instrument: Instrument, time: number): string {
  const row = dayTickerRow(instrument);
  return JSON.stringify({
    e: '24hrTicker',
    E: time,
    s: row.symbol,
    ps: instrument.spec.pair,
    p: row.priceChange,
    P: row.priceChangePercent,
    w: row.weightedAvgPrice,
    c: row.lastPrice,
    Q: row.lastQty,
    o: row.openPrice,
    h: row.highPrice,
    l: row.lowPrice,
    v: row.volume,
    q: row.quoteVolume,
    O: row.openTime,
    C: row.closeTime,
    F: row.firstId,
    L: row.lastId,
    n: row.count,
    st: st(instrument),
  });
}

/** `/fapi/v1/ticker/24hr` */
export function dayTickerRow(instrument: Instrument): Row {
  const { spec, priceDecimals, quantityDecimals, last } = instrument;
  const { openTime, minute } = instrument.day();
  return {
    symbol: spec.symbol,
    priceChange: (last - minute.open).toFixed(priceDecimals),
    priceChangePercent: ((last / minute.open - 1) * 100).toFixed(3),
    weightedAvgPrice: (minute.volume > 0 ? minute.quoteVolume / minute.volume : last).toFixed(priceDecimals),
    lastPrice: last.toFixed(priceDecimals),
    lastQty: (instrument.trades.last?.quantity ?? 0).toFixed(quantityDecimals),
    openPrice: minute.open.toFixed(priceDecimals),
    highPrice: minute.high.toFixed(priceDecimals),
    lowPrice: minute.low.toFixed(priceDecimals),
    volume: minute.volume.toFixed(quantityDecimals),
    quoteVolume: minute.quoteVolume.toFixed(2),
    openTime,
    closeTime: instrument.tradedAt,
    firstId: minute.firstId,
    lastId: minute.lastId,
    count: minute.trades,
  };
}

/** `/fapi/v1/openInterest` */
export function openInterestRow(instrument: Instrument, time: number): Row {
  return {
    symbol: instrument.spec.symbol,
    openInterest: instrument.openInterest.toFixed(instrument.quantityDecimals),
    time,
  };
}

/** `/futures/data/openInterestHist` */
export function openInterestHistRow(
  instrument: Instrument,
  { time, value }: { time: number; value: number },
): Row {
  return {
    symbol: instrument.spec.symbol,
    sumOpenInterest: value.toFixed(8),
    sumOpenInterestValue: (value * instrument.mark).toFixed(8),
    CMCCirculatingSupply: '0.00000000',
    timestamp: time,
  };
}

/** A row of `/futures/data/globalLongShortAccountRatio`: longs are many where they pay for it. */
export function longShortRow(instrument: Instrument, time: number): Row {
  const long = 0.5 + 0.25 * Math.tanh(instrument.fundingRate / 0.0002);
  return {
    symbol: instrument.spec.symbol,
    longAccount: long.toFixed(4),
    longShortRatio: (long / (1 - long)).toFixed(4),
    shortAccount: (1 - long).toFixed(4),
    timestamp: Math.floor(time / 300_000) * 300_000,
  };
}

/** Update ids of the book grow with time; a real day has about as many. */
const updateId = (time: number) => Math.floor(time * 6.5);

/** Levels of both sides as `[price, quantity]` texts, best first; sizes grow a little with the distance. */
function bookLevels(
  instrument: Instrument,
  levels: number,
  random: Random,
): { bids: [string, string][]; asks: [string, string][] } {
  const { tick, priceDecimals, quantityDecimals, bidTicks, spec } = instrument;
  const typical = spec.dayQuote / 86_400 / spec.price / 2;
  const smallest = 10 ** -quantityDecimals;
  const side = (from: number, direction: 1 | -1): [string, string][] => {
    const rows: [string, string][] = [];
    for (let i = 0; i < levels; i++) {
      const ticks = from + direction * i;
      if (ticks < 1) break;
      const quantity = Math.max(smallest, typical * (0.1 + random.next()) * (1 + i / 10));
      rows.push([(ticks * tick).toFixed(priceDecimals), quantity.toFixed(quantityDecimals)]);
    }
    return rows;
  };
  return { bids: side(bidTicks, -1), asks: side(bidTicks + 1, 1) };
}

/** `<s>@depth<n>`: the whole of the best levels. */
export function depthFrame(
  instrument: Instrument,
  levels: number,
  time: number,
  everyMs: number,
  random: Random,
): string {
  const { spec } = instrument;
  const { bids, asks } = bookLevels(instrument, levels, random);
  const before = updateId(time - everyMs);
  return `{"e":"depthUpdate","E":${time},"T":${time - 1},"s":"${spec.symbol}","ps":"${spec.pair}","U":${before + 1},"u":${updateId(time)},"pu":${before},"b":${JSON.stringify(bids)},"a":${JSON.stringify(asks)},"st":${st(instrument)}}`;
}

/** `/fapi/v1/depth` */
export function depthRow(instrument: Instrument, levels: number, time: number, random: Random): Row {
  return { lastUpdateId: updateId(time), E: time, T: time - 1, ...bookLevels(instrument, levels, random) };
}

/** `<s>@bookTicker` */
export function bookTickerFrame(instrument: Instrument, time: number, random: Random): string {
  const { spec } = instrument;
  const { bids, asks } = bookLevels(instrument, 1, random);
  const [bid, bidSize] = bids[0] ?? ['0', '0'];
  const [ask, askSize] = asks[0] ?? ['0', '0'];
  return `{"e":"bookTicker","u":${updateId(time)},"s":"${spec.symbol}","ps":"${spec.pair}","b":"${bid}","B":"${bidSize}","a":"${ask}","A":"${askSize}","T":${time},"E":${time},"st":${st(instrument)}}`;
}

/** `<s>@forceOrder`: a forced SELL closes a long. `ps` and `st` lie inside `o`, as in captured frames. */
export function forceOrderFrame(
  instrument: Instrument,
  side: 'BUY' | 'SELL',
  quantity: number,
  time: number,
): string {
  const { spec, priceDecimals, quantityDecimals, last } = instrument;
  const q = quantity.toFixed(quantityDecimals);
  const limit = last * (side === 'SELL' ? 0.995 : 1.005);
  return `{"e":"forceOrder","E":${time},"o":{"s":"${spec.symbol}","S":"${side}","o":"LIMIT","f":"IOC","q":"${q}","p":"${limit.toFixed(priceDecimals)}","ap":"${last.toFixed(priceDecimals)}","X":"FILLED","l":"${q}","z":"${q}","T":${time - 8},"ps":"${spec.pair}","st":${st(instrument)}}}`;
}
