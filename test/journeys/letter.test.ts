import { Queue } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { letterBy } from '../../src/clerk/letter-time.ts';
import { systemClock } from '../../src/kit/clock.ts';
import type { Address } from '../../src/store/chat-model.ts';
import { createChatsRepository } from '../../src/store/chats.ts';
import { QUEUE_PREFIX } from '../../src/store/keys.ts';
import { QUEUES } from '../../src/store/queues.ts';
import type { Store } from '../../src/store/redis.ts';
import { createRuleUse, utcDay } from '../../src/store/rule-use.ts';
import { createRulesRepository } from '../../src/store/rules.ts';
import { ManualClock } from '../support/clock.ts';
import { buttonsOf, wordsOf } from '../world/discord.ts';
import { startWorld, type World } from './house.ts';

describe('the letter on Sundays', () => {
  let world: World;
  let store: Store;
  beforeAll(async () => {
    world = await startWorld({ volatility: 0.6 });
    await world.startSheepdog();
    store = world.redis.connect();
  });
  afterAll(async () => {
    expect(world.discord.violations).toEqual([]);
    await world.stop();
  });

  /** The chat's one rule barked 40 times in the week before last Sunday, and now the letter is due. */
  async function passWeek(address: Address): Promise<{ uid: string; rule: string }> {
    const { uid } = (await createChatsRepository(store).find(address)) ?? { uid: '' };
    const [rule] = await createRulesRepository(store).list(uid);
    const week = new ManualClock(letterBy({ timezone: 'UTC' }, Date.now()).before + 3 * 86_400_000);
    await createRuleUse(store, week).count(uid, rule?.id ?? '', 'fired', 40);
    const queue = new Queue(QUEUES.clerk, { connection: store, prefix: QUEUE_PREFIX });
    await queue.add('letter', { v: 1, task: 'letter', chat: uid });
    await queue.close();
    return { uid, rule: rule?.id ?? '' };
  }

  const thresholdOf = async (uid: string, rule: string) =>
    (await createRulesRepository(store).get(uid, rule))?.threshold ?? 0;

  it('on Telegram: names the noisy rule, and its button makes it quieter', async () => {
    const { telegram } = world;
    const person = telegram.addUser();
    const chat = telegram.privateChat(person);
    telegram.say(chat, '/subscribe btc volatility 0.1% 5m', person);
    await telegram.said(chat, /Alert set/);
    const { uid, rule } = await passWeek({ platform: 'telegram', chatId: String(chat.id), threadId: '' });

    const letter = await telegram.said(chat, /🗞 Your rules this week[\s\S]*Noisy[\s\S]*barked 40×/u);
    expect(letter.silent).toBe(true);
    const button = letter.keyboard.flat().find(({ text }) => / → [\d.]+ %$/.test(text));
    telegram.press(letter, button?.callback_data ?? '', person);
    await telegram.said(chat, new RegExp(`🔉 #${rule}`, 'u'));
    expect(await thresholdOf(uid, rule)).toBeGreaterThan(0.1);
    expect(letter.text).toMatch(/Your rules this week/);
  });

  it('counts the barks that are told and what people do about them', async () => {
    const { telegram, exchange } = world;
    const person = telegram.addUser();
    const chat = telegram.privateChat(person);
    telegram.say(chat, '/subscribe sol move 5% 5m', person);
    await telegram.said(chat, /Alert set[\s\S]*watching/);
    exchange.market.jump('SOLUSDT', 8);
    const bark = await telegram.said(chat, /^🔺 SOL/u);
    const seen = bark.keyboard.flat().find(({ text }) => text.includes('Seen'));
    telegram.press(bark, seen?.callback_data ?? '', person);
    const { uid } = (await createChatsRepository(store).find({
      platform: 'telegram',
      chatId: String(chat.id),
      threadId: '',
    })) ?? { uid: '' };
    const use = createRuleUse(store, systemClock);
    const from = utcDay(Date.now() - 60_000);
    const until = utcDay(Date.now() + 86_400_000);
    await vi.waitFor(async () =>
      expect([...(await use.between(uid, from, until)).values()]).toEqual([{ fired: 1, ack: 1 }]),
    );
  });

  it('on Discord: the same', async () => {
    const { discord } = world;
    await discord.answered(
      discord.command('subscribe', { symbol: 'eth', kind: 'volatility', threshold: '0.1%', window: '5m' }),
    );
    const { channel } = discord;
    const { uid, rule } = await passWeek({ platform: 'discord', chatId: channel.id, threadId: '' });

    const letter = await discord.posted(channel, /🗞 Your rules this week/u);
    expect(wordsOf(letter)).toMatch(/Noisy[\s\S]*barked 40×/);
    const button = buttonsOf(letter).find(({ label }) => / → [\d.]+ %$/.test(label));
    const answer = await discord.answered(discord.press(letter, button?.custom_id ?? ''));
    expect(wordsOf(answer)).toContain(`#${rule}`);
    expect(await thresholdOf(uid, rule)).toBeGreaterThan(0.1);
  });
});
