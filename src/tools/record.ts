/** `npm run record -- BTCUSDT,ETHUSDT --minutes 10`: writes a tape of the configured market into the working folder. */
import { loadConfig, readEnvironment } from '../config.ts';
import { recordTape } from '../feed/recording.ts';
import { systemClock } from '../kit/clock.ts';
import { ConfigError, describeError } from '../kit/errors.ts';
import { createLog } from '../kit/log.ts';

const USAGE = 'usage: npm run record -- BTCUSDT,ETHUSDT --minutes 10';
const MAX_MINUTES = 7 * 24 * 60;

function parseArguments(argv: readonly string[]): { symbols: string[]; minutes: number } | undefined {
  const symbols: string[] = [];
  let minutes = 10;
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? '';
    if (word === '--minutes') minutes = Number(argv[++i]);
    else if (word.startsWith('-')) return undefined;
    else symbols.push(...word.split(',').map((name) => name.trim().normalize('NFKC').toUpperCase()));
  }
  const named = [...new Set(symbols.filter(Boolean))];
  return named.length > 0 && minutes > 0 && minutes <= MAX_MINUTES ? { symbols: named, minutes } : undefined;
}

async function main(): Promise<number> {
  const asked = parseArguments(process.argv.slice(2));
  if (!asked) {
    console.error(USAGE);
    return 64;
  }
  const { symbols, minutes } = asked;
  try {
    const { binance, secrets, logLevel } = loadConfig(readEnvironment(process.env));
    const log = createLog({ level: logLevel, secrets, pretty: process.stdout.isTTY });
    const stop = new AbortController();
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => stop.abort(new Error(name)));
    const path = `tape-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}Z.jsonl.gz`;
    log.info({ symbols, minutes, path }, 'recording; Ctrl-C ends it early');
    const recorded = await recordTape({
      ...binance,
      symbols,
      ms: minutes * 60_000,
      path,
      clock: systemClock,
      log,
      signal: stop.signal,
    });
    log.info({ ...recorded, path }, 'recorded');
    return 0;
  } catch (error) {
    console.error(error instanceof ConfigError ? error.faults.join('\n') : describeError(error));
    return error instanceof ConfigError ? 78 : 1;
  }
}

process.exitCode = await main();
