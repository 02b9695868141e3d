import type { Config, Role } from '../config.ts';
import { ROLES } from '../config.ts';
import { loadPrices } from '../desk/prices.ts';
import type { Clock } from '../kit/clock.ts';
import { ConfigError, describeError } from '../kit/errors.ts';
import { longId } from '../kit/id.ts';
import type { Log } from '../kit/log.ts';
import { type Loop, startLoop } from '../kit/loop.ts';
import type { Arguments } from './argv.ts';
import { announceCosts } from './costs.ts';
import { chooseSource, openMarketPlace } from './market-place.ts';
import {
  type RoleDeps,
  type RunningRole,
  startAnalystRole,
  startClerkRole,
  startCourier,
  startDiscord,
  startFeed,
  startTelegram,
} from './roles.ts';
import { openServices, type Services } from './services.ts';
import type { Statistics } from './statistics.ts';
import { openStore } from './store.ts';
import { startWeb } from './web.ts';

/** A running Sheepdog: one process with the roles asked for. */
export interface Sheepdog {
  /** Where the console, /healthz, /readyz and /metrics are. */
  url: string;
  /** What keeps it from being ready, in words; empty = ready. */
  waitingFor(): readonly string[];
  /** Resolves when a tape has been played to its end; never otherwise. */
  ended: Promise<void>;
  /** Ends every role in order, nothing lost; a second call gives the same promise. */
  stop(): Promise<Statistics>;
}

/** How often a process says which roles it has. */
const BEAT_MS = 5_000;

/**
 * Starts the roles asked for. Throws ConfigError (roles without a shared Redis, no price for the model), what the store
 * throws, and what opening a tape throws; whatever was opened until then is closed again.
 */
export async function startSheepdog(options: {
  args: Arguments;
  config: Config;
  clock: Clock;
  log: Log;
}): Promise<Sheepdog> {
  const { args, config, clock, log } = options;
  const roles = rolesToStart(args, config);
  const prices = loadPrices(config.ai.pricesPath);
  const startedAt = clock.now();
  const processId = longId();
  /** What to undo, in reverse order. */
  const closers: (() => Promise<void>)[] = [];
  const running: RunningRole[] = [];

  const closeAll = async () => {
    // The doors first, the store last; one that fails must not keep the others open.
    for (const close of closers.toReversed()) {
      await close().catch((error: unknown) =>
        log.error({ error: describeError(error) }, 'could not close cleanly'),
      );
    }
  };

  try {
    const source = await chooseSource(args, config, log);
    const opened = await openStore(config, source, log);
    closers.push(opened.close);
    const place = await openMarketPlace(source, args, config, log);
    closers.push(place.close);
    const services = await openServices({ address: opened.address, config, prices, clock, log });
    closers.push(services.close);
    const deps: RoleDeps = { config, services, place, prices, processId, clock, log };
    const waitingFor = () => running.flatMap((role) => role.waitingFor());

    const web = await startWeb(deps, { console: roles.includes('console'), waitingFor, running });
    closers.push(() => web.close());
    const start = async (role: RunningRole | Promise<RunningRole>) => {
      const started = await role;
      running.push(started);
      closers.push(() => started.stop());
    };
    // Closed in reverse: adapters and clerk stop asking, the feed commits, the desk answers, the courier sends last.
    if (roles.includes('courier')) await start(startCourier(deps));
    if (roles.includes('analyst')) await start(startAnalystRole(deps));
    if (roles.includes('feed')) await start(startFeed(deps));
    if (roles.includes('clerk')) await start(startClerkRole(deps));
    if (roles.includes('telegram') && config.telegram) await start(startTelegram(deps, config.telegram));
    if (roles.includes('discord') && config.discord) await start(startDiscord(deps, config.discord));
    await services.post.sweep();

    const beat = startBeat(services, roles, processId, log);
    closers.push(async () => {
      await beat.stop();
      await services.presence.leave(roles, processId);
    });
    announceCosts(config, prices, log);
    log.info({ roles, source: place.source, url: web.url }, 'Sheepdog is watching');

    let stopping: Promise<Statistics> | undefined;
    const stop = async () => {
      await closeAll();
      return sumUp(running, clock.now() - startedAt);
    };
    return {
      url: web.url,
      waitingFor,
      ended: place.ended.then((statistics) => {
        log.info({ ...statistics }, 'the tape has been played to its end');
      }),
      stop: () => {
        stopping ??= stop();
        return stopping;
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

function rolesToStart(args: Arguments, config: Config): Role[] {
  const asked = args.roles ?? [...ROLES];
  const faults: string[] = [];
  if (asked.length < ROLES.length && !config.store) {
    faults.push('REDIS_URL: roles that run apart need a Redis in common: set REDIS_URL or REDIS_CLUSTER');
  }
  if (args.roles?.includes('telegram') && !config.telegram)
    faults.push('TELEGRAM_BOT_TOKEN: is required for the role telegram');
  if (args.roles?.includes('discord') && !config.discord)
    faults.push('DISCORD_TOKEN: is required for the role discord');
  if (faults.length > 0) throw new ConfigError(faults);
  return asked.filter((role) =>
    role === 'telegram' ? config.telegram : role === 'discord' ? config.discord : true,
  );
}

function startBeat(services: Services, roles: readonly Role[], processId: string, log: Log): Loop {
  return startLoop('presence', BEAT_MS, () => services.presence.beat(roles, processId), log);
}

function sumUp(running: readonly RunningRole[], ms: number): Statistics {
  const total: Statistics = {
    runSeconds: Math.round(ms / 1000),
    messages: 0,
    messagesPerSecond: 0,
    analyses: 0,
    alerts: 0,
    delivered: 0,
    costNano: 0,
  };
  return Object.assign(total, ...running.map((role) => role.statistics()));
}
