import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMarketRepository } from '../../src/store/market.ts';
import { createRulesRepository } from '../../src/store/rules.ts';
import type { FakeChat } from '../world/telegram.ts';
import { startWorld, type World } from './house.ts';

describe('an alert that no trade of its symbol brings', () => {
  let world: World;
  let chat: FakeChat;
  let say: (text: string) => void;
  beforeEach(async () => {
    world = await startWorld();
    await world.startSheepdog();
    const { telegram } = world;
    const person = telegram.addUser();
    chat = telegram.privateChat(person);
    say = (text) => telegram.say(chat, text, person);
  });
  afterEach(() => world.stop());

  /** Sets a rule and waits for its confirmation; returns its id. */
  async function set(text: string): Promise<string> {
    say(text);
    const confirmation = await world.telegram.said(chat, /#[a-z0-9]{6}/);
    return /#([a-z0-9]{6})/.exec(confirmation.text ?? '')?.[1] ?? '';
  }

  /** Waits until the rule watches this symbol and has not been crossed. */
  async function armed(id: string, symbol: string): Promise<void> {
    const rules = createRulesRepository(world.redis.connect());
    await vi.waitFor(
      async () => {
        const states = await rules.instances([{ id, symbol }]);
        expect(states.get(`${id}:${symbol}`)?.phase).toBe('armed');
      },
      { timeout: 20_000 },
    );
  }

  it('comes of a rule on all symbols for a symbol that nobody watches', async () => {
    const id = await set('/subscribe all move 3% 5m');
    // Its windows are filled within seconds, one symbol after the other.
    await armed(id, 'SOLUSDT');
    world.exchange.market.jump('SOLUSDT', 4);
    const bark = await world.telegram.said(chat, /^\S+ SOL /u);
    expect(bark.text).toMatch(/^\S+ SOL [^\n]*4\.[\d]+ %/u);
  });

  it('comes when a perpetual is settled', async () => {
    await set('/subscribe listing');
    const rows = await createMarketRepository(world.redis.connect()).universe();
    expect(rows?.instruments.some(({ symbol }) => symbol === 'LTCUSDT')).toBe(true);
    world.exchange.market.setStatus('LTCUSDT', 'SETTLING');
    const bark = await world.telegram.said(chat, /LTC/);
    expect(bark.text).toMatch(/settl/i);
  });

  it('comes at the mark price that tells the funding, though nothing is traded', async () => {
    world.exchange.market.freeze('btcusdt@aggTrade');
    await armed(await set('/subscribe btc funding 0.05%'), 'BTCUSDT');
    world.exchange.market.setFunding('BTCUSDT', 0.001);
    const bark = await world.telegram.said(chat, /^💸/u);
    expect(bark.text).toMatch(/^💸 BTC funding \+0\.(?:09|10)/u);
  });
});
