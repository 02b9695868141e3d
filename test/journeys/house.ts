import type { Arguments } from '../../src/app/argv.ts';
import { type Sheepdog, startSheepdog } from '../../src/app/process.ts';
import { loadConfig } from '../../src/config.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { createLog } from '../../src/kit/log.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { PATIENCE_MS } from '../support/wait.ts';
import { type FakeDiscord, startFakeDiscord } from '../world/discord.ts';
import { startTestExchange, type TestExchange } from '../world/exchange.ts';
import { type FakeGateway, startFakeGateway } from '../world/gateway.ts';
import { type FakeTelegram, startFakeTelegram } from '../world/telegram.ts';

/** The four outside services as strict loopback fakes, and a real Redis. */
export interface World {
  redis: TestRedis;
  exchange: TestExchange;
  telegram: FakeTelegram;
  discord: FakeDiscord;
  gateway: FakeGateway;
  /** Everything that any Sheepdog of this world logged. */
  log: string[];
  /** The environment that points at the fakes. */
  env: NodeJS.ProcessEnv;
  /** Starts Sheepdog in this process, ready; `stop` of the world ends what still runs. */
  startSheepdog(env?: NodeJS.ProcessEnv): Promise<Sheepdog>;
  stop(): Promise<void>;
}

export const OPERATOR_ID = 424_242;

const ALL_ROLES: Arguments = { roles: undefined, demo: false, tapes: [], speed: 1 };

/** Builds the world; the market stands still unless the test moves it. */
export async function startWorld(options: { volatility?: number } = {}): Promise<World> {
  const [redis, exchange, telegram, discord, gateway] = await Promise.all([
    startTestRedis(),
    startTestExchange({ volatility: options.volatility ?? 0 }),
    startFakeTelegram(),
    startFakeDiscord({ rateLimit: { limit: 1_000, windowMs: 1_000 } }),
    startFakeGateway(),
  ]);
  const env: NodeJS.ProcessEnv = {
    BINANCE_WS_URL: exchange.wsUrl,
    BINANCE_REST_URL: exchange.restUrl,
    HOLYSHEEP_API_KEY: gateway.apiKey,
    HOLYSHEEP_BASE_URL: gateway.baseUrl,
    TELEGRAM_BOT_TOKEN: telegram.token,
    TELEGRAM_API_ROOT: telegram.apiRoot,
    DISCORD_TOKEN: discord.token,
    DISCORD_API_URL: discord.apiUrl,
    OPERATORS: `telegram:${OPERATOR_ID}`,
    ANALYSIS_EVERY: 'off',
    CONSOLE_PORT: '0',
    LOG_LEVEL: 'debug',
  };
  const log: string[] = [];
  const running = new Set<Sheepdog>();
  return {
    redis,
    exchange,
    telegram,
    discord,
    gateway,
    log,
    env,
    async startSheepdog(more = {}) {
      const config = { ...loadConfig({ ...env, ...more }), store: redis.address };
      const sheepdog = await startSheepdog({
        args: ALL_ROLES,
        config,
        clock: systemClock,
        log: createLog({ level: config.logLevel, secrets: config.secrets, write: (line) => log.push(line) }),
      });
      running.add(sheepdog);
      await untilReady(sheepdog);
      return {
        ...sheepdog,
        stop: () => {
          running.delete(sheepdog);
          return sheepdog.stop();
        },
      };
    },
    async stop() {
      for (const sheepdog of running) await sheepdog.stop();
      await Promise.all([telegram.stop(), discord.stop(), gateway.close(), exchange.close()]);
      await redis.stop();
    },
  };
}

async function untilReady(sheepdog: Sheepdog): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (sheepdog.waitingFor().length > 0) {
    if (Date.now() > deadline) throw new Error(`not ready: ${sheepdog.waitingFor().join(', ')}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
