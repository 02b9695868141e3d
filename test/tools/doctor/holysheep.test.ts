import { describe, expect, it } from 'vitest';
import { loadPrices } from '../../../src/desk/prices.ts';
import { systemClock } from '../../../src/kit/clock.ts';
import { checkHolysheep, nearest } from '../../../src/tools/doctor/holysheep.ts';
import { KEY, MODEL, useService, WELL } from './service.ts';

const outside = useService();

describe('the doctor, asking HolySheep', () => {
  const check = (spend = false, models = [MODEL]) =>
    checkHolysheep(
      { apiKey: KEY, baseUrl: `${outside.url}/v1`, models },
      { spend, prices: loadPrices(), clock: systemClock },
    );
  const byName = (findings: Awaited<ReturnType<typeof check>>, name: string) =>
    findings.find((one) => one.name === name);

  it('accepts key and model and spends nothing unasked', async () => {
    const findings = await check();
    expect(findings.map((one) => [one.outcome, one.name])).toEqual([
      ['ok', 'holysheep key'],
      ['ok', 'holysheep models'],
      ['ok', 'holysheep model'],
      ['ok', 'model price'],
      ['skip', 'holysheep call'],
    ]);
    expect(outside.requests).toEqual([{ path: '/v1/models', authorization: `Bearer ${KEY}` }]);
  });

  it('makes one priced call when told to spend, and says what it cost', async () => {
    outside.answers = {
      ...WELL,
      '/v1/chat/completions': [
        200,
        {
          model: MODEL,
          choices: [{ finish_reason: 'stop', message: { content: 'OK' } }],
          usage: { prompt_tokens: 12, completion_tokens: 1 },
        },
      ],
    };
    expect(byName(await check(true), 'holysheep call')).toMatchObject({
      outcome: 'ok',
      detail: `${MODEL} answers; 13 tokens, $0.00000546, not in /cost`,
    });
  });

  it('leads through step 1 for a refused key', async () => {
    outside.answers = { '/v1/models': [401, { error: { message: 'Incorrect API key provided' } }] };
    const [first] = await check(true);
    expect(first).toMatchObject({ outcome: 'fail', detail: 'the key is refused' });
    expect(first?.remedies[0]).toMatch(/^step 1, the key: is HOLYSHEEP_API_KEY in \.env, copied whole/);
    expect(outside.requests.map((request) => request.path)).toEqual(['/v1/models']);
  });

  it('prints the served models as lines for .env, nearest first, for step 2', async () => {
    const model = byName(await check(false, ['deepseek-v3.2']), 'holysheep model');
    expect(model).toMatchObject({
      outcome: 'fail',
      detail: 'deepseek-v3.2 is not among the 2 served models',
    });
    expect(model?.remedies.slice(1)).toEqual([`HOLYSHEEP_MODEL=${MODEL}`, 'HOLYSHEEP_MODEL=gpt-4.1']);
    expect(nearest('claude-sonnet-4', ['gpt-4o', 'claude-haiku-4-5', 'claude-sonnet-4.5'])).toEqual([
      'claude-sonnet-4.5',
      'claude-haiku-4-5',
      'gpt-4o',
    ]);
  });

  it('lists the gateway’s models: those with a price as lines for .env, the others by name', async () => {
    const served = ['text-embedding-3', 'gpt-4.1', 'mystery-1', MODEL];
    outside.answers = { '/v1/models': [200, { data: served.map((id) => ({ id })) }] };
    expect(byName(await check(), 'holysheep models')).toEqual({
      outcome: 'ok',
      name: 'holysheep models',
      detail: '4 served, 2 of them with a price',
      remedies: [
        `HOLYSHEEP_MODEL=${MODEL}`,
        'HOLYSHEEP_MODEL=gpt-4.1',
        expect.stringMatching(/^without a price, so not called: .*mystery-1/),
      ],
    });
    const many = ['gpt-4.1', 'mystery'].flatMap((name) =>
      Array.from({ length: 40 }, (_, i) => ({ id: `vendor${i}/${name}` })),
    );
    outside.answers = { '/v1/models': [200, { data: many }] };
    const found = byName(await check(), 'holysheep models');
    expect(found?.detail).toBe('80 served, 40 of them with a price, here the nearest 12');
    expect(found?.remedies).toHaveLength(13);
    expect(found?.remedies.at(-1)).toMatch(/ and 28 more$/);
  });

  it('leads to step 3 for an empty account, which only a call can show', async () => {
    outside.answers = {
      ...WELL,
      '/v1/chat/completions': [
        402,
        { error: { code: 'insufficient_balance', message: 'Insufficient balance' } },
      ],
    };
    const call = byName(await check(true), 'holysheep call');
    expect(call).toMatchObject({ outcome: 'fail', detail: 'the account has no balance left' });
    expect(call?.remedies[0]).toMatch(/^step 3, the balance: .*top it up/);
  });

  it('warns that a model without a price will not be called', async () => {
    const findings = await check(true, ['brand-new-model']);
    expect(byName(findings, 'model price')).toMatchObject({
      outcome: 'fail',
      detail: expect.stringMatching(/no price/),
    });
    expect(outside.requests.map((request) => request.path)).toEqual(['/v1/models']);
  });
});
