/** Worker: the exchange of the whole market, so that what it takes to play one is not the feed's time. */
import { parentPort } from 'node:worker_threads';
import { startExchange } from '../src/exchange/server.ts';
import { createSimulatedMarket } from '../src/exchange/simulated.ts';
import { silentLog } from '../src/kit/log.ts';

/** With the simulated market's own twelve coins: as many perpetuals as trade. */
const FURTHER_COINS = 558;

const market = createSimulatedMarket({ furtherCoins: FURTHER_COINS });
const { wsUrl, restUrl } = await startExchange({ market, log: silentLog() });
parentPort?.postMessage({ wsUrl, restUrl });
