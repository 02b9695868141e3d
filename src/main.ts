import { parseArguments } from './app/argv.ts';
import { startSheepdog } from './app/process.ts';
import { statisticsFields } from './app/statistics.ts';
import { EXIT_CONFIG, loadConfig, readEnvironment } from './config.ts';
import { systemClock } from './kit/clock.ts';
import { ConfigError, describeError, StartError } from './kit/errors.ts';
import { createLog, createRedactor, type Log } from './kit/log.ts';

/** All roles must have ended by then; what is unfinished is found again at the next start. */
const STOP_WITHIN_MS = 10_000;

/** Ends with the right code for whatever kept Sheepdog from starting, and says what to do. */
function failToStart(error: unknown, redact: (text: string) => string): never {
  if (error instanceof ConfigError) {
    console.error(
      `The configuration has ${error.faults.length === 1 ? 'a fault' : `${error.faults.length} faults`}:`,
    );
    for (const fault of error.faults) console.error(`  ${redact(fault)}`);
    console.error('See .env.example for what each variable takes.');
    process.exit(EXIT_CONFIG);
  }
  console.error(redact(error instanceof StartError ? error.message : describeError(error)));
  process.exit(1);
}

function endOnSignal(stop: () => Promise<void>, log: Log): void {
  let ending = false;
  const end = (why: string) => {
    // A repeated signal changes nothing.
    if (ending) return;
    ending = true;
    log.info({ why }, 'ending');
    setTimeout(() => {
      log.warn('not everything ended within 10 s; what is unfinished is found again at the next start');
      process.exit(0);
    }, STOP_WITHIN_MS - 500).unref();
    void stop().then(() => process.exit(0));
  };
  process.on('SIGTERM', () => end('SIGTERM'));
  process.on('SIGINT', () => end('SIGINT'));
}

let redact = createRedactor([]);
try {
  const args = parseArguments(process.argv.slice(2));
  const config = loadConfig(readEnvironment(process.env));
  redact = createRedactor(config.secrets);
  const log = createLog({
    level: config.logLevel,
    secrets: config.secrets,
    pretty: process.stdout.isTTY === true,
  });
  // A bug anywhere must be seen, and must not take the watch down silently.
  process.on('unhandledRejection', (error) =>
    log.fatal({ error: describeError(error) }, 'unhandled rejection'),
  );

  const starting = startSheepdog({ args, config, clock: systemClock, log });
  const stop = async () => {
    const sheepdog = await starting;
    log.info(statisticsFields(await sheepdog.stop()), 'the session in figures');
  };
  // A signal during the start waits for it, so that nothing is left running behind.
  endOnSignal(stop, log);
  const sheepdog = await starting;
  void sheepdog.ended.then(async () => {
    await stop();
    process.exit(0);
  });
} catch (error) {
  failToStart(error, redact);
}
