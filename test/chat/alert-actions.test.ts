import { describe, expect, it, vi } from 'vitest';
import type { Rule } from '../../src/alerts/rule.ts';
import { createChat } from '../../src/chat/chat.ts';
import { plainText, type Reply } from '../../src/notice/text.ts';
import type { Address } from '../../src/store/chat-model.ts';
import type { Store } from '../../src/store/redis.ts';
import { createRuleUse, utcDay } from '../../src/store/rule-use.ts';
import { actionOf, asker, type House, NOW, rememberCandles, say, useHouse } from './support.ts';

let store: Store;
let house: House;
useHouse((built, opened) => {
  house = built;
  store = opened;
});

const admin = asker({ type: 'group', admin: true, userName: 'anna' });
const member = asker({ type: 'group', admin: false, userId: '43', userName: 'bob' });
const said = (reply: Reply | undefined) => plainText(reply?.text ?? []);

async function rulesAt(address: Address): Promise<Rule[]> {
  const chat = await house.deps.chats.find(address);
  return chat ? await house.deps.rules.list(chat.uid) : [];
}

/** A rule of the group. */
async function ruleOfGroup(line = '/subscribe BTC move 2%'): Promise<Rule> {
  await say(house, admin, line);
  const [rule] = await rulesAt(admin.address);
  if (!rule) throw new Error('no rule');
  return rule;
}

async function uses(rule: Rule): Promise<unknown> {
  const next = utcDay(NOW + 86_400_000);
  return (await createRuleUse(store, house.clock).between(rule.chat, utcDay(NOW), next)).get(rule.id);
}

describe('the buttons of an alert', () => {
  it('say who has seen it, in a passing word to him and by a change of its message', async () => {
    const rule = await ruleOfGroup();
    const event = `${rule.id}:BTCUSDT.7`;
    const reply = await house.chat.press(member, `v1:ack:${event}`);
    expect(reply).toMatchObject({ personal: true, toast: true });
    expect(house.posted).toEqual([
      {
        uid: rule.chat,
        lane: 'am',
        notices: [
          {
            type: 'amendment',
            what: 'ack',
            eventId: `ack:${event}`,
            of: event,
            dueAt: 0,
            by: 'bob',
            at: NOW,
          },
        ],
      },
    ]);
    await vi.waitFor(async () => expect(await uses(rule)).toEqual({ ack: 1 }));
  });

  it('make it quieter and louder by a noticeable step, say so, and take it back', async () => {
    const rule = await ruleOfGroup();
    const quieter = await house.chat.press(admin, `v1:on:${rule.id}:quieter`);
    expect(said(quieter)).toBe(`🔉 #${rule.id} BTCUSDT moves 2.5 % either way within 5 min\n2.5 %`);
    expect(quieter?.replace).toBeFalsy();
    expect((await rulesAt(admin.address))[0]).toMatchObject({ threshold: 2.5, rearm: 1.75 });
    await house.chat.press(admin, actionOf(quieter, 'Undo'));
    expect((await rulesAt(admin.address))[0]).toMatchObject({ threshold: 2, rearm: 1.4 });
    expect(said(await house.chat.press(admin, `v1:on:${rule.id}:louder`))).toContain('1.6 %');
    await vi.waitFor(async () => expect(await uses(rule)).toEqual({ quieter: 1, louder: 2 }));
  });

  it('say what the quieter rule would have done on the stored candles', async () => {
    await rememberCandles(house);
    house.chat = createChat({ ...house.deps, timings: { ...house.deps.timings, countWaitMs: 5_000 } });
    const rule = await ruleOfGroup('/subscribe BTC move 0.5%');
    const quieter = said(await house.chat.press(admin, `v1:on:${rule.id}:quieter`));
    expect(quieter).toMatch(/\n0\.7 % · ≈[\d.]+\/day\nBefore: would have fired [\d–]+ times in 24 h and \d/);
  });

  it('lead from the quieter rule to the picture of it, where candles tell one', async () => {
    await rememberCandles(house);
    house.chat = createChat({ ...house.deps, timings: { ...house.deps.timings, countWaitMs: 5_000 } });
    const rule = await ruleOfGroup('/subscribe BTC move 0.5%');
    const quieter = await house.chat.press(admin, `v1:on:${rule.id}:quieter`);
    const picture = await house.chat.press(member, actionOf(quieter, 'Preview'));
    expect(said(picture)).toMatch(/^🐾 #\w+ BTCUSDT moves 0\.7 %/u);
    await say(house, admin, '/subscribe BTC funding 0.05%');
    const funding = (await rulesAt(admin.address)).find(({ kind }) => kind === 'funding');
    const untold = await house.chat.press(admin, `v1:on:${funding?.id}:quieter`);
    expect(JSON.stringify(untold?.buttons)).not.toContain('Preview');
  });

  it('say on every symbol that it is changed on every one, and that candles cannot tell how often it would bark', async () => {
    const rule = await ruleOfGroup('/subscribe all move 5% 5m');
    expect(said(await house.chat.press(admin, `v1:on:${rule.id}:louder`))).toBe(
      `🔊 #${rule.id} every symbol moves 4 % either way within 5 min\n4 %\nBefore: candles cannot tell it for all symbols at once`,
    );
    await ruleOfGroup('/subscribe BTC funding 0.05%');
    const funding = (await rulesAt(admin.address)).find(({ kind }) => kind === 'funding');
    expect(said(await house.chat.press(admin, `v1:on:${funding?.id}:quieter`))).toMatch(
      /Before: candles cannot tell$/,
    );
  });

  it('go back to the preset that it was', async () => {
    const rule = await ruleOfGroup('/subscribe BTC volume calm');
    const louder = await house.chat.press(admin, `v1:on:${rule.id}:louder`);
    expect((await rulesAt(admin.address))[0]).toMatchObject({ threshold: 8, preset: undefined });
    await house.chat.press(admin, actionOf(louder, 'Undo'));
    expect((await rulesAt(admin.address))[0]).toMatchObject({ threshold: 10, preset: 'calm' });
  });

  it('stop at what its kind allows', async () => {
    const rule = await ruleOfGroup('/subscribe BTC move 0.1%');
    expect(said(await house.chat.press(admin, `v1:on:${rule.id}:louder`))).toBe('It cannot be louder.');
    expect((await rulesAt(admin.address))[0]).toEqual(rule);
  });

  it('tune, mute and remove only for administrators, and leave the alert as it is', async () => {
    const rule = await ruleOfGroup();
    for (const what of ['quieter', 'louder', 'mute:1h', 'rm']) {
      expect(said(await house.chat.press(member, `v1:on:${rule.id}:${what}`))).toContain(
        'Only administrators',
      );
    }
    expect(await rulesAt(admin.address)).toEqual([rule]);
    expect(house.changes).toEqual([]);
    expect(said(await house.chat.press(member, `v1:on:${rule.id}:why`))).toContain(`#${rule.id} BTCUSDT`);
    expect(said(await house.chat.press(admin, `v1:on:${rule.id}:mute:1h`))).toContain('muted until');
    const removed = await house.chat.press(admin, `v1:on:${rule.id}:rm`);
    expect(removed?.replace).toBe(false);
    expect(await rulesAt(admin.address)).toEqual([]);
    await vi.waitFor(async () => expect(await uses(rule)).toEqual({ why: 1, mute: 1, removed: 1 }));
  });

  it('answer politely when the rule is gone or the button says what is not known', async () => {
    expect(said(await house.chat.press(admin, 'v1:on:zzzzzz:quieter'))).toContain('There is no alert');
    expect(said(await house.chat.press(admin, 'v1:on:zzzzzz:dance'))).toContain('out of date');
    expect(said(await house.chat.press(admin, 'v1:on'))).toContain('out of date');
  });
});

describe('“Me too”', () => {
  const home = { platform: 'telegram', chatId: '43', threadId: '' } as const;

  it('takes the rule into the private chat of a member who has spoken to the bot, as his own', async () => {
    const bob = asker({ chatId: '43', userId: '43', userName: 'bob' });
    await say(house, bob, '/start');
    const rule = await ruleOfGroup('/subscribe BTC move -2% 15m cooldown 10m for 30s');
    const reply = await house.chat.press(member, `v1:on:${rule.id}:too`);
    const [mine, ...more] = await rulesAt(home);
    expect(said(reply)).toBe(`It is in your private chat now, as #${mine?.id}.`);
    expect(more).toEqual([]);
    const { id, chat, createdBy, createdAt, ...terms } = rule;
    expect(mine).toMatchObject({ ...terms, createdBy: 'telegram:43' });
    expect(mine?.id).not.toBe(id);
    const again = await house.chat.press(member, `v1:on:${rule.id}:too`);
    expect(said(again)).toBe(`Your private chat has it already, as #${mine?.id}.`);
    expect(await rulesAt(home)).toHaveLength(1);
    expect(said(await say(house, bob, `/unsubscribe ${mine?.id}`))).toContain('Removed');
    expect(await rulesAt(admin.address)).toEqual([rule]);
  });

  it('leads whoever has not spoken to the bot there first, once and for him alone', async () => {
    const rule = await ruleOfGroup();
    const reply = await house.chat.press(member, `v1:on:${rule.id}:too`);
    expect(reply?.buttons?.flat()[0]?.via).toBe('private');
    expect(await rulesAt(home)).toEqual([]);
    const action = actionOf(reply, 'Me too');
    const stranger = asker({ chatId: '44', userId: '44' });
    expect(said(await house.chat.follow(stranger, action))).toContain('too long ago');
    const bob = asker({ chatId: '43', userId: '43', userName: 'bob' });
    expect(said(await house.chat.follow(bob, action))).toContain('✅ Alert set\nWhat: BTCUSDT moves 2 %');
    expect(await rulesAt(home)).toHaveLength(1);
    expect(said(await house.chat.follow(bob, action))).toContain('too long ago');
    expect(await rulesAt(home)).toHaveLength(1);
  });

  it('keeps to the limit of a chat, and knows no private chat of somebody without a name', async () => {
    house.deps.quotas = { ...house.deps.quotas, rulesPerChat: 1 };
    house.chat = createChat(house.deps);
    const bob = asker({ chatId: '43', userId: '43' });
    await say(house, bob, '/subscribe BTC move 9%');
    const rule = await ruleOfGroup();
    expect(said(await house.chat.press(member, `v1:on:${rule.id}:too`))).toContain('limit: 1 alerts');
    const hidden = asker({ type: 'group', userId: undefined });
    expect(said(await house.chat.press(hidden, `v1:on:${rule.id}:too`))).toContain('cannot tell who you are');
  });

  it('needs no first word on Discord', async () => {
    const where = { platform: 'discord', type: 'group', chatId: '900' } as const;
    await say(house, asker({ ...where, admin: true }), '/subscribe BTC move 2%');
    const [rule] = await rulesAt({ platform: 'discord', chatId: '900', threadId: '' });
    const reply = await house.chat.press(
      asker({ ...where, userId: '77', userName: 'bob' }),
      `v1:on:${rule?.id}:too`,
    );
    expect(said(reply)).toContain('It is in your private chat now');
    expect(await rulesAt({ platform: 'discord', chatId: 'user:77', threadId: '' })).toHaveLength(1);
  });
});
