import { describeError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import type { Address, ChatType } from '../store/chat-model.ts';
import type { Limiter } from '../store/limiter.ts';
import { chatScope, paceOf, RATES, type Rates } from './rates.ts';

/**
 * Keeps the limits true for calls that cannot wait for a slot: answers to people, and the second call where the first
 * was refused. They are counted, and what waits for a slot makes room for them.
 */
export interface Spend {
  /** A message is being sent or changed now. Never rejects. */
  call(address: Pick<Address, 'platform' | 'chatId'>, type: ChatType): Promise<void>;
  /** The platform refuses this chat more for so many ms. Never rejects. */
  refused(address: Pick<Address, 'platform' | 'chatId'>, type: ChatType, ms: number): Promise<void>;
}

/** How far ahead of what is sent now the whole bot may be booked by answers, ms. */
const AHEAD_MS = 1_000;

export function createSpend(deps: {
  limiter: Pick<Limiter, 'take' | 'penalise'>;
  log: Log;
  rates?: Rates;
}): Spend {
  const { limiter, log, rates = RATES } = deps;

  async function book(step: () => Promise<unknown>): Promise<void> {
    try {
      await step();
    } catch (error) {
      log.debug({ error: describeError(error) }, 'a call was not counted');
    }
  }

  return {
    call: (address, type) =>
      book(async () => {
        const platform = rates[address.platform];
        if (!platform) return;
        const rate = platform.chat(type);
        // At most one slot in debt: however much people ask, a bark waits for two slots and no longer.
        await limiter.take(chatScope(address), rate, rate.intervalMs);
        if (!platform.all) return;
        const pace = paceOf(address.platform, platform.all);
        await limiter.take(pace.scope, pace.rate, AHEAD_MS);
      }),
    refused: (address, type, ms) =>
      book(async () => {
        const rate = rates[address.platform]?.chat(type);
        if (rate) await limiter.penalise(chatScope(address), rate, ms);
      }),
  };
}
