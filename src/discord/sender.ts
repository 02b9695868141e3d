import { createHash } from 'node:crypto';
// Not from '@discordjs/rest': that is a second copy of the same classes (ESM), which `instanceof` tells apart.
import {
  DiscordAPIError,
  MessageFlags,
  RateLimitError,
  REST,
  RESTEvents,
  RESTJSONErrorCodes,
  Routes,
} from 'discord.js';
import { z } from 'zod';
import type { ChatService } from '../chat/model.ts';
import type { Sender, SendOutcome } from '../courier/sender.ts';
import { describeError } from '../kit/errors.ts';
import type { Pictures } from '../notice/picture.ts';
import { apiCode } from './errors.ts';
import { FILE_NAME } from './files.ts';
import { createPublisher } from './publish.ts';
import { colourOf, type MessageBody, renderNotices, renderPlain } from './render.ts';

export interface DiscordSenderOptions {
  token: string;
  /** Root such as `https://discord.com/api`; the version is added. */
  apiUrl: string;
  chat: Pick<ChatService, 'present'>;
  /** What alerts are illustrated with; undefined: they come as words only. */
  pictures?: Pictures;
  /** How long one send may take with all its retries, ms. */
  timeoutMs?: number;
  /** Refused requests (401, 403, 429) within ten minutes after which nothing more is sent until these are over. */
  invalidMost?: number;
}

/** Refusals after which this channel must not be tried again: 10,000 of them in 10 minutes ban the whole address. */
const GONE: ReadonlyMap<number, string> = new Map([
  [RESTJSONErrorCodes.UnknownChannel, 'unknown channel'],
  [RESTJSONErrorCodes.UnknownGuild, 'unknown server'],
  [RESTJSONErrorCodes.UnknownUser, 'unknown user'],
  [RESTJSONErrorCodes.MissingAccess, 'no access to the channel'],
  [RESTJSONErrorCodes.MissingPermissions, 'no permission to post in the channel'],
  [RESTJSONErrorCodes.CannotSendMessagesToThisUser, 'the user takes no messages'],
  [RESTJSONErrorCodes.CannotSendMessagesToThisUserDueToHavingNoMutualGuilds, 'no server in common'],
  [RESTJSONErrorCodes.InvalidActionOnArchivedThread, 'the thread is archived'],
  [RESTJSONErrorCodes.ThreadLocked, 'the thread is locked'],
  [RESTJSONErrorCodes.CannotSendMessagesInNonTextChannel, 'not a text channel'],
]);

/** Failures before the request reached Discord: surely nothing was sent. */
const NOT_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Half of what bans the address: another process may stand behind the same one. */
const INVALID_MOST = 5_000;

const RETRY_MS = { unreachable: 5_000, refusedByEdge: 60_000, unauthorized: 300_000 } as const;

const USER_PREFIX = 'user:';
const MOST_DIRECT = 10_000;

const sentMessage = z.object({ id: z.string() });
const directChannel = z.object({ id: z.string() });

/** Sends notices to Discord channels, threads and DMs over REST alone; works without the gateway. */
export function createDiscordSender(options: DiscordSenderOptions): Sender {
  const { token, apiUrl, chat, pictures, timeoutMs = 15_000, invalidMost = INVALID_MOST } = options;
  const rest = new REST({
    api: apiUrl,
    version: '10',
    // Repeats are safe, because every attempt carries the same nonce.
    retries: 3,
    timeout: timeoutMs,
    // A wait belongs into the courier's queue, where it survives this process, not into its memory.
    rejectOnRateLimit: () => true,
    invalidRequestWarningInterval: 1,
  });
  // The library counts for the whole process, the gateway's client included.
  let closedUntil = 0;
  rest.on(RESTEvents.InvalidRequestWarning, ({ count, remainingTime }) => {
    if (count >= invalidMost) closedUntil = Date.now() + remainingTime;
  });

  const publish = createPublisher(rest);

  async function post(channelId: string, body: MessageBody, nonce: string, silent: boolean): Promise<string> {
    // A 401 makes the library forget the token, and every later call fail with it.
    rest.setToken(token);
    const answer = await rest.post(Routes.channelMessages(channelId), {
      body: {
        ...body,
        nonce,
        // Discord gives back the first message instead of making a second one, for some minutes.
        enforce_nonce: true,
        allowed_mentions: { parse: [] },
        ...(silent ? { flags: MessageFlags.SuppressNotifications } : {}),
      },
      signal: AbortSignal.timeout(timeoutMs),
    });
    return sentMessage.parse(answer).id;
  }

  // The direct channel with a person stays the same one for ever.
  const direct = new Map<string, string>();

  /** The channel to post in; a person (`user:<id>`) is reached in the direct channel with him. */
  async function channelOf(chatId: string): Promise<string> {
    if (!chatId.startsWith(USER_PREFIX)) return chatId;
    const known = direct.get(chatId);
    if (known !== undefined) return known;
    rest.setToken(token);
    const answer = await rest.post(Routes.userChannels(), {
      body: { recipient_id: chatId.slice(USER_PREFIX.length) },
      signal: AbortSignal.timeout(timeoutMs),
    });
    const { id } = directChannel.parse(answer);
    if (direct.size >= MOST_DIRECT) direct.clear();
    direct.set(chatId, id);
    return id;
  }

  /** The picture goes into the embed that told the words. */
  function createIllustrate(from: Pictures): NonNullable<Sender['illustrate']> {
    return async (destination, notices, messageId) => {
      const { text, buttons, picture } = chat.present(notices, destination, false);
      const drawn = picture && (await from.draw(picture));
      if (!drawn) return undefined;
      const { embeds } = renderNotices(text, buttons, colourOf(notices));
      const image = { url: `attachment://${FILE_NAME}` };
      rest.setToken(token);
      try {
        await rest.patch(Routes.channelMessage(await channelOf(destination.address.chatId), messageId), {
          body: {
            embeds: embeds.map((embed, i) => (i === 0 ? { ...embed, image } : embed)),
            attachments: [{ id: 0, filename: FILE_NAME, description: picture.alt }],
            allowed_mentions: { parse: [] },
          },
          files: [{ name: FILE_NAME, data: drawn.png, contentType: 'image/png' }],
          signal: AbortSignal.timeout(timeoutMs),
        });
        return { type: 'sent', messageId };
      } catch (error) {
        return outcomeOf(error);
      }
    };
  }

  return {
    platform: 'discord',
    async send(destination, notices, { nonce, silent, mayRepeat }) {
      const closedMs = closedUntil - Date.now();
      if (closedMs > 0) {
        return {
          type: 'not-sent',
          retryAfterMs: closedMs,
          scope: 'bot',
          reason: 'too many refused requests',
        };
      }
      const key = nonceOf(nonce);
      const { text, buttons } = chat.present(notices, destination, mayRepeat);
      let chatId: string;
      try {
        chatId = await channelOf(destination.address.chatId);
      } catch (error) {
        return outcomeOf(error);
      }
      try {
        const body = renderNotices(text, buttons, colourOf(notices));
        const messageId = await post(chatId, body, key, silent);
        // Nobody waits for it, and it never fails.
        void publish(destination, messageId);
        return { type: 'sent', messageId };
      } catch (error) {
        if (apiCode(error) !== RESTJSONErrorCodes.InvalidFormBodyOrContentType) return outcomeOf(error);
      }
      try {
        return { type: 'sent', messageId: await post(chatId, renderPlain(text), key, silent) };
      } catch (error) {
        return outcomeOf(error);
      }
    },
    ...(pictures ? { illustrate: createIllustrate(pictures) } : {}),
    async answers() {
      rest.setToken(token);
      return await rest.get(Routes.gatewayBot(), { signal: AbortSignal.timeout(timeoutMs) }).then(
        () => true,
        () => false,
      );
    },
  };
}

/** 25 characters (Discord's limit) of base32 over a hash: the same for every attempt at a batch. */
export function nonceOf(batchNonce: string): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  const bits = BigInt(`0x${createHash('sha256').update(batchNonce).digest('hex')}`);
  return Array.from({ length: 25 }, (_, i) => alphabet[Number((bits >> BigInt(5 * i)) & 31n)]).join('');
}

/** Sorts a failed send by what the courier should do; reasons name class and code, never an URL or a text. */
function outcomeOf(error: unknown): SendOutcome {
  if (error instanceof RateLimitError) return rateLimited(error);
  if (error instanceof DiscordAPIError) return refused(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (NOT_CONNECTED.has(code)) {
    return { type: 'not-sent', retryAfterMs: RETRY_MS.unreachable, scope: 'bot', reason: code };
  }
  // 5xx, a broken connection, a timeout, an answer nobody understands: it may have been delivered.
  return { type: 'ambiguous', reason: describeError(error) };
}

function rateLimited(error: RateLimitError): SendOutcome {
  // A 429 of Discord's edge carries no bucket at all; it and the global limit concern the whole bot.
  const edge = error.scope === 'user' && !Number.isFinite(error.limit);
  return {
    type: 'not-sent',
    retryAfterMs: Math.max(1, Math.ceil(error.retryAfter)),
    scope: error.global || error.scope === 'global' || edge ? 'bot' : 'chat',
    reason: 'rate limit',
  };
}

function refused(error: DiscordAPIError): SendOutcome {
  const code = apiCode(error);
  if (error.status === 401) {
    const reason = 'the token was refused: check DISCORD_TOKEN';
    return { type: 'not-sent', retryAfterMs: RETRY_MS.unauthorized, scope: 'bot', reason };
  }
  // An answer without the API's own code is from something in between, and says nothing about the channel.
  if (code === undefined || code === 0) {
    const reason = `HTTP ${error.status}`;
    return { type: 'not-sent', retryAfterMs: RETRY_MS.refusedByEdge, scope: 'bot', reason };
  }
  const gone = GONE.get(code);
  if (gone !== undefined) return { type: 'gone', reason: `${gone} (${code})` };
  if (error.status === 403 || error.status === 404) return { type: 'gone', reason: `refused (${code})` };
  return { type: 'bad-content', reason: `refused (${code})` };
}
