import { Queue } from 'bullmq';
import { expect, vi } from 'vitest';
import type { Proposal } from '../../src/alerts/presets.ts';
import { startClerk } from '../../src/clerk/clerk.ts';
import { composeReport } from '../../src/clerk/market-report.ts';
import { createSchedules } from '../../src/clerk/schedules.ts';
import { silentLog } from '../../src/kit/log.ts';
import { usdToNano } from '../../src/kit/money.ts';
import { createAnalysesRepository } from '../../src/store/analyses.ts';
import { createBlindnessLog } from '../../src/store/blindness.ts';
import { createBudget } from '../../src/store/budget.ts';
import { createChatsRepository } from '../../src/store/chats.ts';
import { QUEUE_PREFIX } from '../../src/store/keys.ts';
import { createMailbox } from '../../src/store/mailbox.ts';
import { createMarketRepository } from '../../src/store/market.ts';
import { createPost } from '../../src/store/post.ts';
import { type ClerkJob, QUEUES } from '../../src/store/queues.ts';
import { createRuleUse } from '../../src/store/rule-use.ts';
import { createRulesRepository } from '../../src/store/rules.ts';
import { createWithheld } from '../../src/store/withheld.ts';
import { ManualClock } from '../support/clock.ts';
import { makeEntry } from '../support/ledger.ts';
import type { TestRedis } from '../support/redis.ts';

/** A Tuesday. */
export const NOW = Date.parse('2026-11-24T09:00:20Z');

/** A clerk at work on a store, at a time that stands still. */
export async function assemble(redis: TestRedis) {
  const store = redis.connect();
  const clock = new ManualClock(NOW);
  const log = silentLog();
  const chats = createChatsRepository(store);
  const rules = createRulesRepository(store);
  const market = createMarketRepository(store);
  const budget = createBudget(store);
  const ruleUse = createRuleUse(store, clock);
  const withheld = createWithheld(store);
  const mailbox = createMailbox(store);
  const post = createPost({ store, connection: store });
  const queue = new Queue<ClerkJob>(QUEUES.clerk, { connection: store, prefix: QUEUE_PREFIX });
  const schedules = createSchedules(queue, chats, clock);
  const analysed: string[] = [];
  /** What the candles of a symbol tell of its usual threshold. */
  const usual = new Map<string, Proposal>();
  const clerk = await startClerk({
    address: redis.address,
    market,
    chats,
    rules,
    ruleUse,
    usualThreshold: async (symbol) => usual.get(symbol),
    queueLetters: () => schedules.queueLetters(),
    budget,
    withheld,
    limits: { bot: usdToNano(1), chat: usdToNano(1) },
    post,
    report: (chat) =>
      composeReport(chat, {
        market,
        analyses: createAnalysesRepository(store),
        mailbox,
        budget,
        limits: { bot: usdToNano(1), chat: usdToNano(1) },
        operators: new Set(),
        timezone: 'UTC',
        clock,
      }),
    analyse: async (symbol) => void analysed.push(symbol),
    operators: new Set(),
    timezone: 'UTC',
    clock,
    log,
    watch: { everyMs: 10 },
  });
  return {
    clock,
    chats,
    rules,
    ruleUse,
    usual,
    market,
    withheld,
    blindness: createBlindnessLog(store),
    mailbox,
    queue,
    schedules,
    analysed,
    newChat: (chatId: string, timezone = 'UTC') =>
      chats.ensure(
        { platform: 'telegram', chatId, threadId: '' },
        { type: 'group', title: 'Traders', locale: 'en', timezone, approved: true },
      ),
    async spend(payer: string, day: string, costNano: number) {
      const reservation = { id: `${payer}-${day}`, day, payer, operator: false, amountNano: costNano };
      await budget.reserve(reservation, { bot: undefined, chat: undefined }, 60_000);
      await budget.settle(reservation, makeEntry(reservation, { at: NOW, model: 'deepseek-v3.2' }));
    },
    nextBatch: (uid: string) =>
      vi.waitFor(async () => {
        const batch = await mailbox.claim(uid, 10);
        expect(batch).toBeDefined();
        return batch;
      }),
    /** What was claimed and what still waits, in order. */
    async waiting(uid: string) {
      const first = await mailbox.claim(uid, 10);
      if (!first) return [];
      const begun = await mailbox.begin(uid, first);
      await mailbox.delivered(uid, begun ?? first, { messageId: 'm1' });
      const second = await mailbox.claim(uid, 10);
      return [...first.notices, ...(second?.notices ?? [])];
    },
    async close() {
      await clerk.close();
      await queue.close();
      await post.close();
    },
  };
}
