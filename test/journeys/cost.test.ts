import { loadImage } from '@napi-rs/canvas';
import { Queue } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CHART_SIZE } from '../../src/charts/request.ts';
import { dayBefore } from '../../src/clerk/local-time.ts';
import { localDay } from '../../src/kit/local-time.ts';
import { createBudget } from '../../src/store/budget.ts';
import type { Address } from '../../src/store/chat-model.ts';
import { createChatsRepository } from '../../src/store/chats.ts';
import { QUEUE_PREFIX } from '../../src/store/keys.ts';
import { QUEUES } from '../../src/store/queues.ts';
import { makeEntry } from '../support/ledger.ts';
import { OPERATOR_ID, startWorld, type World } from './house.ts';

describe('the cost of the AI', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
    await world.startSheepdog({ AI_DAILY_BUDGET_USD: '0.01', AI_CHAT_DAILY_BUDGET_USD: '0.0004' });
  });
  afterAll(() => world.stop());

  /** One call of the AI that the chat at this address paid, yesterday or today; its uid. */
  async function spend(address: Address, when: 'yesterday' | 'today'): Promise<string> {
    const store = world.redis.connect();
    const uid = (await createChatsRepository(store).find(address))?.uid ?? '';
    const day = when === 'today' ? localDay(Date.now(), 'UTC') : dayBefore(Date.now(), 'UTC');
    const budget = createBudget(store);
    const reservation = { id: when, day, payer: uid, operator: false, amountNano: 1_000_000 };
    await budget.reserve(reservation, { bot: undefined, chat: undefined }, 60_000);
    const figures = { promptTokens: 1_200, completionTokens: 300, costNano: 630_000 };
    await budget.settle(reservation, makeEntry(reservation, { at: Date.now(), ...figures }));
    return uid;
  }

  it('is posted to a group every day at the hour it asked for', async () => {
    const { telegram } = world;
    const admin = telegram.addUser();
    const group = telegram.addChat({ type: 'supergroup', title: 'Traders', bot: 'member', admins: [admin] });
    telegram.say(group, `/cost@${telegram.botName} 09:00`, admin);
    await telegram.said(group, /09:00/);

    const store = world.redis.connect();
    const uid = await spend({ platform: 'telegram', chatId: String(group.id), threadId: '' }, 'yesterday');

    // Nine o'clock comes: the waiting job of the scheduler is made due.
    const queue = new Queue(QUEUES.clerk, { connection: store, prefix: QUEUE_PREFIX });
    const job = (await queue.getDelayed()).find(({ data }) => data.task === 'cost');
    expect(job?.data).toMatchObject({ task: 'cost', chat: uid });
    await job?.promote();

    const summary = await telegram.said(group, /\$0\.00063/);
    expect(summary.text).toMatch(/1,?200/);
    await queue.close();
  });

  it('never passes the budget of a chat: the answer then comes without AI and says why', async () => {
    const { telegram } = world;
    const person = telegram.addUser();
    const chat = telegram.privateChat(person);
    const symbols = ['BTCUSDT', 'ETHUSDT', 'BNBUSDT', 'SOLUSDT', 'DOGEUSDT'];
    for (const symbol of symbols) telegram.say(chat, `/analyze ${symbol}`, person);
    await vi.waitFor(() =>
      expect(chat.messages.filter(({ text }) => /budget/i.test(text ?? '')).length).toBeGreaterThan(0),
    );
    const today = localDay(Date.now(), 'UTC');
    const store = world.redis.connect();
    const spent = await createBudget(store).summary(today, today, 'UTC', undefined, {
      bot: undefined,
      chat: undefined,
    });
    expect(spent.costNano).toBeLessThanOrEqual(400_000);
    expect(spent.deniedByBudget).toBeGreaterThan(0);
  });

  it('of a week is drawn as bars, on Telegram and Discord', async () => {
    const { telegram, discord } = world;
    const operator = telegram.addUser({ id: OPERATOR_ID });
    const chat = telegram.privateChat(operator);
    telegram.say(chat, '/cost 7d', operator);
    const photo = await telegram.until('the bars', () => chat.messages.find((message) => message.photo));
    const { width, height } = await loadImage(photo.photo?.bytes ?? Buffer.alloc(0));
    expect({ width, height }).toEqual(CHART_SIZE);
    // What it cost this channel is nothing, and nothing is not drawn.
    const here = await discord.answered(discord.command('cost', { period: '7d' }));
    expect(here.files).toBe(0);
    await spend({ platform: 'discord', chatId: discord.channel.id, threadId: '' }, 'today');
    const spent = await discord.answered(discord.command('cost', { period: '30d' }));
    await discord.waitFor('the bars', () => spent.files === 1);
  });

  it('is shown to a chat as its own, and to an operator as the whole bot’s', async () => {
    const { telegram } = world;
    const stranger = telegram.addUser();
    const operator = telegram.addUser({ id: OPERATOR_ID });
    telegram.say(telegram.privateChat(stranger), '/cost today', stranger);
    await telegram.said(telegram.privateChat(stranger), /\$0\.00/);
    telegram.say(telegram.privateChat(operator), '/cost 7d', operator);
    await telegram.said(telegram.privateChat(operator), /deepseek/);
  });
});
