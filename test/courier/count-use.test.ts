import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { createCountUse } from '../../src/courier/count-use.ts';
import type { AfterBatch } from '../../src/courier/outcomes.ts';
import { silentLog } from '../../src/kit/log.ts';
import type { Notice } from '../../src/notice/notice.ts';
import { createChatsRepository } from '../../src/store/chats.ts';
import { createMailbox } from '../../src/store/mailbox.ts';
import { createRuleUse } from '../../src/store/rule-use.ts';
import { ManualClock } from '../support/clock.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { alert, fakeSender, makeChat, word } from './support.ts';

const NOW = Date.parse('2026-11-24T23:30:00Z');

let redis: TestRedis;
beforeAll(async () => {
  redis = await startTestRedis();
});
afterAll(() => redis.stop());
beforeEach(() => redis.clear());

/** Lets batches of these notices go through, one for each outcome. */
async function counted(notices: readonly Notice[], outcomes: readonly AfterBatch[], mutedUntil?: number) {
  const store = redis.connect();
  const clock = new ManualClock(NOW);
  const chats = createChatsRepository(store);
  const { uid } = await makeChat(chats, '1');
  const chat = await chats.update(uid, { mutedUntil });
  const mailbox = createMailbox(store);
  await mailbox.put(uid, 'hi', notices);
  const batch = await mailbox.claim(uid, 10);
  if (!chat || !batch) throw new Error('nothing to deliver');
  const left = [...outcomes];
  const ruleUse = createRuleUse(store, clock);
  const deliver = createCountUse({
    deliver: async () => left.shift() ?? { type: 'taken' },
    ruleUse,
    clock,
    log: silentLog(),
  });
  for (const _ of outcomes) await deliver(chat, batch, fakeSender());
  return () => ruleUse.between(uid, '2026-11-24', '2026-11-25');
}

const DONE: AfterBatch = { type: 'done', remaining: { hi: 0, lo: 0 } };

it('counts each rule’s barks once, when the batch is done; neither tests nor other words', async () => {
  const test = { ...alert(9, 'r1'), eventId: 'r1:BTCUSDT.tabc' };
  const notices = [alert(1, 'r1'), alert(2, 'r1'), alert(1, 'r2'), test, word(1)];
  const use = await counted(notices, [{ type: 'later', delayMs: 1 }, { type: 'taken' }, DONE]);
  await vi.waitFor(async () =>
    expect(await use()).toEqual(
      new Map([
        ['r1', { fired: 2 }],
        ['r2', { fired: 1 }],
      ]),
    ),
  );
});

it('counts barks of a muted chat as withheld', async () => {
  const use = await counted([alert(1, 'r1')], [DONE], NOW + 1_000);
  await vi.waitFor(async () => expect(await use()).toEqual(new Map([['r1', { withheld: 1 }]])));
});
