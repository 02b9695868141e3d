import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import type { FeedTimings } from '../../src/feed/timings.ts';
import { startProxy, type TcpProxy } from '../support/proxy.ts';
import type { TestExchange } from '../world/exchange.ts';

const PROGRAM = join(import.meta.dirname, 'feed-process.ts');

/** A feed in a process of its own, with its own way to Redis. */
export interface FeedProcess {
  readonly name: string;
  readonly proxy: TcpProxy;
  /** Everything it logged, over all its lives. */
  readonly log: string[];
  /** Starts it (again); resolves when it is ready for the first time, or dead. */
  launch(): Promise<void>;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  /** Stops it as a machine that swaps would, until `wake`. */
  pause(): void;
  wake(): void;
  /** Ends it in good order. */
  stop(): Promise<void>;
}

/** Prepares a feed that is to watch these symbols; `launch` starts it. */
export async function createFeedProcess(options: {
  name: string;
  redisSocket: string;
  exchange: TestExchange;
  symbols: readonly string[];
  timings: Partial<FeedTimings>;
  logFile?: string | undefined;
}): Promise<FeedProcess> {
  const { name, exchange, symbols, timings } = options;
  const proxy = await startProxy({ path: options.redisSocket });
  const file: WriteStream | undefined = options.logFile
    ? createWriteStream(options.logFile, { flags: 'a' })
    : undefined;
  const log: string[] = [];
  let child: ChildProcess | undefined;
  let lives = 0;

  async function end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const running = child;
    child = undefined;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => running.once('exit', () => resolve()));
    running.kill(signal);
    running.kill('SIGCONT');
    const forced = setTimeout(() => running.kill('SIGKILL'), 12_000);
    await ended;
    clearTimeout(forced);
  }

  return {
    name,
    proxy,
    log,
    async launch() {
      lives += 1;
      const argument = JSON.stringify({
        redisPort: proxy.port,
        wsUrl: exchange.wsUrl,
        restUrl: exchange.restUrl,
        symbols,
        processId: `${name}-${lives}`,
        timings,
      });
      const started = spawn(process.execPath, [PROGRAM, argument], { stdio: ['ignore', 'pipe', 'pipe'] });
      child = started;
      started.stderr.on('data', (chunk) => {
        log.push(String(chunk));
        file?.write(chunk);
      });
      await new Promise<void>((resolve) => {
        started.stdout.once('data', () => resolve());
        started.once('exit', () => resolve());
      });
    },
    kill: () => end('SIGKILL'),
    pause: () => void child?.kill('SIGSTOP'),
    wake: () => void child?.kill('SIGCONT'),
    async stop() {
      await end('SIGTERM');
      await proxy.close();
      file?.end();
    },
  };
}
