import type { Clock } from '../../kit/clock.ts';
import { describeError, UserError } from '../../kit/errors.ts';
import type { Log } from '../../kit/log.ts';
import type { Instrument, MarketSource } from '../../market/events.ts';
import type { MarketRepository } from '../../store/market.ts';
import { UNKNOWN_TICK } from '../format.ts';
import { TICKER_BY_NAME } from './aliases.ts';
import { editDistance } from './distance.ts';

/** The perpetuals that can be named, as the feed last wrote them, and what is in use of them. */
export interface SymbolBook {
  /** Reads the universe again if the known one is older than `refreshMs`; at first use it waits for it. */
  refresh(): Promise<void>;
  /**
   * The perpetual a person means by a word such as `btc`, `BTC/USDT`, `$btc`, `BTCUSDT.P` or `비트`.
   * Throws UserError `symbol-unknown` (args word, nearest), `symbol-second` (`btc,eth`), `symbol-closed` or `feed-missing`.
   */
  resolve(word: string): Instrument;
  /** Price step of a symbol; of one that is not listed (any more), one fine enough for any price. */
  tickSize(symbol: string): number;
  /** Up to `max` perpetuals whose name begins like what was typed, symbols in use first; from memory. */
  suggest(typed: string, max: number): Instrument[];
  /** Up to `max` symbols that are in use now, else the first of the list. */
  favourites(max: number): string[];
  /** Where the market's numbers come from; undefined until a feed has spoken. */
  source(): MarketSource | undefined;
}

/** Makes the symbol book over what the feed writes; it never fails for Redis' sake once it has read a list. */
export function createSymbolBook(options: {
  market: Pick<MarketRepository, 'universe' | 'health'>;
  clock: Clock;
  log: Log;
  /** How old the known list may be, ms. */
  refreshMs?: number;
}): SymbolBook {
  const { market, clock, log, refreshMs = 3_000 } = options;
  let bySymbol = new Map<string, Instrument>();
  let byBase = new Map<string, Instrument>();
  let inUse: readonly string[] = [];
  let source: MarketSource | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;

  async function read(): Promise<void> {
    const [universe, health] = await Promise.all([market.universe(), market.health()]);
    inUse = health?.symbols ?? [];
    source = health?.source ?? universe?.source;
    if (universe) {
      bySymbol = new Map(universe.instruments.map((each) => [each.symbol, each]));
      byBase = indexBases(universe.instruments);
    }
    readAt = clock.now();
  }

  function candidates(): Instrument[] {
    const used = inUse.flatMap((symbol) => bySymbol.get(symbol) ?? []);
    const seen = new Set(used);
    return [...used, ...[...bySymbol.values()].filter((each) => !seen.has(each) && isTrading(each))];
  }

  function match(word: string): Instrument | undefined {
    const exact = normal(word);
    const compact = compactForm(exact);
    const ticker = TICKER_BY_NAME.get(compact) ?? compact;
    return (
      bySymbol.get(exact) ??
      bySymbol.get(compact) ??
      bySymbol.get(`${ticker}USDT`) ??
      byBase.get(ticker) ??
      byBase.get(TICKER_BY_NAME.get(ticker.replace(/USDT$/, '')) ?? ticker.replace(/USDT$/, ''))
    );
  }

  return {
    async refresh() {
      if (clock.now() - readAt < refreshMs) return;
      reading ??= read().finally(() => {
        reading = undefined;
      });
      if (bySymbol.size === 0) {
        await reading;
        return;
      }
      // A list is known: nobody waits for a newer one.
      reading.catch((error: unknown) => log.warn({ error: describeError(error) }, 'universe not read'));
    },
    resolve(word) {
      if (bySymbol.size === 0) throw new UserError('feed-missing');
      const found = match(word);
      if (!found) {
        const [first, second] = word.slice(0, 64).split(/[,;+、，]/u);
        if (second && first && match(first) && match(second))
          throw new UserError('symbol-second', { word: second });
        throw new UserError('symbol-unknown', { word, nearest: nearest(word, candidates()).join(', ') });
      }
      if (!isTrading(found)) throw new UserError('symbol-closed', { word: found.symbol });
      return found;
    },
    tickSize: (symbol) => bySymbol.get(symbol)?.tickSize ?? UNKNOWN_TICK,
    suggest(typed, max) {
      const all = candidates();
      const compact = compactForm(normal(typed));
      if (compact === '') return all.slice(0, max);
      const begins = all.filter(
        (each) => each.symbol.startsWith(compact) || bareBase(each).startsWith(compact),
      );
      const named = match(typed);
      const rest = begins.filter((each) => each !== named);
      return [...(named && isTrading(named) ? [named] : []), ...rest].slice(0, max);
    },
    favourites: (max) =>
      candidates()
        .slice(0, max)
        .map((each) => each.symbol),
    source: () => source,
  };
}

const isTrading = (instrument: Instrument) => instrument.status === 'TRADING';

/** NFKC, upper case, without invisible and control characters. */
function normal(word: string): string {
  return word
    .slice(0, 64)
    .normalize('NFKC')
    .replace(/[\p{Cc}\p{Cf}\p{Zs}]/gu, '')
    .toUpperCase();
}

/** Without what people write around a ticker: `$`, `/`, `-`, `_`, TradingView's `.P`, ccxt's `:USDT`. */
function compactForm(word: string): string {
  return word
    .replace(/^[$#]+/, '')
    .replace(/\.P$/, '')
    .replace(/:USDT$/, '')
    .replace(/[-/_]?PERP$/, '')
    .replace(/[-/_]/g, '');
}

/** The coin itself: 1000PEPE and 1MBABYDOGE are multiples of one. */
function bareBase(instrument: Instrument): string {
  return instrument.base.toUpperCase().replace(/^(?:1M|10+)(?=\D)/, '');
}

function indexBases(instruments: readonly Instrument[]): Map<string, Instrument> {
  const out = new Map<string, Instrument>();
  for (const instrument of instruments) {
    for (const name of [instrument.base.toUpperCase(), bareBase(instrument)]) {
      const known = out.get(name);
      if (!known || (!isTrading(known) && isTrading(instrument))) out.set(name, instrument);
    }
  }
  return out;
}

/** The three listed names most like a word: by edit distance, a common beginning counting in favour. */
function nearest(word: string, instruments: readonly Instrument[]): string[] {
  const typed = compactForm(normal(word))
    .replace(/USDT?C?$/, '')
    .slice(0, 20);
  return instruments
    .map((each, order) => {
      const base = bareBase(each);
      const begins = typed !== '' && (base.startsWith(typed) || typed.startsWith(base));
      return { symbol: each.symbol, order, score: editDistance(typed, base) - (begins ? 2 : 0) };
    })
    .sort((a, b) => a.score - b.score || a.order - b.order)
    .slice(0, 3)
    .map((each) => each.symbol);
}
