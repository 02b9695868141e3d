import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { startProxy, type TcpProxy } from '../support/proxy.ts';

const PROGRAM = join(import.meta.dirname, 'courier-process.ts');

/** Couriers in processes of their own, each with its own way to Redis; who dies is replaced. */
export interface Crew {
  readonly size: number;
  /** Ends a courier at once, as a crash would; another takes its place a moment later. */
  kill(number: number): void;
  /** Stops a courier as a machine that swaps would, for so many ms. */
  freeze(number: number, ms: number): void;
  proxy(number: number): TcpProxy;
  readonly kills: number;
  /** Ends all of them in good order; resolves with their exit codes. */
  stop(): Promise<(number | null)[]>;
}

/** Starts so many couriers; resolves when all take wake-ups. */
export async function startCrew(options: {
  size: number;
  redisSocket: string;
  apiRoot(number: number): string;
  restMs(): number;
  /** With the times of production. */
  patient?: boolean;
  logFile?: string | undefined;
}): Promise<Crew> {
  const proxies = await Promise.all(
    Array.from({ length: options.size }, () => startProxy({ path: options.redisSocket })),
  );
  const log: WriteStream | undefined = options.logFile ? createWriteStream(options.logFile) : undefined;
  const running = new Map<number, ChildProcess>();
  const rests = new Set<NodeJS.Timeout>();
  let stopping = false;
  let kills = 0;

  function launch(number: number): Promise<void> {
    const redisPort = proxies[number]?.port;
    const argument = JSON.stringify({
      redisPort,
      apiRoot: options.apiRoot(number),
      patient: options.patient ?? false,
    });
    const child = spawn(process.execPath, [PROGRAM, argument], { stdio: ['ignore', 'pipe', 'pipe'] });
    running.set(number, child);
    child.stderr.on('data', (chunk) => void log?.write(chunk));
    child.on('exit', () => {
      if (stopping || running.get(number) !== child) return;
      const rest = setTimeout(() => {
        rests.delete(rest);
        if (!stopping) void launch(number);
      }, options.restMs());
      rests.add(rest);
    });
    return new Promise((resolve) => {
      child.stdout.once('data', () => resolve());
      child.once('exit', () => resolve());
    });
  }

  await Promise.all(proxies.map((_, number) => launch(number)));
  return {
    size: options.size,
    kill(number) {
      kills += 1;
      running.get(number)?.kill('SIGKILL');
    },
    freeze(number, ms) {
      const child = running.get(number);
      child?.kill('SIGSTOP');
      setTimeout(() => child?.kill('SIGCONT'), ms);
    },
    proxy(number) {
      const proxy = proxies[number];
      if (!proxy) throw new Error(`there is no courier ${number}`);
      return proxy;
    },
    get kills() {
      return kills;
    },
    async stop() {
      stopping = true;
      for (const rest of rests) clearTimeout(rest);
      const codes = await Promise.all([...running.values()].map(ended));
      await Promise.all(proxies.map((proxy) => proxy.close()));
      log?.end();
      return codes;
    },
  };
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const code = new Promise<number | null>((resolve) => child.once('exit', resolve));
  child.kill('SIGCONT');
  child.kill('SIGTERM');
  const forced = setTimeout(() => child.kill('SIGKILL'), 12_000);
  const result = await code;
  clearTimeout(forced);
  return result;
}
