import { type Sheepdog, startSheepdog } from '../../src/app/process.ts';
import { loadConfig } from '../../src/config.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { silentLog } from '../../src/kit/log.ts';
import { startTestRedis, type TestRedis } from '../../test/support/redis.ts';
import { type FakeGateway, startFakeGateway } from '../../test/world/gateway.ts';
import { type FakeTelegram, startFakeTelegram } from '../../test/world/telegram.ts';

/** Sheepdog on its simulated market, which every picture says, with Telegram and the AI's gateway on loopback. */
export interface PictureHouse {
  sheepdog: Sheepdog;
  telegram: FakeTelegram;
  gateway: FakeGateway;
  redis: TestRedis;
  stop(): Promise<void>;
}

/** Starts everything, ready to be asked. */
export async function startPictureHouse(): Promise<PictureHouse> {
  const [redis, telegram, gateway] = await Promise.all([
    startTestRedis(),
    startFakeTelegram(),
    startFakeGateway(),
  ]);
  const config = loadConfig({
    // Nothing listens there, so that the demo takes its simulated market wherever this runs.
    BINANCE_REST_URL: 'http://127.0.0.1:9',
    HOLYSHEEP_API_KEY: gateway.apiKey,
    HOLYSHEEP_BASE_URL: gateway.baseUrl,
    TELEGRAM_BOT_TOKEN: telegram.token,
    TELEGRAM_API_ROOT: telegram.apiRoot,
    ANALYSIS_EVERY: 'off',
    CONSOLE_PORT: '0',
  });
  const sheepdog = await startSheepdog({
    args: { roles: undefined, demo: true, tapes: [], speed: 1 },
    config: { ...config, store: redis.address },
    clock: systemClock,
    log: silentLog(),
  });
  while (sheepdog.waitingFor().length > 0) await new Promise((resolve) => setTimeout(resolve, 50));
  return {
    sheepdog,
    telegram,
    gateway,
    redis,
    async stop() {
      await sheepdog.stop();
      await Promise.all([telegram.stop(), gateway.close()]);
      await redis.stop();
    },
  };
}
