import { describe, expect, it } from 'vitest';
import type { Address } from '../../src/store/chat-model.ts';
import { type ChatDefaults, type ChatsRepository, createChatsRepository } from '../../src/store/chats.ts';
import { shardOf } from '../../src/store/keys.ts';
import type { Store } from '../../src/store/redis.ts';
import { createRulesRepository } from '../../src/store/rules.ts';
import { useRedis } from '../support/each-test.ts';
import type { TestRedis } from '../support/redis.ts';
import { makeRule } from '../support/samples.ts';

const DEFAULTS: ChatDefaults = {
  type: 'group',
  title: 'Traders',
  locale: 'ko',
  timezone: 'Asia/Seoul',
  approved: false,
};
const at = (chatId: string, threadId = ''): Address => ({ platform: 'telegram', chatId, threadId });

let redis: TestRedis;
let chats: ChatsRepository;
let others: ChatsRepository;
useRedis((opened) => {
  redis = opened;
  chats = createChatsRepository(redis.connect());
  others = createChatsRepository(redis.connect());
});

describe('ensure', () => {
  it('makes a chat once, with the defaults of the first', async () => {
    const made = await chats.ensure(at('-1'), DEFAULTS);
    expect(made).toMatchObject({
      ...DEFAULTS,
      address: at('-1'),
      costAt: undefined,
      pausedReason: undefined,
    });
    expect(await chats.ensure(at('-1'), { ...DEFAULTS, title: 'Other' })).toEqual(made);
    expect(await chats.get(made.uid)).toEqual(made);
    expect(await chats.find(at('-1'))).toEqual(made);
  });

  it('gives two callers at once the same uid', async () => {
    const made = await Promise.all(
      Array.from({ length: 40 }, (_, i) => (i % 2 ? chats : others).ensure(at('-1'), DEFAULTS)),
    );
    expect(new Set(made.map((chat) => chat.uid)).size).toBe(1);
    expect(await chats.list()).toHaveLength(1);
  });

  it('keeps the topics of a chat apart', async () => {
    const general = await chats.ensure(at('-1'), DEFAULTS);
    const topic = await chats.ensure(at('-1', '7'), DEFAULTS);
    expect(topic.uid).not.toBe(general.uid);
    expect((await chats.find(at('-1', '7')))?.uid).toBe(topic.uid);
    expect(await chats.find(at('-1', '8'))).toBeUndefined();
  });
});

describe('update', () => {
  it('sets and clears fields, and leaves the rest', async () => {
    const { uid } = await chats.ensure(at('-1'), DEFAULTS);
    await chats.update(uid, { costAt: '09:00', pausedReason: 'kicked', approved: true });
    expect(await chats.get(uid)).toMatchObject({ costAt: '09:00', pausedReason: 'kicked', approved: true });
    const back = await chats.update(uid, { pausedReason: undefined, title: 'Renamed' });
    expect(back).toMatchObject({
      costAt: '09:00',
      pausedReason: undefined,
      approved: true,
      title: 'Renamed',
      locale: 'ko',
    });
  });

  it('makes no chat of an unknown uid', async () => {
    expect(await chats.update('nobody', { title: 'x' })).toBeUndefined();
    expect(await chats.get('nobody')).toBeUndefined();
  });
});

describe('move', () => {
  it('takes every topic to the new id, and is safe to repeat', async () => {
    const general = await chats.ensure(at('-1'), { ...DEFAULTS });
    const topic = await chats.ensure(at('-1', '7'), DEFAULTS);
    await Promise.all([chats.move('telegram', '-1', '-1001'), others.move('telegram', '-1', '-1001')]);
    await chats.move('telegram', '-1', '-1001');
    expect(await chats.find(at('-1'))).toBeUndefined();
    expect(await chats.find(at('-1001'))).toEqual({ ...general, address: at('-1001') });
    expect(await chats.find(at('-1001', '7'))).toEqual({ ...topic, address: at('-1001', '7') });
  });

  it('prefers the older chat to one that was made at the new id meanwhile, and silences that', async () => {
    const old = await chats.ensure(at('-1'), DEFAULTS);
    const young = await chats.ensure(at('-1001'), DEFAULTS);
    await chats.move('telegram', '-1', '-1001');
    expect((await chats.find(at('-1001')))?.uid).toBe(old.uid);
    expect((await chats.get(young.uid))?.pausedReason).toBe('replaced');
  });

  it('brings the rules set at the new id to the older chat, and each exactly once however often it is broken off', async () => {
    const old = await chats.ensure(at('-1'), DEFAULTS);
    const young = await chats.ensure(at('-1001'), DEFAULTS);
    const rules = createRulesRepository(redis.connect());
    await rules.save(makeRule({ id: 'oldone', chat: old.uid }), 200);
    await rules.save(makeRule({ id: 'young1', chat: young.uid }), 200);
    await rules.save(makeRule({ id: 'young2', chat: young.uid, symbol: 'ETHUSDT', paused: true }), 200);

    for (let calls = 0; ; calls++) {
      const whole = await createChatsRepository(breakingAfter(redis.connect(), calls))
        .move('telegram', '-1', '-1001')
        .then(
          () => true,
          () => false,
        );
      if (whole) break;
    }
    const ids = async (uid: string) => (await rules.list(uid)).map(({ id }) => id).toSorted();
    expect(await ids(old.uid)).toEqual(['oldone', 'young1', 'young2']);
    expect(await ids(young.uid)).toEqual([]);
    expect(await rules.get(old.uid, 'young2')).toMatchObject({ paused: true, symbol: 'ETHUSDT' });
    expect((await chats.find(at('-1001')))?.uid).toBe(old.uid);
    // The feed hears of it, so that it barks into the right chat.
    const told = await rules.readCommands(new Map([[shardOf('ETHUSDT'), '0-0']]), 0);
    expect(told.filter(({ ruleId }) => ruleId === 'young2').length).toBeGreaterThan(1);
  });
});

describe('counting', () => {
  it('sees an update once', async () => {
    expect(await chats.firstSight('telegram', '1')).toBe(true);
    expect(await others.firstSight('telegram', '1')).toBe(false);
    expect(await chats.firstSight('discord', '1')).toBe(true);
  });

  it('counts the uses of a window of time, which then ends', async () => {
    expect(await chats.count('command:telegram:42', 60_000)).toBe(1);
    expect(await others.count('command:telegram:42', 60_000)).toBe(2);
    expect(await chats.count('command:telegram:43', 60_000)).toBe(1);
    const left = await redis.connect().pttl('sheepdog:rate:command:telegram:42:60000');
    expect(left).toBeGreaterThan(50_000);
    expect(left).toBeLessThanOrEqual(60_000);
  });
});

/** The same store, whose connection breaks after so many calls. */
function breakingAfter(target: Store, calls: number): Store {
  let left = calls;
  return new Proxy(target, {
    get(object, name) {
      const value = Reflect.get(object, name);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        left -= 1;
        return left < 0
          ? Promise.reject(new Error('Connection is closed.'))
          : Reflect.apply(value, object, args);
      };
    },
  });
}
