import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { examine } from '../../src/tools/doctor.ts';
import { PROGRAM_DIR } from '../support/redis.ts';
import { startTestExchange, type TestExchange } from '../world/exchange.ts';
import { DISCORD_TOKEN, KEY, TELEGRAM_TOKEN, useService, WELL } from './doctor/service.ts';

const outside = useService();

describe('npm run doctor', () => {
  let dataDir: string;
  let exchange: TestExchange;
  let lines: string[];
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'sheepdog doctor '));
    exchange = await startTestExchange();
  });
  afterAll(async () => {
    await exchange.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  beforeEach(() => {
    lines = [];
  });

  const run = (env: NodeJS.ProcessEnv) =>
    examine({ env, spend: false, write: (line) => lines.push(line), waitMs: 5_000, programDir: PROGRAM_DIR });
  const everything = (): NodeJS.ProcessEnv => ({
    DATA_DIR: dataDir,
    BINANCE_REST_URL: exchange.restUrl,
    BINANCE_WS_URL: exchange.wsUrl,
    HOLYSHEEP_API_KEY: KEY,
    HOLYSHEEP_BASE_URL: `${outside.url}/v1`,
    TELEGRAM_BOT_TOKEN: TELEGRAM_TOKEN,
    TELEGRAM_API_ROOT: outside.url,
    DISCORD_TOKEN,
    DISCORD_API_URL: `${outside.url}/api`,
    OPERATORS: 'telegram:42',
  });

  it('ends with 0 when all that is configured works', async () => {
    expect(await run(everything())).toBe(0);
    expect(lines.every((line) => /^(ok {4}|skip {2})/.test(line))).toBe(true);
    expect(lines.map((line) => line.slice(6, 24).trim())).toEqual([
      'configuration',
      'redis',
      'binance rest',
      'binance symbols',
      'binance /market',
      'binance /public',
      'holysheep key',
      'holysheep models',
      'holysheep model',
      'model price',
      'holysheep call',
      'telegram',
      'telegram updates',
      'discord',
      'discord gateway',
      'discord servers',
    ]);
  });

  it('ends with 1 when something fails, says what to do, and shows no secret', async () => {
    outside.answers = {
      ...WELL,
      '/v1/models': [401, { error: { message: `Incorrect API key provided: ${KEY}` } }],
      [`/bot${TELEGRAM_TOKEN}/getMe`]: [500, { description: TELEGRAM_TOKEN }],
    };
    expect(await run(everything())).toBe(1);
    const text = lines.join('\n');
    expect(text).toMatch(/^fail {2}holysheep key {7}the key is refused\n {6}→ step 1, the key/m);
    for (const secret of [KEY, TELEGRAM_TOKEN, DISCORD_TOKEN]) expect(text).not.toContain(secret);
  });

  it('ends with 78 and every fault when the configuration is wrong', async () => {
    const env = {
      ...everything(),
      TIMEZONE: 'Mars/Olympus',
      CONSOLE_PORT: 'x',
      REDIS_CLUSTER: 'host:hunter22pw@nowhere',
    };
    expect(await run(env)).toBe(78);
    expect(lines.map((line) => line.slice(0, 4))).toEqual(['fail', 'fail', 'fail']);
    for (const name of ['TIMEZONE', 'CONSOLE_PORT', 'REDIS_CLUSTER']) {
      expect(lines.some((line) => line.includes(`${name}: `))).toBe(true);
    }
    expect(lines.join('\n')).not.toContain('hunter22pw');
    expect(await run({ ...everything(), MODEL_PRICES: join(dataDir, 'absent.json') })).toBe(78);
  });

  it('skips what is not configured', async () => {
    const env = { DATA_DIR: dataDir, BINANCE_REST_URL: exchange.restUrl, BINANCE_WS_URL: exchange.wsUrl };
    expect(await run(env)).toBe(0);
    expect(lines.filter((line) => line.startsWith('skip'))).toEqual([
      expect.stringMatching(/HOLYSHEEP_API_KEY/),
      expect.stringMatching(/TELEGRAM_BOT_TOKEN/),
      expect.stringMatching(/DISCORD_TOKEN/),
    ]);
  });
});
