import { describe, expect, it } from 'vitest';
import { plainText } from '../../src/notice/text.ts';
import { makeBrief } from '../desk/brief.ts';
import { actionOf, asker, type House, say, useHouse, words } from './support.ts';

let house: House;
useHouse((built) => {
  house = built;
});

describe('/alerts and /unsubscribe', () => {
  it('lists the nearest to firing first, with the value of now', async () => {
    await say(house, asker(), '/subscribe BTC volatility 5%');
    await say(house, asker(), '/subscribe BTC volatility 0.4%');
    await say(house, asker(), '/subscribe BTC 70000');
    const lines = (await words(house, asker(), '/alerts')).split('\n');
    expect(lines[0]).toBe('Alerts: 3 of 200');
    expect(lines[1]).toContain('reaches 0.4 % · now 0.37 %');
    expect(lines[2]).toContain('rises above 70,000 · now 67,450.2');
    expect(lines[3]).toContain('reaches 5 %');
  });

  it('tells the value of now in the unit of the rule, and of two conditions both', async () => {
    await house.writeBrief({ deviation: 0.1 });
    await say(house, asker(), '/subscribe BTC volatility 3σ 5m');
    await say(house, asker(), '/subscribe BTC volatility 5% 5m and volatility 2σ 15m');
    await say(house, asker(), '/subscribe BTC volatility 6% 5m and sentiment 80');
    const list = await words(house, asker(), '/alerts');
    expect(list).toMatch(/reaches 3σ · now 1\.7σ/);
    expect(list).toMatch(/reaches 2σ · now 0\.37 % & [\d.]+σ/);
    expect(list).toMatch(/rises to 80 · now 0\.37 % & \?/);
    const tag = (line: RegExp) =>
      /#[a-z0-9]{6}/.exec(list.split('\n').find((each) => line.test(each)) ?? '')?.[0];
    expect(await words(house, asker(), `/why ${tag(/reaches 3σ/)}`)).toMatch(/Now: 1\.7σ\nLevel: 3σ/);
    expect(await words(house, asker(), `/why ${tag(/reaches 2σ/)}`)).toMatch(
      /Now: 0\.37 % & .*σ\nLevel: 5 % & 2σ/,
    );
  });

  it('tells it of figures that the exchange and the AI are asked for, in the window of the rule', async () => {
    const { windows } = makeBrief();
    await house.writeBrief({
      sentiment: 62,
      windows: { ...windows, '15m': { ...windows['15m'], openInterestChange: -1.25 } },
    });
    await say(house, asker(), '/subscribe BTC oi 3% 15m');
    await say(house, asker(), '/subscribe BTC oi 3% 4h');
    await say(house, asker(), '/subscribe BTC sentiment -20');
    const list = await words(house, asker(), '/alerts');
    expect(list).toContain('within 15 min · now 1.25 %');
    expect(list).toContain('within 4 hr · no value yet');
    expect(list).toContain('falls to 20 · now 62');
    // Nearest first: 1.75 points, then 210 % of its level, then what is not known.
    expect(
      list
        .split('\n')
        .slice(1, 4)
        .map((line) => /15 min|20|4 hr/.exec(line)?.[0]),
    ).toEqual(['15 min', '20', '4 hr']);
  });

  it('says of a listing neither how soon another is told nor what it is now', async () => {
    const reply = await say(house, asker(), '/subscribe listing');
    expect(plainText(reply?.text ?? [])).toMatch(/How often: repeats$/m);
    expect(await words(house, asker(), '/alerts')).toMatch(/delisted · repeats$/m);
    const edit = await house.chat.press(asker(), actionOf(reply, 'Change'));
    const labels = edit?.buttons?.flat().map(({ label }) => label) ?? [];
    expect(labels.some((label) => /Once in|Back-to-normal|Window/.test(label))).toBe(false);
    expect(labels).toContain('☐ once for each symbol');
  });

  it('says that once is once on each where the rule is on every symbol', async () => {
    const reply = await say(house, asker(), '/subscribe all move 5% 5m once');
    expect(plainText(reply?.text ?? [])).toContain('How often: once for each symbol');
    const edit = await house.chat.press(asker(), actionOf(reply, 'Change'));
    expect(edit?.buttons?.flat().map(({ label }) => label)).toContain('☑ once for each symbol');
  });

  it('shows no decimals that a level on every symbol does not have', async () => {
    expect(await words(house, asker(), '/subscribe all price 0.5')).toContain(
      'every symbol rises above 0.5\n',
    );
    expect(await words(house, asker(), '/alerts')).toContain('rises above 0.5 · repeats');
  });

  it.each([
    ['/alerts', '⚙'],
    ['/unsubscribe', '✕ #'],
  ])('%s pages by buttons and removes by buttons', async (command, leads) => {
    for (let i = 1; i <= 8; i++) await say(house, asker(), `/subscribe BTC move ${i}%`);
    const first = await say(house, asker(), command);
    const second = await house.chat.press(asker(), actionOf(first, '›'));
    expect(plainText(second?.text ?? [])).toContain('7 % either way');
    expect(second?.buttons?.flat().some((button) => button.label === '2/2')).toBe(true);
    const one = await house.chat.press(asker(), actionOf(second, leads));
    if (leads === '⚙') await house.chat.press(asker(), actionOf(one, '✕ Remove'));
    expect(await house.storedRules()).toHaveLength(7);
    const beyond = await house.chat.press(asker(), 'v1:alerts:99:');
    expect(beyond?.buttons?.flat().some((button) => button.label === '2/2')).toBe(true);
  });

  it('removes by id, with or without #, in any case', async () => {
    await say(house, asker(), '/subscribe BTC move 2%');
    const [id = ''] = await house.storedRules();
    expect(await words(house, asker(), `/unsubscribe #${id.toUpperCase()}`)).toContain('Removed');
    expect(await house.storedRules()).toEqual([]);
  });

  it('removes all at once and brings all back', async () => {
    for (const percent of [1, 2, 3]) await say(house, asker(), `/subscribe BTC move ${percent}%`);
    const before = await house.storedRules();
    const reply = await say(house, asker(), '/unsubscribe all');
    expect(plainText(reply?.text ?? [])).toContain('Removed 3 alerts');
    expect(await house.storedRules()).toEqual([]);
    const back = await house.chat.press(asker(), actionOf(reply, 'Undo'));
    expect(plainText(back?.text ?? [])).toBe('3 alerts are back');
    expect((await house.storedRules()).sort()).toEqual(before.sort());
    const again = await house.chat.press(asker(), actionOf(reply, 'Undo'));
    expect(plainText(again?.text ?? [])).toContain('Nothing to undo');
  });
});
