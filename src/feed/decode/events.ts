import type { Book, Candle, DayTicker, Liquidation, MarkPrice, Trade } from '../../market/events.ts';

/** What one frame says. */
export type FeedEvent =
  | { type: 'trade'; trade: Trade }
  | { type: 'marks'; marks: readonly MarkPrice[] }
  | { type: 'candle'; symbol: string; candle: Candle; eventTime: number }
  | { type: 'book'; book: Book }
  | { type: 'liquidations'; liquidations: readonly Liquidation[] }
  | { type: 'days'; tickers: readonly DayTicker[] }
  /** The session heartbeat of the traditional markets: says that the socket lives. */
  | { type: 'session' }
  | { type: 'contract'; symbol: string; status: string }
  /** The server asks to be left; it will cut the socket soon. */
  | { type: 'shutdown' }
  /** In order, but nothing Sheepdog uses: COIN-M rows, other streams, raw trades. */
  | { type: 'ignored' }
  | { type: 'malformed' };
