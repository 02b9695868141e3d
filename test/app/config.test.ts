import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../src/app/argv.ts';
import { loadConfig, VARIABLES } from '../../src/config.ts';
import { ConfigError } from '../../src/kit/errors.ts';

function faults(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

describe('the configuration', () => {
  it('needs nothing at all', () => {
    const config = loadConfig({});
    expect(config.symbols).toEqual(['BTCUSDT', 'ETHUSDT', 'BNBUSDT']);
    expect(config.ai).toMatchObject({ apiKey: undefined, budget: { bot: 300_000_000, chat: 50_000_000 } });
    expect(config.store).toBeUndefined();
  });

  it('takes a blank variable for an unset one, as a copied example file has them', () => {
    expect(
      loadConfig({ TELEGRAM_BOT_TOKEN: '', REDIS_URL: ' ', AI_DAILY_BUDGET_USD: '' }).telegram,
    ).toBeUndefined();
  });

  it('lists every fault at once, by variable, also those between variables', () => {
    const found = faults({
      REDIS_URL: 'localhost',
      SYMBOLS: '<script>',
      AI_DAILY_BUDGET_USD: '-1',
      TIMEZONE: 'Mars/Olympus',
      CONSOLE_HOST: '0.0.0.0',
      TELEGRAM_WEBHOOK_URL: 'https://bot.example',
    });
    for (const name of [
      'REDIS_URL',
      'SYMBOLS',
      'AI_DAILY_BUDGET_USD',
      'TIMEZONE',
      'CONSOLE_PASSWORD',
      'TELEGRAM_WEBHOOK_SECRET',
    ]) {
      expect(
        found.some((fault) => fault.startsWith(`${name}:`)),
        name,
      ).toBe(true);
    }
  });

  it.each([
    ['BINANCE_WS_URL', 'wss://fstream.binance.com/ws'],
    ['BINANCE_WS_URL', 'ws://fstream.binance.com'],
    ['BINANCE_REST_URL', 'http://fapi.binance.com'],
    ['HOLYSHEEP_BASE_URL', 'http://gateway.example/v1'],
    ['AI_DAILY_BUDGET_USD', '1e3'],
    ['ANALYSIS_EVERY', '10s'],
    ['OPERATORS', '42'],
    ['TELEGRAM_BOT_TOKEN', 'secret'],
    ['CONSOLE_PORT', '70000'],
    ['LOCALE', 'fr'],
  ])('refuses %s=%s', (name, value) => {
    expect(faults({ [name]: value })[0]).toMatch(new RegExp(`^${name}:`));
  });

  it('never repeats a secret in a fault', () => {
    expect(faults({ TELEGRAM_BOT_TOKEN: 'my-secret-token', DISCORD_TOKEN: 'hush' }).join(' ')).not.toMatch(
      /my-secret|hush/,
    );
  });

  it('means none by 0 and has unlimited spelled out', () => {
    expect(loadConfig({ AI_DAILY_BUDGET_USD: '0' }).ai.budget.bot).toBe(0);
    expect(loadConfig({ AI_DAILY_BUDGET_USD: 'unlimited' }).ai.budget.bot).toBeUndefined();
  });

  it('completes symbols as people write them, each once', () => {
    const { symbols } = loadConfig({ SYMBOLS: 'btc, ETH/USDT,sol-usdt, 1000pepe,,BTCUSDT' });
    expect(symbols).toEqual(['BTCUSDT', 'ETHUSDT', 'SOLUSDT', '1000PEPEUSDT']);
  });

  it('accepts symbols in any script', () => {
    expect(loadConfig({ SYMBOLS: 'btcusdt, 币安人生USDT' }).symbols).toEqual(['BTCUSDT', '币安人生USDT']);
  });
});

describe('the command line', () => {
  it('reads roles, tapes and speed', () => {
    expect(parseArguments(['feed', 'analyst'])).toMatchObject({ roles: ['feed', 'analyst'] });
    expect(parseArguments(['--demo', '--tape', 'a.jsonl', 'b.jsonl.gz', '--speed', '50'])).toMatchObject({
      demo: true,
      tapes: ['a.jsonl', 'b.jsonl.gz'],
      speed: 50,
    });
  });

  it.each([[['barker']], [['--tape']], [['--speed', 'fast', '--tape', 'x']], [['--speed', '3']]])(
    'refuses %j',
    (argv) => {
      expect(() => parseArguments(argv)).toThrow(ConfigError);
    },
  );
});

describe('.env.example', () => {
  const example = readFileSync(join(import.meta.dirname, '../../.env.example'), 'utf8');
  const names = [...example.matchAll(/^([A-Z_]+)=/gm)].map((match) => match[1]);

  it('names every variable, each with a line of explanation before it', () => {
    expect(names.toSorted()).toEqual([...VARIABLES].toSorted());
    for (const name of names) expect(example, name).toMatch(new RegExp(`^# .+\\n${name}=`, 'm'));
  });

  it('is a right configuration as it stands, and the same as none', () => {
    expect(loadConfig(parseEnv(example))).toEqual(loadConfig({}));
  });
});
