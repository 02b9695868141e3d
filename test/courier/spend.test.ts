import { describe, expect, it, vi } from 'vitest';
import { COURIER_LIMITS } from '../../src/courier/limits.ts';
import { RATES } from '../../src/courier/rates.ts';
import { createSlots } from '../../src/courier/slots.ts';
import { createSpend, type Spend } from '../../src/courier/spend.ts';
import { silentLog } from '../../src/kit/log.ts';
import type { Chat } from '../../src/store/chat-model.ts';
import { keys } from '../../src/store/keys.ts';
import { createLimiter, type Limiter } from '../../src/store/limiter.ts';
import type { Post } from '../../src/store/post.ts';
import type { Store } from '../../src/store/redis.ts';
import { useOffice } from './office.ts';
import { alert, fakeSender, makeChat } from './support.ts';

const GROUP = RATES.telegram?.chat('group') ?? { intervalMs: Number.NaN, burst: 0 };

describe('calls without a slot', () => {
  let limiter: Limiter;
  let spend: Spend;
  let chat: Chat;
  let store: Store;
  let post: Post;
  let slotFor: ReturnType<typeof createSlots>;
  const office = useOffice(async ({ chats, mailbox, ...opened }) => {
    ({ store, post } = opened);
    limiter = createLimiter(store);
    spend = createSpend({ limiter, log: silentLog() });
    chat = { ...(await makeChat(chats, '-1')), type: 'group' };
    slotFor = createSlots({ limiter, mailbox, rates: RATES, limits: COURIER_LIMITS });
  });
  const answer = () => spend.call(chat.address, chat.type);

  it('take those of the messages that come after them', async () => {
    for (let n = 0; n < GROUP.burst; n++) await answer();
    const refused = await slotFor(chat, { lane: 'hi', waiting: 1, granted: undefined });
    expect(refused).toMatchObject({ type: 'again' });
    expect(refused?.delayMs).toBeGreaterThan(2_000);
  });

  it('never make a bark wait for more than two, however many they are', async () => {
    for (let n = 0; n < 50; n++) await answer();
    expect(
      (await slotFor(chat, { lane: 'hi', waiting: 1, granted: undefined }))?.delayMs,
    ).toBeLessThanOrEqual(2 * GROUP.intervalMs);
  });

  it('close a chat for as long as the platform says, and no other', async () => {
    await spend.refused(chat.address, chat.type, 30_000);
    expect((await slotFor(chat, { lane: 'hi', waiting: 1, granted: undefined }))?.delayMs).toBeGreaterThan(
      25_000,
    );
    const other = { ...chat, address: { ...chat.address, chatId: '-2' } };
    expect((await slotFor(other, { lane: 'hi', waiting: 1, granted: undefined }))?.delayMs ?? 0).toBeLessThan(
      1_000,
    );
  });

  it('are counted where a group moved: the slot was the old one’s, the second call is the new one’s', async () => {
    const sender = fakeSender();
    sender.outcomes.push(() => ({ type: 'migrated', chatId: '-1001' }));
    const intervalMs = 3_600_000;
    await office.start(sender, { rates: { telegram: { chat: () => ({ intervalMs, burst: 5 }) } } });
    await post.post(chat.uid, 'hi', [alert(1)]);
    await vi.waitFor(() => expect(sender.sent.map(({ chatId }) => chatId)).toEqual(['-1', '-1001']));
    const bookedMs = Number(await store.get(keys.limit('telegram:-1001'))) - Date.now();
    expect(Math.ceil(bookedMs / intervalMs)).toBe(1);
  });

  it('fail for nobody when they cannot be counted', async () => {
    const broken = { take: () => Promise.reject(new Error('down')), penalise: limiter.penalise };
    await createSpend({ limiter: broken, log: silentLog() }).call(chat.address, chat.type);
  });
});
