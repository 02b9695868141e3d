import { describe, expect, it } from 'vitest';
import type { InstanceState } from '../../src/alerts/rule.ts';
import { plainText } from '../../src/notice/text.ts';
import { createDeliveries, type Delivery } from '../../src/store/deliveries.ts';
import { keys, shardOf } from '../../src/store/keys.ts';
import type { Store } from '../../src/store/redis.ts';
import { actionOf, asker, buildHouse, type House, NOW, say, useHouse, words } from './support.ts';

const MINUTE = 60_000;

let store: Store;
let house: House;
useHouse((built, opened) => {
  house = built;
  store = opened;
});

/** Sets a rule and returns its id. */
async function setRule(line: string): Promise<string> {
  const known = new Set(await house.storedRules());
  await say(house, asker(), line);
  const id = (await house.storedRules()).find((each) => !known.has(each));
  if (id === undefined) throw new Error(`no rule came of ${line}`);
  return id;
}

/** The state as the feed would have left it. */
async function putState(id: string, change: Partial<InstanceState>): Promise<void> {
  const state = {
    phase: 'armed',
    since: 0,
    lastFire: 0,
    episode: 0,
    suppressed: 0,
    deferred: false,
    ...change,
  };
  const shard = shardOf('BTCUSDT');
  await store.hset(keys.instances(shard), `${id}:BTCUSDT`, JSON.stringify(state));
  await store.hset(keys.episodes(shard), `${id}:BTCUSDT`, String(state.episode));
}

async function book(eventId: string, batch: string, entry: Partial<Delivery>): Promise<void> {
  const ledger = createDeliveries(store);
  await ledger.write(batch, { state: 'sent', chat: 'c', attempt: 1, at: NOW, ...entry });
  await ledger.remember([eventId], { chat: 'c', batch });
}

describe('/why', () => {
  it.each([
    ['no-key', 'none with these alerts: no AI key is set'],
    ['budget-off', 'none with these alerts: the operator set the AI’s budget to zero'],
  ] as const)('says why the alerts come without a note of the AI: %s', async (off, why) => {
    const id = await setRule('/subscribe btc volatility 1% 5m');
    const listing = await setRule('/subscribe btc listing');
    const without = await buildHouse(store, { off });
    expect(await words(without, asker(), `/why #${id}`)).toContain(`AI note: ${why}`);
    // Of a listing there is never one.
    expect(await words(without, asker(), `/why #${listing}`)).not.toContain('AI note');
    expect(await words(house, asker(), `/why #${id}`)).not.toContain('AI note');
  });

  it('says that a chat has none while they are switched off there', async () => {
    const id = await setRule('/subscribe btc volatility 1% 5m');
    await say(house, asker(), '/settings notes off');
    expect(await words(house, asker(), `/why #${id}`)).toContain('AI note: switched off here, see /settings');
  });

  it('says that a chat has none before it is approved', async () => {
    house = await buildHouse(store, { access: { access: 'approval', operators: new Set(['telegram:7']) } });
    const id = await setRule('/subscribe btc volatility 1% 5m');
    expect(await words(house, asker(), `/why #${id}`)).toContain('AI note: none with these alerts until an');
  });

  it('says of a rule that was set beyond its level that the next crossing counts, not that it fired', async () => {
    const id = await setRule('/subscribe btc volatility 1% 5m');
    await putState(id, { phase: 'fired', lastFire: 0 });
    expect(await words(house, asker(), `/why #${id}`)).toContain(
      'State: already beyond it; the next crossing will alert',
    );
    await putState(id, { phase: 'fired', lastFire: NOW, episode: 1 });
    expect(await words(house, asker(), `/why #${id}`)).toContain('State: fired on ');
  });

  it('tells the inputs of a rule, its state and that it never fired', async () => {
    const id = await setRule('/subscribe btc volatility 1% 5m');
    await putState(id, { phase: 'armed' });
    expect(await words(house, asker(), `/why #${id}`)).toBe(
      [
        `#${id} BTCUSDT range within 5 min reaches 1 %`,
        'Now: 0.37 %',
        'Level: 1 %',
        'Distance: 0.63 %',
        'Window covered: 100 %',
        'Bad prints left out: 0',
        'State: watching; the next crossing fires',
        'How often: repeats · at most once in 5 min',
        'Re-arms at: 0.7 %',
        'Last firings',
        'It has not fired yet.',
      ].join('\n'),
    );
  });

  it('tells of two conditions both re-arm levels', async () => {
    const id = await setRule('/subscribe btc move 2% 5m and volume 3x 15m');
    await putState(id, { phase: 'fired' });
    expect(await words(house, asker(), `/why ${id}`)).toContain('Re-arms at: 1.4 %, or 2.1×');
  });

  it('tells of two conditions how far the windows of both are known', async () => {
    const id = await setRule('/subscribe btc move 2% 5m and volume 3x 4h');
    const brief = await house.deps.market.brief('BTCUSDT');
    if (!brief) throw new Error('no brief');
    const long = { ...brief.windows['4h'], coverage: 0.5 };
    await house.writeBrief({ windows: { ...brief.windows, '4h': long } });
    expect(await words(house, asker(), `/why ${id}`)).toContain(
      'Window covered: 5 min: 100 % & 4 hr: 50 % · warming up',
    );
  });

  it('says of a rule on the AI’s view that no reading will come, or only when asked for', async () => {
    const id = await setRule('/subscribe btc sentiment 80');
    expect(await words(house, asker(), `/why ${id}`)).not.toContain('⚠️');
    const budgetless = await buildHouse(store, { off: 'budget-off' });
    expect(await words(budgetless, asker(), `/why ${id}`)).toContain('no reading will come until');
    const unscheduled = await buildHouse(store, { analysesUnasked: false });
    expect(await words(unscheduled, asker(), `/why ${id}`)).toContain('only when somebody uses /analyze');
  });

  it('tells the last firings with their delivery, the cooldown left and what it swallowed', async () => {
    const id = await setRule('/subscribe btc volatility 1% 5m');
    await putState(id, { phase: 'fired', lastFire: NOW - 2 * MINUTE, episode: 4, suppressed: 2 });
    await book(`${id}:BTCUSDT.4`, 'b4', { at: NOW - 2 * MINUTE });
    await book(`${id}:BTCUSDT.3`, 'b3', {
      state: 'rejected',
      reason: 'chat not found',
      at: NOW - 60 * MINUTE,
    });
    await book(`${id}:BTCUSDT.2`, 'b2', { state: 'unknown', reason: 'time-out', at: NOW - 90 * MINUTE });
    await book(`${id}:BTCUSDT.1`, 'b1-removed', { state: 'withheld', reason: 'removed' });
    const text = await words(house, asker(), `/why ${id}`);
    expect(text).toContain('State: fired on Nov 24, 11:58 UTC; beyond it until it re-arms');
    expect(text).toContain('Quiet for: 00:03:00');
    expect(text).toContain('Crossings suppressed: 2');
    expect(text).toContain('• 4: fired at Nov 24, 11:58 UTC · delivered Nov 24, 11:58 UTC');
    expect(text).toContain('• 3: not delivered: chat not found');
    expect(text).toContain('• 2: perhaps delivered: time-out');
    expect(text).toContain('• 1: not sent: the rule was removed first');
  });

  it.each([
    ['waits to be sent', NOW - MINUTE, 'waiting to be sent'],
    ['is too long ago', NOW - 72 * 60 * MINUTE, 'deliveries are remembered for 48 hours'],
  ])('says of a firing without a delivery that it %s', async (_, lastFire, expected) => {
    const id = await setRule('/subscribe btc 70k');
    await putState(id, { phase: 'done', lastFire, episode: 1 });
    const text = await words(house, asker(), `/why ${id}`);
    expect(text).toContain(expected);
    expect(text).toContain('State: has fired, ended');
    // A level has no window, and once means never again.
    expect(text).not.toContain('Window covered');
    expect(text).not.toContain('Re-arms');
  });

  it('says why a rule cannot fire: warming, a gap, a dead feed, a hold that runs', async () => {
    const id = await setRule('/subscribe btc volatility 1% 5m for 30s');
    await putState(id, { phase: 'pending', since: NOW - 5_000 });
    const brief = await house.deps.market.brief('BTCUSDT');
    if (!brief) throw new Error('no brief');
    const five = { ...brief.windows['5m'], coverage: 0.4, gap: true };
    await house.writeBrief({ windows: { ...brief.windows, '5m': five }, rejected: 3 });
    house.clock.advanceBy(10_000);
    const text = await words(house, asker(), `/why ${id}`);
    expect(text).toContain('STALE');
    expect(text).toContain(
      'Window covered: 40 % · warming up: it fires only from a full window · a gap in the data lies within it',
    );
    expect(text).toContain('Bad prints left out: 3');
    expect(text).toContain('beyond it since 11:59 UTC; must hold 30 sec');
  });

  it('says of open interest that its window’s start is not known, whatever trades cover', async () => {
    const id = await setRule('/subscribe btc oi 3% 5m');
    const brief = await house.deps.market.brief('BTCUSDT');
    if (!brief) throw new Error('no brief');
    const tell = async (openInterestChange: number | undefined) => {
      const five = { ...brief.windows['5m'], openInterestChange };
      await house.writeBrief({ windows: { ...brief.windows, '5m': five } });
      return await words(house, asker(), `/why ${id}`);
    };
    expect(await tell(undefined)).toContain('Window covered: open interest at its start is not known');
    expect(await tell(1.5)).not.toContain('Window covered');
  });

  it('offers the rules of the chat when none is named, answers at once when there is one', async () => {
    expect(await words(house, asker(), '/why')).toContain('No alerts here yet');
    const first = await setRule('/subscribe btc volatility 1% 5m');
    expect(await words(house, asker(), '/why')).toContain(`#${first}`);
    const second = await setRule('/subscribe btc 70k');
    const choice = await say(house, asker(), '/why');
    const pressed = await house.chat.press(asker(), actionOf(choice, second));
    expect(plainText(pressed?.text ?? [])).toContain(`#${second} BTCUSDT rises above 70,000`);
    const again = await house.chat.press(asker(), actionOf(pressed, 'Refresh'));
    expect(again?.replace).toBe(true);
  });

  it('knows only the rules of the chat that asks', async () => {
    const id = await setRule('/subscribe btc 70k');
    const stranger = asker({ chatId: '99', userId: '99' });
    expect(await words(house, stranger, `/why ${id}`)).toContain(`There is no alert “${id}” here`);
  });
});
