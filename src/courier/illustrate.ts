import { delay } from '../kit/duration.ts';
import { describeError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import type { Notice } from '../notice/notice.ts';
import type { Chat } from '../store/chat-model.ts';
import type { Limiter, Rate } from '../store/limiter.ts';
import type { Pauses } from './pauses.ts';
import { chatScope, type Rates } from './rates.ts';
import type { Sender } from './sender.ts';

/** A picture that finds no room within this is left out, ms: by then the market is elsewhere. */
const WITHIN_MS = 60_000;
/** Most pictures that wait for room; beyond, barks go without. */
const MOST = 200;
/** Slots of a chat that are left to barks. */
const LEFT_TO_BARKS = 3;

/**
 * Adds pictures to messages after they have arrived. Words never wait for a picture, and no bark loses its slot to one:
 * pictures take only room that nobody else wants. They are kept nowhere: what a crash or a full house costs is a picture.
 */
export interface Illustrator {
  /** The same sender, whose messages get their pictures afterwards, where the platform can. */
  around(sender: Sender): Sender;
  /** Leaves out what still waits, and resolves when nothing is under way. */
  close(): Promise<void>;
}

export function createIllustrator(deps: {
  limiter: Pick<Limiter, 'take' | 'giveBack'>;
  rates: Rates;
  pauses: Pick<Pauses, 'refused'>;
  log: Log;
}): Illustrator {
  const { limiter, rates, pauses, log } = deps;
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = new Set<Promise<void>>();

  async function illustrate(
    sender: Required<Sender>,
    chat: Chat,
    notices: readonly Notice[],
    messageId: string,
  ) {
    const until = performance.now() + WITHIN_MS;
    for (;;) {
      const waitMs = await takeRoom(chat);
      if (waitMs === 0) break;
      if (performance.now() + waitMs > until) return;
      await delay(waitMs, signal);
    }
    const outcome = await sender.illustrate(chat, notices, messageId);
    if (outcome?.type === 'not-sent') await pauses.refused(chat, outcome);
    if (outcome && outcome.type !== 'sent') {
      log.debug({ chat: chat.uid, ...outcome }, 'a bark stays without its picture');
    }
  }

  /** 0: there is room, and it is ours; else how long to wait before asking again, ms. */
  async function takeRoom({ address, type }: Chat): Promise<number> {
    const platform = rates[address.platform];
    if (!platform) return 0;
    const full = platform.chat(type);
    const rate: Rate = { ...full, burst: Math.max(1, full.burst - LEFT_TO_BARKS) };
    const own = await limiter.take(chatScope(address), rate, 0);
    if (!own.taken) return Math.max(1, own.waitMs);
    if (!platform.all) return 0;
    // Only a slot that is free this moment: couriers that have much to send book theirs ahead.
    const all = await limiter.take(address.platform, platform.all, 0);
    if (all.taken) return 0;
    await limiter.giveBack(chatScope(address), rate);
    return Math.max(1, all.waitMs);
  }

  return {
    around(sender) {
      const { illustrate: draw } = sender;
      if (!draw) return sender;
      const whole = { ...sender, illustrate: draw };
      return {
        ...sender,
        async send(chat, notices, options) {
          const outcome = await sender.send(chat, notices, options);
          const isPictured = notices.some(({ type }) => type === 'alert' || type === 'withheld');
          if (outcome.type === 'sent' && isPictured && running.size < MOST && !signal.aborted) {
            const job = illustrate(whole, chat, notices, outcome.messageId).catch((error: unknown) => {
              if (!signal.aborted) log.warn({ error: describeError(error) }, 'a picture was not added');
            });
            running.add(job);
            void job.finally(() => running.delete(job));
          }
          return outcome;
        },
      };
    },
    async close() {
      stopping.abort(new Error('stopped'));
      await Promise.all(running);
    },
  };
}
