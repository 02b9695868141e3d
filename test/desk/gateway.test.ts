import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createGateway } from '../../src/desk/gateway.ts';
import { loadPrices } from '../../src/desk/prices.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { type FakeGateway, startFakeGateway } from '../world/gateway.ts';
import { FIRST, useUntrusted } from './untrusted.ts';

describe('a gateway that is not trusted', () => {
  const desk = useUntrusted();
  let elsewhere: FakeGateway;
  beforeAll(async () => {
    elsewhere = await startFakeGateway();
  });
  afterAll(() => elsewhere.close());

  it('that redirects is not followed, and gets no money', async () => {
    desk.gateway.always({ type: 'redirect', to: `${elsewhere.baseUrl}/chat/completions` });
    expect((await desk.put()).noReading).toBe('gateway-error');
    expect(elsewhere.requests).toEqual([]);
    expect(await desk.spent()).toMatchObject({ calls: 0, failedCalls: 2, costNano: 0, reservedNano: 0 });
  });

  it('that is not there costs nothing', async () => {
    await desk.gateway.close();
    expect((await desk.put()).noReading).toBe('gateway-error');
    expect(await desk.spent()).toMatchObject({ calls: 0, failedCalls: 2, costNano: 0, reservedNano: 0 });
  });

  it('that serves another model is recorded as such', async () => {
    desk.gateway.always({ type: 'other-model', model: 'something-cheaper' });
    expect(await desk.put()).toMatchObject({ askedModel: FIRST, servedModel: 'something-cheaper' });
  });

  it('gets only our key and plain headers, whatever else the environment holds', async () => {
    vi.stubEnv('OPENAI_API_KEY', 'sk-other-vendor');
    vi.stubEnv('OPENAI_ADMIN_KEY', 'sk-admin');
    vi.stubEnv('OPENAI_ORG_ID', 'org-secret');
    vi.stubEnv('OPENAI_PROJECT_ID', 'proj-secret');
    vi.stubEnv('OPENAI_BASE_URL', elsewhere.baseUrl);
    vi.stubEnv('OPENAI_CUSTOM_HEADERS', 'Authorization: Bearer sk-custom\nX-Secret: custom-secret');
    vi.stubEnv('OPENAI_LOG', 'debug');
    expect((await desk.put()).reading).toBeDefined();
    const headers = desk.gateway.requests[0]?.headers ?? {};
    expect(headers.authorization).toBe(`Bearer ${desk.gateway.apiKey}`);
    expect(JSON.stringify(headers)).not.toMatch(/secret|sk-|openai|stainless/i);
    expect(elsewhere.requests).toEqual([]);
    expect(() => createGateway({ baseUrl: desk.gateway.baseUrl, apiKey: '', clock: systemClock })).toThrow(
      TypeError,
    );
  });

  it.each([
    [
      'in OpenAI’s field',
      { prompt_tokens: 1_000, completion_tokens: 100, prompt_tokens_details: { cached_tokens: 400 } },
    ],
    ['in DeepSeek’s', { prompt_tokens: 1_000, completion_tokens: 100, prompt_cache_hit_tokens: 400 }],
  ])(
    'that counts cached tokens %s is charged for them at their price, and at the hour’s',
    async (_, usage) => {
      const row = {
        pattern: '.*',
        effectiveFrom: '2026-01-01',
        inMiss: 660_000,
        inHit: 22_000,
        out: 1_980_000,
      };
      const always = { utcDays: [0, 1, 2, 3, 4, 5, 6], from: '00:00', to: '24:00', percent: 200 };
      const folder = await mkdtemp(join(tmpdir(), 'sheepdog-prices-'));
      const path = join(folder, 'prices.json');
      await writeFile(
        path,
        JSON.stringify({ version: 'dear', rows: [{ ...row, windows: [always], source: 'test' }] }),
      );
      desk.gateway.always({ type: 'reading', usage });
      const asked = await desk.put(desk.makeAsk({ prices: loadPrices(path) }));
      await rm(folder, { recursive: true });
      expect(asked.costNano).toBe(2 * (600 * 660 + 400 * 22 + 100 * 1_980));
      expect((await desk.spent()).costNano).toBe(asked.costNano);
    },
  );

  it('lists its models, or says why not', async () => {
    const client = createGateway({
      baseUrl: desk.gateway.baseUrl,
      apiKey: desk.gateway.apiKey,
      clock: systemClock,
    });
    expect(await client.models(AbortSignal.timeout(1_000))).toEqual(desk.gateway.models);
    const stranger = createGateway({ baseUrl: desk.gateway.baseUrl, apiKey: 'hs-wrong', clock: systemClock });
    expect(await stranger.models(AbortSignal.timeout(1_000))).toMatchObject({ reason: 'auth' });
  });
});
