import { describe, expect, it } from 'vitest';
import { plainText } from '../../src/notice/text.ts';
import type { Store } from '../../src/store/redis.ts';
import { actionOf, asker, buildHouse, type House, say, useHouse, words } from './support.ts';

let store: Store;
let house: House;
useHouse((built, opened) => {
  house = built;
  store = opened;
});

const korean = asker({ language: 'ko' });

describe('/start and /help', () => {
  it('begins with a screen of buttons', async () => {
    const reply = await say(house, asker(), '/start');
    expect(plainText(reply?.text ?? [])).toContain('Sheepdog watches Binance USDT perpetuals');
    for (const [label, expected] of [
      ['Price', 'Which symbol?'],
      ['Analyze', 'Which symbol?'],
      ['Set an alert', 'Which symbol?'],
      ['Help', '/subscribe BTC move 2% 5m'],
    ] as const) {
      const pressed = await house.chat.press(asker(), actionOf(reply, label));
      expect(plainText(pressed?.text ?? [])).toContain(expected);
    }
  });

  it('speaks Korean to a Korean, and goes on doing so', async () => {
    expect(await words(house, korean, '/help')).toContain('명령');
    expect(await words(house, asker({ language: 'en' }), '/help')).toContain('명령');
  });

  it.each([
    ['no-key', 'off (no key)'],
    ['budget-off', 'off (budget of zero)'],
  ] as const)('says once that there is no AI, and why (%s), as /status does', async (off, why) => {
    const without = await buildHouse(store, { off });
    expect(await words(without, asker(), '/help')).toContain(`AI: ${why}. Alerts come without its notes`);
    expect(await words(without, asker(), '/status')).toContain(`AI today: ${why}`);
    expect(await words(house, asker(), '/help')).not.toContain('without its notes');
  });

  it('names the bot in its examples where that is what reaches it', async () => {
    const inGroup = { ...asker({ type: 'group', admin: true }), addressee: '@sheepdog_bot' };
    const examples: [typed: string, example: string][] = [
      ['/help', '/price@sheepdog_bot BTC '],
      ['/price doeg', 'Example: /price@sheepdog_bot BTC'],
      ['/cost 25:00', 'Example: /cost@sheepdog_bot 09:00'],
      ['/subscribe btc move 2k', 'Example: /subscribe@sheepdog_bot BTCUSDT move 2% 5m'],
      ['/subscribe', 'Or type it: /subscribe@sheepdog_bot BTC move 2% 5m'],
      ['/subscribe btc', 'Or type it: /subscribe@sheepdog_bot BTC move 2% 5m'],
      ['/sleep', 'Or type it: /sleep@sheepdog_bot 23:30-07:15'],
    ];
    for (const [typed, example] of examples) expect(await words(house, inGroup, typed)).toContain(example);
    expect(await words(house, asker(), '/subscribe')).toContain('Or type it: /subscribe BTC move 2% 5m');
  });

  it('has only examples that work as they stand', async () => {
    const help = await say(house, asker(), '/help');
    const examples = (help?.text ?? [])
      .flatMap((block) => (block.type === 'list' ? block.items : []))
      .flatMap((item) =>
        item.flatMap((part) => (typeof part === 'object' && 'code' in part ? [part.code] : [])),
      );
    expect(examples.length).toBeGreaterThan(8);
    for (const example of examples) {
      const reply = await words(house, asker(), example);
      // The id of the example is nobody's; everything else is answered.
      if (!example.includes('#a1b2c3')) expect(reply, example).not.toContain('Example:');
    }
  });
});
