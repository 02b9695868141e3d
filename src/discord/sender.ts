import { createHash } from 'node:crypto';
// Not from '@discordjs/rest': that is a second copy of the same classes (ESM), which `instanceof` tells apart.
import { MessageFlags, REST, RESTEvents, RESTJSONErrorCodes, Routes } from 'discord.js';
import { z } from 'zod';
import type { ChatService } from '../chat/model.ts';
import type { Failure, Sender } from '../courier/sender.ts';
import type { Spend } from '../courier/spend.ts';
import type { Pictures } from '../notice/picture.ts';
import type { Limiter } from '../store/limiter.ts';
import { createEdit } from './edit.ts';
import { apiCode } from './errors.ts';
import { outcomeOf } from './outcome.ts';
import { createPings, type Ping } from './ping.ts';
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
  /** Counts how often a chat's role is called and its messages are published; undefined: neither is ever done. */
  limiter?: Pick<Limiter, 'take' | 'giveBack'>;
  /** Where the second call is counted that follows a refusal; a slot is for one. Undefined: it is not. */
  spend?: Spend | undefined;
}

/** Half of what bans the address: another process may stand behind the same one. */
const INVALID_MOST = 5_000;

/** What a direct channel that did not open means for what was to go there. */
const UNOPENED = { type: 'not-sent', retryAfterMs: 5_000, scope: 'chat' } as const;

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

  const publish = createPublisher(rest, options.limiter);

  /** After too many refused requests nothing goes out for a while. */
  function closed(): Failure | undefined {
    const retryAfterMs = closedUntil - Date.now();
    if (retryAfterMs <= 0) return undefined;
    return { type: 'not-sent', retryAfterMs, scope: 'bot', reason: 'too many refused requests' };
  }

  const pings = createPings(options.limiter);

  async function post(
    channelId: string,
    body: MessageBody,
    nonce: string,
    silent: boolean,
    ping?: Ping,
  ): Promise<string> {
    // A 401 makes the library forget the token, and every later call fail with it.
    rest.setToken(token);
    const answer = await rest.post(Routes.channelMessages(channelId), {
      body: {
        ...body,
        ...(ping ? { content: ping.content } : {}),
        nonce,
        // Discord gives back the first message instead of making a second one, for some minutes.
        enforce_nonce: true,
        allowed_mentions: ping?.allowedMentions ?? { parse: [] },
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

  return {
    platform: 'discord',
    pictures: pictures !== undefined,
    async send(destination, notices, { nonce, silent, mayRepeat, form }) {
      const refusal = closed();
      if (refusal) return refusal;
      const key = nonceOf(nonce);
      const { text, buttons } = chat.present(notices, destination, mayRepeat, { form });
      let chatId: string;
      try {
        chatId = await channelOf(destination.address.chatId);
      } catch (error) {
        const outcome = outcomeOf(error);
        // Whether the channel is open or not: the message was not sent.
        return outcome.type === 'ambiguous' ? { ...outcome, ...UNOPENED } : outcome;
      }
      const calls = !silent && notices.some(({ type }) => type === 'alert');
      const ping = calls ? await pings.of(destination) : undefined;
      try {
        const body = renderNotices(text, buttons, colourOf(notices));
        const messageId = await post(chatId, body, key, silent, ping);
        // Nobody waits for it, and it never fails.
        void publish(destination, messageId);
        return { type: 'sent', messageId };
      } catch (error) {
        await ping?.giveBack();
        if (apiCode(error) !== RESTJSONErrorCodes.InvalidFormBodyOrContentType) return outcomeOf(error);
      }
      await options.spend?.call(destination.address, destination.type);
      try {
        return { type: 'sent', messageId: await post(chatId, renderPlain(text), key, silent) };
      } catch (error) {
        return outcomeOf(error);
      }
    },
    edit: createEdit({
      chat,
      pictures,
      closed,
      async patch(destination, messageId, message) {
        rest.setToken(token);
        const channelId = await channelOf(destination.address.chatId);
        await rest.patch(Routes.channelMessage(channelId, messageId), {
          ...message,
          signal: AbortSignal.timeout(timeoutMs),
        });
      },
    }),
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
