import { describe, expect, it } from 'vitest';
import { createChat } from '../../src/chat/chat.ts';
import { plainText } from '../../src/notice/text.ts';
import { actionOf, asker, chatUid, type House, say, useHouse, words } from './support.ts';

let house: House;
useHouse((built) => {
  house = built;
});

/** Answers the next rule command as the shard's owner would. */
async function ownerSays(state: 'armed' | 'already' | 'warming', value: number | undefined): Promise<void> {
  const { rules } = house.deps;
  const from = new Map(Array.from({ length: 64 }, (_, shard) => [shard, '0-0'] as const));
  for (;;) {
    const [command] = await rules.readCommands(from, 200);
    if (command) return await rules.answer(command, { state, value });
  }
}

describe('a complete /subscribe', () => {
  it('stores the rule and says in words what, where, by whom and how often', async () => {
    const reply = await say(house, asker(), '/subscribe btc move -2% 15m');
    const [id] = await house.storedRules();
    expect(plainText(reply?.text ?? [])).toBe(
      [
        '✅ Alert set',
        'What: BTCUSDT falls 2 % within 15 min',
        'How often: repeats · at most once in 5 min',
        'Where: here',
        'By: Anna',
        'State: saved; active when the feed is back',
        `Id #${id}`,
      ].join('\n'),
    );
  });

  it('says it in Korean to a Korean', async () => {
    const text = await words(house, asker({ language: 'ko-KR' }), '/subscribe 비트 급등락 2% 5분');
    expect(text).toContain('✅ 알림을 설정했습니다');
    expect(text).toContain('조건: BTCUSDT 5분 안에 위아래로 2 % 움직이면');
  });

  it.each([
    ['armed', 0.4, 'State: watching; now 0.4 %'],
    ['already', 3, 'State: already beyond it; the next crossing will alert'],
    ['warming', undefined, 'State: warming up; it watches as soon as the window is full'],
  ] as const)('tells what the feed says: %s', async (state, value, expected) => {
    const patient = { ...house.deps, timings: { answerWaitMs: 5_000 } };
    house.chat = createChat(patient);
    const [text] = await Promise.all([
      words(house, asker(), '/subscribe BTC volatility 1%'),
      ownerSays(state, value),
    ]);
    expect(text).toContain(expected);
  });

  it('takes the preset normal without a threshold, shows its value, and changes it by a button', async () => {
    const reply = await say(house, asker(), '/subscribe BTC volatility');
    expect(plainText(reply?.text ?? [])).toMatch(/BTCUSDT range within 5 min reaches [\d.]+ % \(Normal\)/);
    const [before] = await house.deps.rules.list(await chatUid(house));
    const changed = await house.chat.press(asker(), actionOf(reply, 'Calm'));
    expect(plainText(changed?.text ?? [])).toContain('✅ Alert changed');
    const after = await house.deps.rules.list(await chatUid(house));
    expect(after).toHaveLength(1);
    expect(after[0]?.id).toBe(before?.id);
    expect(after[0]?.preset).toBe('calm');
    expect(after[0]?.threshold).toBeGreaterThan(before?.threshold ?? 0);
  });

  it('sets a price level from a bare number, once, on the side the price comes from', async () => {
    expect(await words(house, asker(), '/subscribe BTC 70k')).toContain(
      'What: BTCUSDT rises above 70,000\nHow often: once',
    );
    expect(await words(house, asker(), '/alert BTC 60,000 repeat')).toContain(
      'What: BTCUSDT falls below 60,000\nHow often: repeats',
    );
  });

  it('does not store the same rule twice', async () => {
    await say(house, asker(), '/subscribe BTC move 2%');
    const [id] = await house.storedRules();
    const again = await say(house, asker(), '/subscribe btc/usdt move 2% 5m');
    expect(plainText(again?.text ?? [])).toContain(`Already on, as #${id}`);
    expect(await house.storedRules()).toHaveLength(1);
    // Nothing was done that could be undone.
    expect(again?.buttons?.flat().map(({ label }) => label)).not.toContain('↩ Undo');
    expect(actionOf(again, '✕ Remove')).toBe(`v1:rm:${id}:`);
  });

  it('is told of its end too where the chat wants that of all its rules', async () => {
    await say(house, asker(), '/start');
    await house.deps.chats.update(await chatUid(house), { tellNormal: true });
    await say(house, asker(), '/subscribe BTC move 2%');
    const [rule] = await house.deps.rules.list(await chatUid(house));
    expect(rule?.tellNormal).toBe(true);
    expect(await words(house, asker(), '/subscribe BTC move 2%')).toContain('Already on');
  });

  it('is undone by its button, and that can be undone too', async () => {
    const reply = await say(house, asker(), '/subscribe BTC move 2%');
    const removed = await house.chat.press(asker(), actionOf(reply, 'Undo'));
    expect(await house.storedRules()).toEqual([]);
    await house.chat.press(asker(), actionOf(removed, 'Undo'));
    expect(await house.storedRules()).toHaveLength(1);
  });

  it('is given by Discord in named options', async () => {
    const reply = await house.chat.command(asker({ platform: 'discord' }), {
      name: 'subscribe',
      words: [],
      options: {
        symbol: 'ETHUSDT',
        kind: 'volatility',
        threshold: '1%',
        window: '15m',
        options: 'cooldown 10m',
      },
    });
    expect(plainText(reply?.text ?? [])).toContain(
      'What: ETHUSDT range within 15 min reaches 1 %\nHow often: repeats · at most once in 10 min',
    );
  });

  it('stops at the cap of the chat', async () => {
    house.deps.quotas = { rulesPerChat: 1, commandsPerMinute: 1000 };
    house.chat = createChat(house.deps);
    await say(house, asker(), '/subscribe BTC move 2%');
    expect(await words(house, asker(), '/subscribe BTC move 3%')).toContain('limit: 1 alerts at most');
    expect(await house.storedRules()).toHaveLength(1);
  });
});
