import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createIllustrator, type Illustrator } from '../../src/courier/illustrate.ts';
import { chatScope, type Rates } from '../../src/courier/rates.ts';
import type { Sender, SendOutcome } from '../../src/courier/sender.ts';
import { silentLog } from '../../src/kit/log.ts';
import { createLimiter, type Limiter } from '../../src/store/limiter.ts';
import { chatAt } from '../discord/support.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { alert, word } from './support.ts';

const OPTIONS = { nonce: 'n', silent: false, mayRepeat: false };
const HOUR_MS = 3_600_000;
const CHAT = chatAt('42');

describe('a bark that has arrived', () => {
  let redis: TestRedis;
  let limiter: Limiter;
  let illustrator: Illustrator;
  let refusals: SendOutcome[];
  beforeAll(async () => {
    redis = await startTestRedis();
    limiter = createLimiter(redis.connect());
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    await redis.clear();
    refusals = [];
  });
  afterEach(() => illustrator.close());

  /** A sender whose messages all arrive, and what it was asked to draw. */
  function start(rates: Rates, outcome: SendOutcome = { type: 'sent', messageId: '7' }) {
    illustrator = createIllustrator({
      limiter,
      rates,
      pauses: { refused: async (_chat, refusal) => void refusals.push(refusal) },
      log: silentLog(),
    });
    const illustrated: string[] = [];
    const sender: Sender = {
      platform: 'discord',
      send: async () => ({ type: 'sent', messageId: '7' }),
      answers: async () => true,
      async illustrate(_chat, _notices, messageId) {
        illustrated.push(messageId);
        return outcome;
      },
    };
    return { sender: illustrator.around(sender), illustrated };
  }

  const perChat = (burst: number): Rates => ({ discord: { chat: () => ({ intervalMs: HOUR_MS, burst }) } });

  it('gets its picture, and nobody waited for that', async () => {
    const { sender, illustrated } = start(perChat(5));
    expect(await sender.send(CHAT, [alert(1)], OPTIONS)).toEqual({ type: 'sent', messageId: '7' });
    await vi.waitFor(() => expect(illustrated).toEqual(['7']));
  });

  it('stays without one as long as its chat has only the slots that barks need', async () => {
    const { sender, illustrated } = start(perChat(4));
    const scope = chatScope(CHAT.address);
    await limiter.take(scope, { intervalMs: HOUR_MS, burst: 4 }, 0);
    await sender.send(CHAT, [alert(1)], OPTIONS);
    await illustrator.close();
    expect(illustrated).toEqual([]);
    // The three that were left are still there.
    for (let i = 0; i < 3; i++) {
      expect(await limiter.take(scope, { intervalMs: HOUR_MS, burst: 4 }, 0)).toMatchObject({ taken: true });
    }
  });

  it('stays without one while the whole bot is busy, and its chat loses no slot for that', async () => {
    const all = { intervalMs: HOUR_MS, burst: 1 };
    const { sender, illustrated } = start({
      discord: { all, chat: () => ({ intervalMs: HOUR_MS, burst: 4 }) },
    });
    await limiter.take('discord', all, 0);
    await sender.send(CHAT, [alert(1)], OPTIONS);
    await illustrator.close();
    expect(illustrated).toEqual([]);
    const own = await limiter.take(chatScope(CHAT.address), { intervalMs: HOUR_MS, burst: 1 }, 0);
    expect(own).toMatchObject({ taken: true });
  });

  it('makes the courier pause where the platform refuses its picture for the time being', async () => {
    const refusal = { type: 'not-sent', retryAfterMs: 5_000, scope: 'chat', reason: '429' } as const;
    const { sender } = start(perChat(5), refusal);
    await sender.send(CHAT, [alert(1)], OPTIONS);
    await vi.waitFor(() => expect(refusals).toEqual([refusal]));
  });

  it('of any other kind has no picture', async () => {
    const { sender, illustrated } = start(perChat(5));
    await sender.send(CHAT, [word(1)], OPTIONS);
    await illustrator.close();
    expect(illustrated).toEqual([]);
  });
});
