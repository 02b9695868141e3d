import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMarketRepository } from '../../src/store/market.ts';
import { createRulesRepository } from '../../src/store/rules.ts';
import { buttonsOf, EPHEMERAL, wordsOf } from '../world/discord.ts';
import type { FakeMessage } from '../world/telegram.ts';
import { startWorld, type World } from './house.ts';

const tagOf = (words: string | undefined) => /#([a-z0-9]{6})/.exec(words ?? '')?.[1] ?? '';

describe('a rule on all symbols', () => {
  let world: World;
  beforeEach(async () => {
    world = await startWorld();
    await world.startSheepdog();
    const market = createMarketRepository(world.redis.connect());
    await vi.waitFor(async () => expect((await market.overview())?.rows.length).toBeGreaterThan(3));
  });
  afterEach(() => world.stop());

  /** Waits until the rule has seen the symbol below its threshold. */
  async function armed(id: string, symbol: string, threshold = 3): Promise<void> {
    const rules = createRulesRepository(world.redis.connect());
    await vi.waitFor(
      async () => {
        const states = await rules.instances([{ id, symbol }]);
        const { phase, condition } = states.get(`${id}:${symbol}`) ?? {};
        expect([phase, condition]).toEqual(['armed', expect.stringContaining(`:${threshold}:`)]);
      },
      { timeout: 30_000 },
    );
  }

  it('is paused, changed, made quieter, removed and brought back as one, whichever symbol barked', async () => {
    const { telegram, exchange } = world;
    const person = telegram.addUser();
    const chat = telegram.privateChat(person);
    const press = (message: FakeMessage, label: string) => {
      const button = message.keyboard.flat().find(({ text }) => text.includes(label));
      telegram.press(message, button?.callback_data ?? '', person);
    };
    telegram.say(chat, '/subscribe all move 3% 5m', person);
    const screen = await telegram.said(chat, /Alert set/);
    const id = tagOf(screen.text);
    await armed(id, 'ETHUSDT');
    press(screen, 'Change');
    await telegram.until('the rule', () => /⚙️/u.test(screen.text));
    press(screen, 'Pause');
    await telegram.until('the pause', () => /State: paused/.test(screen.text));

    telegram.say(chat, '/subscribe sol move 3% 5m', person);
    const own = await telegram.said(chat, /SOLUSDT moves 3 %/);
    await armed(tagOf(own.text), 'SOLUSDT');
    exchange.market.jump('SOLUSDT', 4);
    // A rule on that symbol alone tells of the move; the paused one has seen it too.
    const witness = await telegram.said(chat, /^🔺 SOL/u);
    expect(witness.text).not.toContain(`#${id}`);

    press(screen, 'Resume');
    await telegram.until('its going on', () => /State: watching/.test(screen.text));
    press(screen, '+');
    await telegram.until('a step', () => screen.keyboard.flat().some(({ text }) => /Set 3\.5 %/.test(text)));
    press(screen, 'Set 3.5 %');
    await telegram.until('the change', () => /What: every symbol moves 3\.5 %/.test(screen.text));
    await armed(id, 'ETHUSDT', 3.5);
    exchange.market.jump('ETHUSDT', -4);
    const bark = await telegram.said(chat, /^🔻 ETH/u);
    expect(bark.text).toContain(`rule #${id} every symbol moves 3.5 %`);

    press(bark, 'Quieter');
    await telegram.said(chat, new RegExp(`🔉 #${id} every symbol moves 4\\.5 %`, 'u'));
    press(bark, 'Remove');
    const removed = await telegram.said(
      chat,
      new RegExp(`Removed[\\s\\S]*#${id} every symbol moves 4\\.5 %`),
    );
    press(removed, 'Undo');
    await telegram.until('its return', () => /1 alert is back/.test(removed.text));
    await armed(id, 'XRPUSDT', 4.5);
    exchange.market.jump('XRPUSDT', 6);
    await telegram.until('its bark', () =>
      chat.messages.some(({ text }) => /XRP[^\n]*5\.[89]|XRP[^\n]*6/.test(text)),
    );
    telegram.say(chat, '/alerts', person);
    await telegram.said(chat, new RegExp(`#${id} every symbol moves 4\\.5 %`));
  });

  it('is suggested on Discord, and taken along by a member there, whom it then tells in his direct channel', async () => {
    const { discord, exchange } = world;
    const typing = discord.autocomplete('subscribe', 'symbol', 'al');
    const choices = await discord.waitFor('suggestions', () => typing.choices);
    expect(choices[0]).toEqual({ name: 'all · every symbol', value: 'all' });
    const set = await discord.answered(
      discord.command('subscribe', { symbol: 'all', kind: 'move', threshold: '3%' }),
    );
    await armed(tagOf(wordsOf(set)), 'SOLUSDT');
    exchange.market.jump('SOLUSDT', 4);
    const bark = await discord.posted(discord.channel, /SOL/);
    const meToo = buttonsOf(bark).find(({ label }) => label.includes('Me too'))?.custom_id ?? '';
    const taken = await discord.answered(discord.press(bark, meToo, discord.member));
    expect(taken.flags & EPHEMERAL).toBe(EPHEMERAL);
    expect(wordsOf(taken)).toMatch(/It is in your private chat now, as #[a-z0-9]{6}/);
    await armed(tagOf(wordsOf(taken)), 'ETHUSDT');
    exchange.market.jump('ETHUSDT', -4);
    const told = await discord.posted(discord.directChannel(discord.member), /ETH/);
    expect(wordsOf(told)).toMatch(new RegExp(`#${tagOf(wordsOf(taken))}\\W+every symbol moves 3 %`));
    const again = await discord.answered(discord.press(bark, meToo, discord.member));
    expect(wordsOf(again)).toMatch(/has it already/);
    expect(discord.violations).toEqual([]);
  });
});
