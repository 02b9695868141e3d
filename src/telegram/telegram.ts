import { type Api, GrammyError } from 'grammy';
import type { ChatService } from '../chat/model.ts';
import type { Spend } from '../courier/spend.ts';
import type { Clock } from '../kit/clock.ts';
import { delay } from '../kit/duration.ts';
import type { Log } from '../kit/log.ts';
import type { Pictures } from '../notice/picture.ts';
import type { Chat } from '../store/chat-model.ts';
import type { ChatsRepository } from '../store/chats.ts';
import type { Store } from '../store/redis.ts';
import { createApi, type TelegramAddress } from './api.ts';
import { registerCommands } from './commands.ts';
import { countWrites } from './counted.ts';
import { describeCall } from './errors.ts';
import { createHandler } from './handler.ts';
import { ALLOWED_UPDATES } from './incoming.ts';
import { createPollerLock } from './lock.ts';
import { createMembers } from './members.ts';
import { POLL_TIMINGS, type PollTimings, startPolling } from './poller.ts';
import { retryFlooded } from './retry.ts';
import { serveWebhook, type WebhookOptions } from './webhook.ts';

export interface TelegramOptions extends TelegramAddress {
  store: Store;
  chats: ChatsRepository;
  chat: ChatService;
  pictures: Pictures;
  /** Where answers are counted, so that the couriers make room for them; undefined: they are not. */
  spend?: Spend | undefined;
  /** Hears of chats that the bot was put out of. */
  tellOwners?: ((chat: Chat, reason: string) => Promise<void>) | undefined;
  log: Log;
  clock: Clock;
  /** Undefined: long polling. */
  webhook?: WebhookOptions | undefined;
  timings?: Partial<PollTimings>;
}

/** The receiving side of Telegram. */
export interface Telegram {
  /**
   * Begins to connect and returns; whatever fails outside is tried again. Throws only when the webhook's port cannot be
   * served.
   */
  start(): Promise<void>;
  /** Takes nothing new and lets running handlers finish, 8 s at most. */
  stop(): Promise<void>;
  /** Does Telegram reach us, or does another process of this bot serve it? */
  isUp(): boolean;
}

/** Answers commands and buttons on Telegram, and notices where the bot came, went or moved. */
export function createTelegram(options: TelegramOptions): Telegram {
  const { store, chats, chat, pictures, log, clock, webhook } = options;
  const timings = { ...POLL_TIMINGS, ...options.timings };
  const stopping = new AbortController();
  const { signal } = stopping;
  const { api, close } = createApi(options, 15);
  // Within: a call that is repeated counts again.
  if (options.spend) api.config.use(countWrites(options.spend));
  api.config.use(retryFlooded(signal));
  const running = new Set<Promise<void>>();
  // Updates that came before the bot knew its own name wait for it.
  const named = Promise.withResolvers<(update: unknown) => Promise<void>>();
  let isUp = () => false;
  let serving: Promise<void> = Promise.resolve();
  let closeServer = (): Promise<void> => Promise.resolve();

  /** Tries `step` until it works or the stop comes; undefined: stopped. */
  async function persist<T>(what: string, step: () => Promise<T>): Promise<T | undefined> {
    for (let failures = 0; !signal.aborted; failures++) {
      try {
        return await step();
      } catch (error) {
        if (signal.aborted) return undefined;
        const hint = isUnauthorized(error) ? { hint: 'check TELEGRAM_BOT_TOKEN' } : {};
        const waitMs = timings.retryMs * 2 ** Math.min(failures, 4) * (0.75 + Math.random() / 2);
        log.warn(
          { error: describeCall(error), waitMs: Math.round(waitMs), ...hint },
          `telegram: ${what} failed`,
        );
        await delay(waitMs, signal).catch(() => undefined);
      }
    }
    return undefined;
  }

  async function serve(): Promise<void> {
    const me = await persist('asking who we are', () => api.getMe());
    if (!me) return;
    log.info({ bot: me.username }, 'telegram: connected');
    const members = createMembers({ api, botId: me.id, botName: me.username, clock });
    const { tellOwners } = options;
    const handle = createHandler({
      api,
      botName: me.username,
      members,
      chat,
      pictures,
      chats,
      tellOwners,
      log,
    });
    named.resolve(handle);
    const registration = { api, botId: me.id, definitions: chat.commands, store, log };
    const registering = persist('registering commands', () => registerCommands(registration));
    await (webhook ? announce(api, webhook) : poll(handle));
    await registering;
  }

  async function announce(target: Api, { url, secret }: WebhookOptions): Promise<void> {
    const set = () => target.setWebhook(url, { secret_token: secret, allowed_updates: [...ALLOWED_UPDATES] });
    const done = await persist('setting the webhook', set);
    isUp = () => done === true;
  }

  async function poll(handle: (update: unknown) => Promise<void>): Promise<void> {
    // A webhook that is set keeps every poll out.
    if ((await persist('deleting the webhook', () => api.deleteWebhook())) === undefined) return;
    const polling = createApi(options, timings.pollSeconds + 10);
    const lock = createPollerLock(store, timings.lockTtlMs);
    const poller = startPolling({ api: polling.api, handle, lock, timings, signal, log });
    isUp = poller.isUp;
    await poller.ended;
    polling.close();
  }

  function receive(update: unknown): void {
    const job = named.promise.then((handle) => handle(update));
    running.add(job);
    void job.finally(() => running.delete(job));
  }

  return {
    async start() {
      if (webhook) {
        const server = await serveWebhook(webhook, receive);
        log.info({ port: server.port }, 'telegram: waiting for calls');
        closeServer = server.close;
      }
      serving = serve();
      // Stopped before the bot had a name: what waits for it ends unanswered.
      void serving.then(() => named.resolve(async () => undefined));
    },
    async stop() {
      stopping.abort(new Error('stopped'));
      isUp = () => false;
      const patience = new AbortController();
      const overdue = delay(timings.stopWithinMs, patience.signal).catch(() => undefined);
      await closeServer();
      await Promise.race([Promise.all([serving, Promise.allSettled(running)]), overdue]);
      patience.abort();
      close();
    },
    isUp: () => isUp(),
  };
}

function isUnauthorized(error: unknown): boolean {
  return error instanceof GrammyError && (error.error_code === 401 || error.error_code === 404);
}
