import { describe, expect, it } from 'vitest';
import type { Rule } from '../../src/alerts/rule.ts';
import { createChat } from '../../src/chat/chat.ts';
import { plainText, type Reply } from '../../src/notice/text.ts';
import { actionOf, asker, chatUid, type House, rememberCandles, say, useHouse } from './support.ts';

let house: House;
useHouse((built) => {
  house = built;
  house.deps.timings = { ...house.deps.timings, previewWaitMs: 5_000, countWaitMs: 5_000 };
  house.chat = createChat(house.deps);
});

async function rule(): Promise<Rule> {
  const [only] = await house.deps.rules.list(await chatUid(house));
  if (!only) throw new Error('no rule');
  return only;
}

const press = (reply: Reply | undefined, label: string, who = asker()) =>
  house.chat.press(who, actionOf(reply, label));
const said = (reply: Reply | undefined) => plainText(reply?.text ?? []);
const labels = (reply: Reply | undefined) => reply?.buttons?.flat().map(({ label }) => label) ?? [];

describe('the edit dialogue', () => {
  it('opens from the confirmation and from the list, in place, and leads back', async () => {
    const set = await say(house, asker(), '/subscribe BTC move 2%');
    const screen = await press(set, 'Change');
    expect(said(screen)).toContain('BTCUSDT moves 2 % either way within 5 min');
    expect(screen?.replace).toBe(true);
    const list = await press(screen, 'All alerts');
    expect(said(list)).toContain('Alerts: 1 of 200');
    expect(said(await press(list, '⚙'))).toBe(said(screen));
  });

  it('steps the threshold with what it would have done, and sets it only at the tap', async () => {
    await rememberCandles(house);
    const set = await say(house, asker(), '/subscribe BTC move 0.5%');
    const screen = await press(set, 'Change');
    expect(labels(screen)[1]).toMatch(/^0\.5 % · ≈[\d.]+\/day$/);
    const up = await press(await press(screen, '+'), '+');
    expect(labels(up)[1]).toMatch(/^✓ Set 0\.6 % · ≈[\d.]+\/day$/);
    expect(said(up)).toMatch(/0\.6 %: would (not )?have fired/);
    expect(said(up)).toContain('Not set yet');
    expect((await rule()).threshold).toBe(0.5);
    const done = await press(up, '✓ Set');
    expect(await rule()).toMatchObject({ threshold: 0.6, rearm: 0.42, preset: undefined });
    expect(said(done)).toContain('moves 0.6 %');
    expect(said(done)).not.toContain('Not set yet');
  });

  it('changes window, how often, cooldown, the note and the pause', async () => {
    const screen = await press(await say(house, asker(), '/subscribe BTC volatility 1%'), 'Change');
    const windows = await press(screen, 'Window: 5 min');
    expect(labels(windows)).toEqual(['1 min', '• 5 min', '15 min', '1 hr', '4 hr', '1 day', '‹ Back']);
    const hour = await press(windows, '1 hr');
    expect(said(hour)).toContain('range within 1 hr reaches 1 %');
    const cooldowns = await press(hour, 'Once in 5 min');
    const calm = await press(cooldowns, '4 hr');
    expect(said(calm)).toContain('at most once in 4 hr');
    const noted = await press(calm, '☐ Back-to-normal note');
    expect(labels(noted)).toContain('☑ Back-to-normal note');
    const paused = await press(noted, 'Pause');
    expect(said(paused)).toContain('saved; active when the feed is back');
    expect(await rule()).toMatchObject({
      window: '1h',
      cooldownMs: 4 * 3_600_000,
      tellNormal: true,
      paused: true,
    });
    const again = await press(await press(paused, 'Resume'), '☐ once');
    expect(await rule()).toMatchObject({ paused: false, mode: 'once' });
    expect(labels(again)).not.toContain('Once in 4 hr');
  });

  it('sets a price level to the side from which the price comes', async () => {
    const screen = await press(await say(house, asker(), '/subscribe BTC 70k'), 'Change');
    const down = await press(screen, '−');
    expect(labels(down)[1]).toBe('✓ Set 69,500');
    await house.chat.press(asker(), actionOf(down, '✓ Set').replace('69500', '60000'));
    expect(await rule()).toMatchObject({ threshold: 60_000, direction: 'down', mode: 'once' });
    expect((await rule()).rearm).toBeGreaterThan(60_000);
  });

  it('is for administrators, of this chat alone, and answers buttons of rules that are gone politely', async () => {
    const group = { type: 'group', admin: true } as const;
    const set = await say(house, asker(group), '/subscribe BTC move 2%');
    const screen = await house.chat.press(asker(group), actionOf(set, 'Change'));
    const member = asker({ type: 'group', admin: false, userId: '43' });
    for (const label of ['−', 'Pause', '☐ once']) {
      expect(said(await press(screen, label, member))).toContain('Only administrators');
    }
    expect(said(await press(screen, 'Pause', asker()))).toContain('There is no alert');
    await say(house, asker(group), '/unsubscribe all');
    expect(said(await press(screen, 'Pause', asker(group)))).toContain('There is no alert');
    expect(await house.storedRules()).toEqual([]);
  });

  it.each(['W:7m', 'C:1', 'C:x', 'T:-1', 'T:x', 'm:always', 'zz:1'])(
    'takes nothing from a button that says what it does not know: %s',
    async (bad) => {
      await say(house, asker(), '/subscribe BTC move 2%');
      const before = await rule();
      const reply = await house.chat.press(asker(), `v1:edit:${before.id}:${bad}`);
      expect(said(reply)).toContain('out of date');
      expect(await rule()).toEqual(before);
    },
  );

  it('keeps every button within 64 bytes for a channel far away', async () => {
    const channel = {
      address: { platform: 'telegram', chatId: '-1001234567890', threadId: '' },
      type: 'channel',
      title: 'Signals',
      askerIsAdmin: true,
      missing: [],
    } as const;
    const owner = asker({ channels: { '@signals': channel, '-1001234567890': channel } });
    await rememberCandles(house);
    const set = await say(house, owner, '/subscribe BTC move 0.5% @signals');
    const screen = await house.chat.press(owner, actionOf(set, 'Change'));
    expect(said(screen)).toContain('BTCUSDT moves 0.5 %');
    const picture = await house.chat.press(owner, actionOf(screen, 'Preview'));
    for (const { action } of [screen, picture].flatMap((each) => each?.buttons?.flat() ?? [])) {
      expect(Buffer.byteLength(action)).toBeLessThanOrEqual(64);
    }
  });
});

describe('the preview as a picture', () => {
  it('has a paw print wherever the rule would have barked, and − and + draw it anew in place', async () => {
    await rememberCandles(house);
    const set = await say(house, asker(), '/subscribe BTC move 0.5%');
    const first = await press(set, 'Preview');
    expect(first?.replace).toBeUndefined();
    const { picture } = first ?? {};
    if (picture?.type !== 'chart') throw new Error('no chart');
    expect(picture).toMatchObject({
      interval: '1h',
      span: 7 * 86_400_000,
      words: {
        title: 'BTCUSDT · moves 0.5 % either way within 5 min',
        figure: expect.stringMatching(/^\d+ in 24 h · [\d,–]+ in 7 days$/),
      },
    });
    expect(picture.paws?.length).toBeGreaterThan(3);
    const candles = await house.deps.market.candles('BTCUSDT', 0);
    for (const { time, price } of picture.paws ?? []) {
      const minute = candles.findLast(({ openTime }) => openTime <= time);
      expect(price).toBeLessThanOrEqual(minute?.high ?? 0);
      expect(price).toBeGreaterThanOrEqual(minute?.low ?? 0);
    }
    const quieter = await press(first, '+');
    expect(quieter?.replace).toBe(true);
    if (quieter?.picture?.type !== 'chart') throw new Error('no chart');
    expect(quieter.picture.words.title).toContain('0.55 %');
    expect(quieter.picture.paws?.length).toBeLessThanOrEqual(picture.paws?.length ?? 0);
    await press(quieter, '✓ Set 0.55 %');
    expect((await rule()).threshold).toBe(0.55);
  });

  it('shows what is known, and says so where candles tell nothing', async () => {
    await rememberCandles(house, 600);
    const set = await say(house, asker(), '/subscribe BTC move 0.5%');
    expect((await press(set, 'Preview'))?.picture).toMatchObject({ interval: '5m', span: 36_000_000 });
    const funding = await say(house, asker(), '/subscribe BTC funding 0.05%');
    expect(labels(funding).some((label) => label.includes('Preview'))).toBe(false);
    const id = plainText(funding?.text ?? []).match(/#(\w{6})/)?.[1];
    expect(said(await house.chat.press(asker(), `v1:pv:${id}:0.05`))).toContain('Candles cannot tell');
  });

  it('may be looked at by everybody, and set by administrators', async () => {
    await rememberCandles(house);
    const admin = asker({ type: 'group', admin: true });
    const member = asker({ type: 'group', admin: false, userId: '43' });
    const set = await say(house, admin, '/subscribe BTC move 0.5%');
    const seen = await press(await press(set, 'Preview', member), '+', member);
    expect(labels(seen).some((label) => label.includes('Set'))).toBe(false);
    expect(labels(seen)[1]).toMatch(/^0\.55 %/);
  });
});

describe('a test alert', () => {
  it('goes the way of alerts, marked as what it is', async () => {
    const set = await say(house, asker(), '/subscribe BTC move -2%');
    const reply = await press(set, 'Test alert');
    expect(reply).toMatchObject({ personal: true, toast: true });
    const uid = (await rule()).chat;
    expect(house.posted).toMatchObject([{ uid, lane: 'hi' }]);
    const [notice] = house.posted[0]?.notices ?? [];
    const chat = await house.deps.chats.get(uid);
    if (!chat || notice?.type !== 'alert') throw new Error('no notice');
    expect(plainText(house.chat.present([notice], chat, false).text)).toMatch(
      /^🔻 BTC −2 % .*\n🧪 TEST: nothing has happened/,
    );
  });
  it('is not put where alerts are withheld, and that is said', async () => {
    const set = await say(house, asker(), '/subscribe BTC move -2%');
    await say(house, asker(), '/mute 1h');
    expect(said(await press(set, 'Test alert'))).toContain('Alerts are muted until');
    expect(house.posted).toEqual([]);
  });
});
