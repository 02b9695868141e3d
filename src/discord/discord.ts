import { type Client, DiscordjsErrorCodes, Events, RESTEvents, Status } from 'discord.js';
import type { ChatService } from '../chat/model.ts';
import type { Spend } from '../courier/spend.ts';
import type { Clock } from '../kit/clock.ts';
import { delay } from '../kit/duration.ts';
import { describeError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import { createTurns } from '../kit/turns.ts';
import type { Pictures } from '../notice/picture.ts';
import type { Chat } from '../store/chat-model.ts';
import type { ChatsRepository } from '../store/chats.ts';
import type { Store } from '../store/redis.ts';
import { createClient } from './client.ts';
import { registerCommands } from './commands.ts';
import { handleInteraction } from './interactions.ts';
import { followPresence } from './presence.ts';

export interface DiscordOptions {
  token: string;
  /** Root such as `https://discord.com/api`; the version is added. */
  apiUrl: string;
  store: Store;
  chats: ChatsRepository;
  chat: ChatService;
  pictures: Pictures;
  /** Hears of chats that are gone. */
  tellOwners?: ((chat: Chat, reason: string) => Promise<void>) | undefined;
  /** Where messages are counted that go into a direct channel on request. Undefined: they are not. */
  spend?: Spend | undefined;
  log: Log;
  clock: Clock;
  /** First wait after a failed login or registration, ms; doubles up to 64 times that. */
  retryMs?: number;
  /** How long autocomplete waits for suggestions, ms. */
  suggestWithinMs?: number;
  /** How long a stop waits for handlers and for a reconnect under way, ms. */
  stopWithinMs?: number;
}

/** The receiving side of Discord: one gateway connection. */
export interface Discord {
  /** Begins to connect and returns; whatever fails is tried again, except a token that Discord refuses. */
  start(): Promise<void>;
  /** Takes nothing new, lets running handlers finish, says goodbye to the gateway. */
  stop(): Promise<void>;
  /** Is every shard connected now? */
  isUp(): boolean;
}

/** How many answers are written at once. A message with its picture is some ms of work, and acknowledgements have 3 s. */
const ANSWERS_AT_ONCE = 32;

/** Answers commands, buttons and autocomplete on Discord, and notices where the bot came or went. */
export function createDiscord(options: DiscordOptions): Discord {
  const { token, apiUrl, store, chats, chat, log, clock } = options;
  const { retryMs = 5_000, suggestWithinMs = 2_000, stopWithinMs = 5_000 } = options;
  const inTurn = createTurns(ANSWERS_AT_ONCE);
  const running = new Set<Promise<void>>();
  const stopping = new AbortController();
  const { signal } = stopping;
  let client: Client | undefined;
  let refused = false;
  let connecting = Promise.resolve();

  function track(job: Promise<void>): void {
    running.add(job);
    void job.finally(() => running.delete(job));
  }

  function run(what: string, job: () => Promise<void>): void {
    track(
      job().catch((error) => log.error({ what, error: describeError(error) }, 'discord: handler failed')),
    );
  }

  /** Tries `step` until it works, is refused for good, or the stop comes. */
  async function persist(what: string, step: () => Promise<void>): Promise<void> {
    for (let failures = 0; !signal.aborted; failures++) {
      try {
        await step();
        return;
      } catch (error) {
        if (signal.aborted || refused) return;
        const waitMs = retryMs * 2 ** Math.min(failures, 6) * (0.75 + Math.random() / 2);
        log.warn({ error: describeError(error), waitMs: Math.round(waitMs) }, `discord: ${what} failed`);
        await delay(waitMs, signal).catch(() => undefined);
      }
    }
  }

  async function login(): Promise<void> {
    const attempt = createClient(apiUrl);
    attach(attempt);
    client = attempt;
    try {
      await attempt.login(token);
    } catch (error) {
      client = undefined;
      if (isCode(error, DiscordjsErrorCodes.TokenInvalid)) refuse('the token was refused');
      throw error;
    }
  }

  function refuse(why: string): void {
    refused = true;
    log.error({ why }, 'discord: refused for good; check DISCORD_TOKEN and the bot page of the application');
  }

  function attach(target: Client): void {
    target.on(Events.InteractionCreate, (interaction) => {
      if (signal.aborted) return;
      track(
        handleInteraction(interaction, {
          chat,
          pictures: options.pictures,
          inTurn,
          spend: options.spend,
          log,
          clock,
          suggestWithinMs,
        }),
      );
    });
    target.once(Events.ClientReady, (ready) => {
      log.info({ guilds: ready.guilds.cache.size }, 'discord: connected');
      const registration = { rest: ready.rest, applicationId: ready.application.id, store, log };
      run('register commands', () =>
        persist('registering commands', () =>
          registerCommands({ ...registration, definitions: chat.commands }),
        ),
      );
    });
    // Only codes that Discord calls final end here: bad token, bad intents, bad shards.
    target.on(Events.ShardDisconnect, ({ code }) => refuse(`gateway closed with ${code}`));
    target.on(Events.ShardReconnecting, () => log.info('discord: reconnecting'));
    target.on(Events.ShardError, (error) =>
      log.warn({ error: describeError(error) }, 'discord: gateway error'),
    );
    target.on(Events.Error, (error) => log.error({ error: describeError(error) }, 'discord: client error'));
    target.on(Events.Warn, (message) => log.warn({ message }, 'discord: warning'));
    target.rest.on(RESTEvents.InvalidRequestWarning, ({ count }) =>
      log.warn({ count }, 'discord: many refused requests; 10,000 in 10 minutes ban this address'),
    );
    followPresence(target, { chats, chat, tellOwners: options.tellOwners, run });
  }

  function shardsAre(...wanted: Status[]): boolean {
    return client?.ws.shards.every((shard) => wanted.includes(shard.status)) ?? true;
  }

  async function leave(): Promise<void> {
    stopping.abort(new Error('stopped'));
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), stopWithinMs);
    const expired = new Promise<void>((resolve) => {
      patience.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([Promise.allSettled(running), expired]);
    // The library forgets a reconnect that is under way when it is destroyed, and then finishes it: wait for its end.
    // While Discord cannot be reached there is none, and only the end of the process ends the attempts.
    while (!patience.signal.aborted && !shardsAre(Status.Ready, Status.Disconnected, Status.Idle)) {
      await delay(20, patience.signal).catch(() => undefined);
    }
    await client?.destroy();
    await Promise.race([connecting, expired]);
    clearTimeout(timer);
  }

  let leaving: Promise<void> | undefined;
  return {
    async start() {
      connecting = persist('login', login);
    },
    stop() {
      leaving ??= leave();
      return leaving;
    },
    isUp: () => (client?.isReady() ?? false) && shardsAre(Status.Ready),
  };
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
