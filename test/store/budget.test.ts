import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { localDay } from '../../src/kit/local-time.ts';
import {
  type Budget,
  type BudgetLimits,
  createBudget,
  type LedgerEntry,
  type Reservation,
} from '../../src/store/budget.ts';
import { keys } from '../../src/store/keys.ts';
import type { Store } from '../../src/store/redis.ts';
import { useRedis } from '../support/each-test.ts';
import { makeEntry } from '../support/ledger.ts';
import type { TestRedis } from '../support/redis.ts';

const DAY = '2026-11-22';
const UNLIMITED: BudgetLimits = { bot: undefined, chat: undefined };

let ids = 0;
function reservation(change: Partial<Reservation> = {}): Reservation {
  return { id: `call-${++ids}`, day: DAY, payer: 'chat-1', operator: false, amountNano: 100, ...change };
}

/** A call that cost a little less than was reserved. */
function entry(of: Reservation, change: Partial<LedgerEntry> = {}): LedgerEntry {
  const model = { model: 'gpt-4.1', servedModel: 'gpt-4.1', promptTokens: 10, completionTokens: 2 };
  return makeEntry(of, { at: Date.parse('2026-11-22T12:00:00Z'), ...model, costNano: 96, ...change });
}

describe('the budget', () => {
  let redis: TestRedis;
  let store: Store;
  let budget: Budget;

  useRedis((opened) => {
    redis = opened;
    store = redis.connect();
    budget = createBudget(store);
  });

  const summary = (payer?: string, limits = UNLIMITED) => budget.summary(DAY, DAY, 'UTC', payer, limits);

  const ledger = async (day = DAY): Promise<LedgerEntry[]> => {
    const rows = await store.xrange(keys.ledger(day), '-', '+');
    return rows.map(([, fields]) => JSON.parse(fields[1] ?? ''));
  };

  async function spend(change: Partial<Reservation>, limits = UNLIMITED): Promise<string> {
    const made = reservation(change);
    const verdict = await budget.reserve(made, limits, 60_000);
    if (verdict === 'ok') await budget.settle(made, entry(made, { costNano: made.amountNano }));
    return verdict;
  }

  it('is never overspent by a nano-dollar, whoever reserves at the same time', async () => {
    const limits = { bot: 1_000_003, chat: undefined };
    const budgets = [1, 2, 3].map(() => createBudget(redis.connect()));
    let ok = 0;
    await Promise.all(
      budgets.flatMap((one, process) =>
        Array.from({ length: 1000 }, async (_, i) => {
          const amountNano = 700 + ((i * 7919 + process) % 601);
          const made = reservation({ payer: `chat-${i % 10}`, operator: true, amountNano });
          if ((await one.reserve(made, limits, 60_000)) !== 'ok') return;
          ok++;
          // A third fails at no cost, the rest costs what was reserved or half of it.
          if (i % 3 === 0) await one.release(made, 'server');
          else await one.settle(made, entry(made, { costNano: i % 2 ? amountNano : amountNano >> 1 }));
          const { costNano, reservedNano } =
            i % 50 === 0 ? await summary() : { costNano: 0, reservedNano: 0 };
          expect(costNano + reservedNano).toBeLessThanOrEqual(limits.bot);
        }),
      ),
    );
    const total = await summary();
    const sum = (await ledger()).reduce((nano, one) => nano + one.costNano, 0);
    expect(ok).toBeGreaterThan(700);
    expect(total.costNano).toBe(sum);
    expect(total.costNano).toBeLessThanOrEqual(limits.bot);
    expect(total.reservedNano).toBe(0);
    expect(await store.zcard(keys.reservations(DAY))).toBe(0);

    // What is left can be spent to the last nano-dollar, and not one more.
    const left = limits.bot - total.costNano;
    expect(await spend({ amountNano: left, operator: true }, limits)).toBe('ok');
    expect(await spend({ amountNano: 1, operator: true }, limits)).toBe('bot');
  });

  it('is never overspent by a nano-dollar by three processes of four thousand attempts each', async () => {
    const { address } = redis;
    if (address.type !== 'socket') throw new Error('the test Redis listens on a socket');
    const cap = 1_000_000_007;
    const spenders = [1, 2, 3].map((n) =>
      fork(join(import.meta.dirname, 'spender.ts'), [address.path, `p${n}`, '4000', String(cap), DAY]),
    );
    const said = () => Promise.all(spenders.map(async (one) => (await once(one, 'message'))[0]));
    expect(await said()).toEqual(['ready', 'ready', 'ready']);
    const results = said();
    // Looked at while it happens, not only at the end.
    const looks: number[] = [];
    let over = false;
    for (const one of spenders) one.send('go');
    const looking = (async () => {
      while (!over) {
        const { costNano, reservedNano } = await summary();
        looks.push(costNano + reservedNano);
      }
    })();
    const counts = await results;
    over = true;
    await looking;

    const attempts = counts.reduce((sum, { ok, denied }) => sum + ok + denied, 0);
    const total = await summary();
    const sum = (await ledger()).reduce((nano, one) => nano + one.costNano, 0);
    expect(attempts).toBe(12_000);
    expect(looks.length).toBeGreaterThan(10);
    expect(Math.max(...looks)).toBeLessThanOrEqual(cap);
    expect(total).toMatchObject({ costNano: sum, reservedNano: 0, deniedByBudget: expect.any(Number) });
    expect(total.deniedByBudget).toBeGreaterThan(5_000);
    // The cap was pressed, and what is left of it can be spent to the last nano-dollar.
    expect(attempts - total.deniedByBudget).toBeGreaterThan(cap / 1_300_000);
    const limits = { bot: cap, chat: undefined };
    expect(await spend({ amountNano: cap - sum, operator: true }, limits)).toBe('ok');
    expect(await spend({ amountNano: 1, operator: true }, limits)).toBe('bot');
  });

  it('lets scheduled calls use half of it, chats four fifths, and keeps a fifth for operators', async () => {
    const limits = { bot: 1000, chat: undefined };
    const until = async (change: Partial<Reservation>) => {
      for (let n = 0; ; n++) {
        const verdict = await spend({ amountNano: 50, ...change }, limits);
        if (verdict !== 'ok') return { n, verdict };
      }
    };
    expect(await until({ payer: 'bot' })).toEqual({ n: 10, verdict: 'shared' });
    expect(await until({ payer: 'chat-1' })).toEqual({ n: 6, verdict: 'bot' });
    expect(await until({ payer: 'chat-2' })).toEqual({ n: 0, verdict: 'bot' });
    expect(await until({ payer: 'boss', operator: true })).toEqual({ n: 4, verdict: 'bot' });
    expect((await summary()).costNano).toBe(1000);
  });

  it('caps each chat, operators as well, but not the bot itself', async () => {
    const limits = { bot: 10_000, chat: 250 };
    for (const operator of [false, true]) {
      const payer = `chat-${operator}`;
      expect(await spend({ payer, operator }, limits)).toBe('ok');
      expect(await spend({ payer, operator }, limits)).toBe('ok');
      expect(await spend({ payer, operator }, limits)).toBe('chat');
    }
    expect(await spend({ payer: 'bot', amountNano: 300 }, limits)).toBe('ok');
    expect((await summary('chat-true', limits)).deniedByBudget).toBe(1);
  });

  it('tells off from used up, and unlimited from both', async () => {
    expect(await spend({}, { bot: 0, chat: undefined })).toBe('off');
    expect(await spend({ payer: 'bot' }, { bot: 0, chat: undefined })).toBe('off');
    expect(await spend({}, { bot: undefined, chat: 0 })).toBe('off');
    expect(await spend({ payer: 'bot' }, { bot: undefined, chat: 0 })).toBe('ok');
    expect(await spend({ amountNano: 9e15 }, UNLIMITED)).toBe('ok');
    await expect(budget.reserve(reservation({ amountNano: 0.5 }), UNLIMITED, 1000)).rejects.toThrow(
      RangeError,
    );
  });

  it('counts a settlement once, however often it is sent', async () => {
    const made = reservation();
    await budget.reserve(made, UNLIMITED, 60_000);
    for (let i = 0; i < 3; i++) await budget.settle(made, entry(made));
    expect(await summary()).toMatchObject({ calls: 1, costNano: 96, reservedNano: 0 });
    expect(await ledger()).toHaveLength(1);
  });

  it('takes the same reservation twice as one: a reconnect may send it again', async () => {
    const made = reservation();
    expect(await budget.reserve(made, UNLIMITED, 60_000)).toBe('ok');
    expect(await budget.reserve(made, UNLIMITED, 60_000)).toBe('ok');
    expect((await summary()).reservedNano).toBe(100);
  });

  it('counts what a dead process had reserved as spent, by estimate, until its settlement comes, on its day', async () => {
    const made = reservation();
    const limits = { bot: 1000, chat: 150 };
    await budget.reserve(made, limits, 1);
    const lost = { calls: 1, estimatedCalls: 1, costNano: 100, reservedNano: 0 };
    await vi.waitFor(async () => expect(await summary()).toMatchObject(lost));
    expect(await summary('chat-1')).toMatchObject(lost);
    expect(await summary('chat-2')).toMatchObject({ calls: 0, costNano: 0 });
    expect(await budget.detail(DAY, DAY)).toMatchObject({ lostCalls: 1, lostNano: 100, estimatedNano: 100 });
    // The gateway may bill it, so the money is not there for another.
    expect(await spend({}, limits)).toBe('chat');
    expect(await spend({ day: '2026-11-23' }, limits)).toBe('ok');

    await budget.settle(made, entry(made));
    expect(await summary()).toMatchObject({ calls: 1, estimatedCalls: 0, costNano: 96, reservedNano: 0 });
    expect(await budget.detail(DAY, DAY)).toMatchObject({ lostCalls: 0, estimatedNano: 0, answered: 1 });
    expect((await budget.summary('2026-11-23', '2026-11-23', 'UTC', undefined, UNLIMITED)).calls).toBe(1);
  });

  it('counts what the gateway says beyond what was reserved, and marks it', async () => {
    const made = reservation();
    const limits = { bot: 150, chat: undefined };
    await budget.reserve(made, limits, 60_000);
    await budget.settle(made, entry(made, { costNano: 5_000 }));
    expect((await summary()).costNano).toBe(5_000);
    expect((await budget.detail(DAY, DAY)).overCalls).toBe(1);
    expect(await spend({ amountNano: 1, operator: true }, limits)).toBe('bot');
  });

  it('charges nothing for a call that the gateway refused, but counts it', async () => {
    const made = reservation();
    await budget.reserve(made, UNLIMITED, 60_000);
    await budget.release(made, 'limit');
    await budget.release(made, 'limit');
    expect(await summary('chat-1')).toMatchObject({ calls: 0, failedCalls: 1, costNano: 0, reservedNano: 0 });
  });

  it('sums days, payers and models', async () => {
    const one = reservation({ day: '2026-11-20' });
    const two = reservation({ day: '2026-11-22', payer: 'chat-2', operator: true });
    const three = reservation({ day: '2026-11-22' });
    await budget.settle(one, entry(one));
    await budget.settle(
      two,
      entry(two, { model: 'claude:x', costNano: 4, estimated: true, outcome: 'timeout' }),
    );
    await budget.settle(three, entry(three, { costNano: 1 }));
    await budget.countShared('2026-11-22', 'chat-1');
    await budget.reserve(reservation({ amountNano: 7 }), UNLIMITED, 60_000);

    const all = await budget.summary('2026-11-16', '2026-11-22', 'Asia/Seoul', undefined, {
      bot: 50,
      chat: 5,
    });
    expect(all).toEqual({
      from: '2026-11-16',
      to: '2026-11-22',
      timezone: 'Asia/Seoul',
      calls: 3,
      estimatedCalls: 1,
      failedCalls: 1,
      sharedAnalyses: 1,
      deniedByBudget: 0,
      promptTokens: 30,
      completionTokens: 6,
      costNano: 101,
      reservedNano: 7,
      budgetNano: 350,
      perModel: [
        { model: 'gpt-4.1', calls: 2, promptTokens: 20, completionTokens: 4, costNano: 97 },
        { model: 'claude:x', calls: 1, promptTokens: 10, completionTokens: 2, costNano: 4 },
      ],
    });
    const own = await budget.summary('2026-11-16', '2026-11-22', 'UTC', 'chat-2', { bot: 50, chat: 5 });
    expect(own).toMatchObject({ calls: 1, costNano: 4, reservedNano: 0, budgetNano: 35 });
    expect((await summary('bot', { bot: 50, chat: 5 })).budgetNano).toBe(25);
  });

  it('tells the owner who spent it, what was refused and why, and how much of it is estimated', async () => {
    const one = reservation({ day: '2026-11-20' });
    const two = reservation({ payer: 'chat-2' });
    const three = reservation({ payer: 'bot' });
    await budget.settle(one, entry(one, { cachedTokens: 4 }));
    await budget.settle(two, entry(two, { costNano: 300, estimated: true, outcome: 'timeout' }));
    await budget.settle(three, entry(three, { costNano: 20, cachedTokens: 3 }));
    await budget.reserve(reservation(), { bot: 10, chat: undefined }, 60_000);
    await budget.reserve(reservation(), { bot: undefined, chat: 0 }, 60_000);
    await budget.reserve(reservation({ payer: 'bot' }), { bot: 150, chat: undefined }, 60_000);
    expect(await budget.detail('2026-11-20', DAY)).toEqual({
      answered: 2,
      cachedTokens: 7,
      estimatedNano: 300,
      lostCalls: 0,
      lostNano: 0,
      overCalls: 1,
      deniedBy: { bot: 1, chat: 0, shared: 1, off: 1 },
      payers: [
        { payer: 'chat-2', costNano: 300 },
        { payer: 'chat-1', costNano: 96 },
        { payer: 'bot', costNano: 20 },
      ],
      daily: [
        { day: '2026-11-20', costNano: 96 },
        { day: '2026-11-21', costNano: 0 },
        { day: DAY, costNano: 320 },
      ],
    });
  });

  it('forgets a day after forty', async () => {
    await spend({});
    for (const key of await store.keys('sheepdog:{budget}:*'))
      expect(await store.ttl(key)).toBeGreaterThan(39 * 86_400);
  });

  it('begins a day where the bot is', () => {
    const time = Date.parse('2026-11-22T15:30:00Z');
    expect(localDay(time, 'UTC')).toBe('2026-11-22');
    expect(localDay(time, 'Asia/Seoul')).toBe('2026-11-23');
  });
});
