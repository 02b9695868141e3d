import type { Config } from '../config.ts';
import { startExchange } from '../exchange/server.ts';
import { createSimulatedMarket } from '../exchange/simulated.ts';
import { openTape, type TapeStatistics } from '../exchange/tape.ts';
import type { Log } from '../kit/log.ts';
import type { MarketSource } from '../market/events.ts';
import type { Arguments } from './argv.ts';
import { whyNotLive } from './live.ts';

/** Where the feed finds its market: the live one, or a loopback exchange of ours behind the same two URLs. */
export interface MarketPlace {
  source: MarketSource;
  wsUrl: string;
  restUrl: string;
  /** Symbols a tape holds; undefined: the configured ones. */
  symbols: string[] | undefined;
  /** Resolves with the tape's statistics when it has been played to its end; never for other markets. */
  ended: Promise<TapeStatistics>;
  close(): Promise<void>;
}

const never = new Promise<never>(() => undefined);

/** Which market this start is about; a tape first, then the live one, in a demo the simulated one where that fails. */
export async function chooseSource(args: Arguments, config: Config, log: Log): Promise<MarketSource> {
  if (args.tapes.length > 0) return 'replay';
  if (!args.demo) return 'live';
  const reason = await whyNotLive(config.binance.restUrl);
  if (reason === undefined) return 'live';
  log.warn({ reason }, 'no live market: the demo runs on a SIMULATED one, and says so in every answer');
  return 'simulated';
}

/** Opens the market of that source. Throws when a tape cannot be read. */
export async function openMarketPlace(
  source: MarketSource,
  args: Arguments,
  config: Config,
  log: Log,
): Promise<MarketPlace> {
  if (source === 'live') {
    return { source, ...config.binance, symbols: undefined, ended: never, close: async () => undefined };
  }
  if (source === 'simulated') {
    const exchange = await startExchange({ market: createSimulatedMarket(), log });
    const { wsUrl, restUrl } = exchange;
    return { source, wsUrl, restUrl, symbols: undefined, ended: never, close: () => exchange.close() };
  }
  const market = await openTape(args.tapes, { speed: args.speed, log });
  const exchange = await startExchange({ market, log });
  const { wsUrl, restUrl } = exchange;
  return {
    source,
    wsUrl,
    restUrl,
    symbols: [...market.symbols],
    ended: market.ended,
    close: () => exchange.close(),
  };
}
