import { type Config, EXIT_CONFIG, loadConfig, readEnvironment } from '../config.ts';
import { loadPrices, type Prices } from '../desk/prices.ts';
import { systemClock } from '../kit/clock.ts';
import { ConfigError, describeError } from '../kit/errors.ts';
import { createRedactor, silentLog } from '../kit/log.ts';
import { checkBinanceRest, checkBinanceStreams } from './doctor/binance.ts';
import { checkConfiguration } from './doctor/configuration.ts';
import { checkDiscord } from './doctor/discord.ts';
import { checkHolysheep } from './doctor/holysheep.ts';
import { checkRedis } from './doctor/redis.ts';
import { exitCodeOf, type Finding, finding, formatFinding } from './doctor/report.ts';
import { checkTelegram } from './doctor/telegram.ts';

/**
 * Checks the configuration and every outside service once and writes a line for each finding, secrets taken out.
 * Returns the exit code: 0 only if all that is configured works, 78 for a wrong configuration, else 1.
 */
export async function examine(options: {
  env: NodeJS.ProcessEnv;
  /** Allows one priced call of a few tokens. */
  spend: boolean;
  write: (line: string) => void;
  /** How long a service may take, ms. */
  waitMs?: number;
  /** Where a fetched Redis program is kept; under DATA_DIR unless told. */
  programDir?: string;
}): Promise<number> {
  const { env, spend, write, waitMs = 10_000, programDir } = options;
  let config: Config;
  let prices: Prices;
  try {
    config = loadConfig(env);
    prices = loadPrices(config.ai.pricesPath);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const redact = createRedactor(secretsOf(env));
    for (const fault of error.faults) write(redact(formatFinding(finding('fail', 'configuration', fault))));
    return EXIT_CONFIG;
  }
  const redact = createRedactor(config.secrets);
  // All at once; told in this order.
  const checks: readonly (readonly [string, Promise<Finding[]> | Finding[]])[] = [
    ['configuration', checkConfiguration(config)],
    ['redis', checkRedis(config, silentLog(), programDir === undefined ? {} : { programDir })],
    ['binance rest', checkBinanceRest(config.binance.restUrl, waitMs)],
    ['binance streams', checkBinanceStreams(config.binance.wsUrl, waitMs)],
    ['holysheep', checkHolysheep(config.ai, { spend, prices, clock: systemClock, timeoutMs: waitMs * 2 })],
    ['telegram', checkTelegram(config.telegram, waitMs)],
    ['discord', checkDiscord(config.discord, waitMs)],
  ];
  const settled = await Promise.allSettled(checks.map(([, findings]) => findings));
  const findings = settled.flatMap((result, i) =>
    result.status === 'fulfilled'
      ? result.value
      : [finding('fail', checks[i]?.[0] ?? '', `the check itself failed: ${describeError(result.reason)}`)],
  );
  for (const one of findings) write(redact(formatFinding(one)));
  return exitCodeOf(findings);
}

/** What is secret by its variable's name: a fault may quote (the first 40 characters of) what was given. */
function secretsOf(env: NodeJS.ProcessEnv): string[] {
  return Object.entries(env)
    .filter(([name]) => /TOKEN|KEY|SECRET|PASSWORD|REDIS/.test(name))
    .flatMap(([, value = '']) => [value, ...value.split(',').map((part) => part.trim())])
    .flatMap((text) => [text, text.slice(0, 40)]);
}

if (import.meta.main) {
  const unknown = process.argv.slice(2).filter((word) => word !== '--spend');
  if (unknown.length > 0) {
    console.error('usage: npm run doctor [-- --spend]   (--spend makes one priced AI call of a few tokens)');
    process.exitCode = EXIT_CONFIG;
  } else {
    process.exitCode = await examine({
      env: readEnvironment(process.env),
      spend: process.argv.includes('--spend'),
      write: (line) => console.log(line),
    });
  }
}
