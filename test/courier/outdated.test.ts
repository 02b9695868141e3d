import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { SendOutcome } from '../../src/courier/sender.ts';
import type { Notice } from '../../src/notice/notice.ts';
import type { Chat } from '../../src/store/chat-model.ts';
import type { ChatsRepository } from '../../src/store/chats.ts';
import { createDeliveries } from '../../src/store/deliveries.ts';
import type { Mailbox } from '../../src/store/mailbox.ts';
import type { Post } from '../../src/store/post.ts';
import type { Store } from '../../src/store/redis.ts';
import { createRulesRepository, type RulesRepository } from '../../src/store/rules.ts';
import { createWithheld } from '../../src/store/withheld.ts';
import { makeRule } from '../support/samples.ts';
import { useOffice } from './office.ts';
import { alert, fakeSender, makeChat, moving } from './support.ts';

const BUSY: SendOutcome = { type: 'not-sent', retryAfterMs: 20, scope: 'chat', reason: '429' };
const LOST: SendOutcome = { type: 'ambiguous', reason: 'reset' };

describe('barks that wait while somebody wants to hear them no more', () => {
  let chat: Chat;
  let store: Store;
  let chats: ChatsRepository;
  let mailbox: Mailbox;
  let post: Post;
  let rules: RulesRepository;
  let sender: ReturnType<typeof fakeSender>;
  const office = useOffice(async (opened) => {
    ({ store, chats, mailbox, post } = opened);
    chat = await makeChat(chats, '1');
    rules = createRulesRepository(store);
    sender = fakeSender();
  });
  beforeEach(() => Promise.all(['rule1', 'rule2'].map((id) => keep(id))));
  const [first, second] = [alert(1), alert(2)];

  const keep = (id: string, change: Parameters<typeof makeRule>[0] = {}) =>
    rules.save(makeRule({ id, chat: chat.uid, ...change }), 200);

  /** Delivers these; the platform answers the first attempt so, during which somebody does something. */
  async function deliver(notices: readonly Notice[], answer: SendOutcome, meanwhile: () => Promise<unknown>) {
    sender.outcomes.push(async () => {
      await meanwhile();
      return answer;
    });
    await post.post(chat.uid, 'hi', notices);
    await office.start(sender);
    await vi.waitFor(async () => expect(await mailbox.size(chat.uid)).toBe(0), {
      timeout: 15_000,
      interval: 10,
    });
    const [, ...later] = sender.sent;
    return later.map(({ events, mayRepeat, form }) => ({ events, mayRepeat, form }));
  }

  async function fateOf({ eventId }: Notice) {
    const ledger = createDeliveries(store);
    const where = await ledger.ofEvent(eventId);
    const fate = where && (await ledger.get(where.batch));
    return [fate?.state, fate?.reason];
  }

  it('are dropped with their rule, and the others go on', async () => {
    const told = await deliver([first, second], BUSY, () => rules.remove(chat.uid, 'rule1'));
    expect(told).toMatchObject([{ events: [second.eventId], mayRepeat: false }]);
    expect(await fateOf(first)).toEqual(['withheld', 'removed']);
    expect(await fateOf(second)).toEqual(['sent', undefined]);
  });

  it('are dropped of all symbols, when nothing else waits nothing is sent, and nobody is told of it later', async () => {
    await keep('wide', { symbol: 'all' });
    const barks = ['BTCUSDT', 'ETHUSDT'].map((symbol) => {
      const { rule, ...rest } = moving(symbol, 3);
      return { ...rest, rule: { ...rule, id: 'wide', all: true as const } };
    });
    expect(await deliver(barks, BUSY, () => rules.remove(chat.uid, 'wide'))).toEqual([]);
    expect(await Promise.all(barks.map(fateOf))).toEqual(barks.map(() => ['withheld', 'removed']));
    expect((await createWithheld(store).read(chat.uid)).count).toBe(0);
  });

  it('leave a move of the whole market to those that are left', async () => {
    const barks = ['A', 'B', 'C', 'D', 'E', 'F'].map((symbol) => moving(`${symbol}USDT`, 3));
    for (const { rule } of barks) await keep(rule.id, { symbol: rule.symbol });
    const told = await deliver(barks, BUSY, () => rules.remove(chat.uid, 'move-AUSDT'));
    expect(told).toMatchObject([{ form: 'wide', events: barks.slice(1).map(({ eventId }) => eventId) }]);
  });

  it('are told when the rule is there again', async () => {
    const told = await deliver([first], BUSY, async () => {
      await rules.remove(chat.uid, 'rule1');
      await keep('rule1');
    });
    expect(told).toMatchObject([{ events: [first.eventId], mayRepeat: false }]);
  });

  it('stay as they were when they were perhaps told: repeated, and marked', async () => {
    const told = await deliver([first, second], LOST, () => rules.remove(chat.uid, 'rule1'));
    expect(told).toMatchObject([{ events: [first.eventId, second.eventId], mayRepeat: true }]);
  });

  it('are told when the rule merely ended, was changed, or is paused: it was wanted when the market did it', async () => {
    const told = await deliver([first, second], BUSY, async () => {
      await rules.remove(chat.uid, 'rule1', 'ended');
      await keep('rule2', { threshold: 5, paused: true });
    });
    expect(told).toMatchObject([{ events: [first.eventId, second.eventId], mayRepeat: false }]);
  });

  it('are kept for the end of a mute that began while they waited', async () => {
    const muted = { mutedUntil: Date.now() + 3_600_000 };
    expect(await deliver([first, second], BUSY, () => chats.update(chat.uid, muted))).toEqual([]);
    expect(await fateOf(first)).toEqual(['withheld', 'mute']);
    expect((await createWithheld(store).read(chat.uid)).count).toBe(2);
  });

  it('do not come back when the answer to what was left of their batch is lost', async () => {
    const told = await deliver([first, second], BUSY, async () => {
      sender.outcomes.push(() => LOST);
      await rules.remove(chat.uid, 'rule1');
    });
    expect(told).toMatchObject([
      { events: [second.eventId], mayRepeat: false },
      { events: [second.eventId], mayRepeat: true },
    ]);
  });
});
