import { describe, expect, it } from 'vitest';
import { COURIER_LIMITS } from '../../src/courier/limits.ts';
import { RATES } from '../../src/courier/rates.ts';
import { createSlots } from '../../src/courier/slots.ts';
import { createSpend, type Spend } from '../../src/courier/spend.ts';
import { silentLog } from '../../src/kit/log.ts';
import type { Chat } from '../../src/store/chat-model.ts';
import { createLimiter, type Limiter } from '../../src/store/limiter.ts';
import { useOffice } from './office.ts';
import { makeChat } from './support.ts';

describe('calls without a slot', () => {
  let limiter: Limiter;
  let spend: Spend;
  let chat: Chat;
  let slotFor: ReturnType<typeof createSlots>;
  useOffice(async ({ store, chats, mailbox }) => {
    limiter = createLimiter(store);
    spend = createSpend({ limiter, log: silentLog() });
    chat = { ...(await makeChat(chats, '-1')), type: 'group' };
    slotFor = createSlots({ limiter, mailbox, rates: RATES, limits: COURIER_LIMITS });
  });
  const answer = () => spend.call(chat.address, chat.type);

  it('take those of the messages that come after them', async () => {
    for (let n = 0; n < 5; n++) await answer();
    const refused = await slotFor(chat, { lane: 'hi', waiting: 1, granted: undefined });
    expect(refused).toMatchObject({ type: 'again' });
    expect(refused?.delayMs).toBeGreaterThan(2_000);
  });

  it('never make a bark wait for more than two, however many they are', async () => {
    for (let n = 0; n < 50; n++) await answer();
    expect(
      (await slotFor(chat, { lane: 'hi', waiting: 1, granted: undefined }))?.delayMs,
    ).toBeLessThanOrEqual(6_000);
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

  it('fail for nobody when they cannot be counted', async () => {
    const broken = { take: () => Promise.reject(new Error('down')), penalise: limiter.penalise };
    await createSpend({ limiter: broken, log: silentLog() }).call(chat.address, chat.type);
  });
});
