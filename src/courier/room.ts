import type { Chat } from '../store/chat-model.ts';
import type { Limiter, Rate } from '../store/limiter.ts';
import type { Mailbox } from '../store/mailbox.ts';
import { chatScope, paceOf, type Rates } from './rates.ts';

/** Slots of a chat that are left to barks. */
const LEFT_TO_BARKS = 2;
/** Who was refused comes back no sooner, ms. */
const AGAIN_MS = 50;

/**
 * Makes the function that takes room for a change of a message: 0 = there is room, and it is ours; else how long to
 * wait before asking again, ms. Changes take only room that nothing else wants: of the whole bot's slots one that is
 * free this moment, for couriers that have much to send book theirs ahead.
 */
export function createRoom(deps: {
  limiter: Limiter;
  mailbox: Pick<Mailbox, 'waiting' | 'amendments'>;
  rates: Rates;
}): (chat: Chat) => Promise<number> {
  const { limiter, mailbox, rates } = deps;

  return async function roomFor({ address, type }) {
    const platform = rates[address.platform];
    if (!platform) return 0;
    const full = platform.chat(type);
    const rate: Rate = { ...full, burst: Math.max(1, full.burst - LEFT_TO_BARKS) };
    const own = await limiter.take(chatScope(address), rate, 0);
    if (!own.taken) return Math.max(AGAIN_MS, own.waitMs);
    if (!platform.all) return 0;
    const all = await limiter.take(address.platform, platform.all, 0);
    const pace = paceOf(address.platform, platform.all);
    const now = all.taken ? await limiter.take(pace.scope, pace.rate, 0) : all;
    if (all.taken && now.taken) return 0;
    if (all.taken) await limiter.giveBack(address.platform, platform.all);
    await limiter.giveBack(chatScope(address), rate);
    return Math.max(AGAIN_MS, now.waitMs) + (await spread(platform.all.intervalMs));
  };

  /** All who were refused would come back at once: they come spread over the time that all who wait need. */
  async function spread(intervalMs: number): Promise<number> {
    const [{ hi, lo }, changes] = await Promise.all([
      mailbox.waiting(),
      mailbox.amendments.dueCount(Date.now()),
    ]);
    return Math.floor(Math.random() * (hi + lo + changes) * intervalMs);
  }
}
