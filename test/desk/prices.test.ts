import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { costOf, loadPrices, type PriceRow, tokenBound, worstCost } from '../../src/desk/prices.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');

describe('the price table', () => {
  const prices = loadPrices();

  it.each([
    ['gpt-4.1', 8_000_000],
    ['openai/gpt-4.1', 8_000_000],
    ['gpt-4.1-2025-04-14', 8_000_000],
    ['claude-sonnet-4.5', 15_000_000],
    ['claude-sonnet-4-5', 15_000_000],
    ['anthropic/claude-sonnet-4-5-20250929', 15_000_000],
    ['gemini-2.5-flash', 2_500_000],
    ['deepseek/deepseek-chat-v3-0324', 420_000],
    ['deepseek-chat-v3-0324', 420_000],
    ['deepseek-v3.2', 420_000],
    ['DeepSeek-V3.2', 420_000],
  ])('knows %s', (model, out) => {
    expect(prices.find(model, NOW)).toMatchObject({ inMiss: out, inHit: out, out });
  });

  it.each([
    'gpt-4.1-mini',
    'gemini-2.5-flash-lite',
    'gemini-2.5-pro',
    'deepseek-chat',
    'deepseek-v4-pro',
    'x-gpt-4.1',
    '',
  ])('has no price for %j, so it must not be called', (model) =>
    expect(prices.find(model, NOW)).toBeUndefined(),
  );

  it('has no price before the first row is in force', () => {
    expect(prices.find('gpt-4.1', Date.parse('2024-12-31T23:59:59Z'))).toBeUndefined();
  });
});

describe('a comparison of models', () => {
  it('prices the same tokens with each named model of the table, cheapest first', () => {
    const usage = { prompt: 900_000, cached: 0, completion: 100_000 };
    expect(loadPrices().compare(usage, NOW)).toEqual([
      { name: 'DeepSeek V3.2', costNano: 420_000_000 },
      { name: 'Gemini 2.5 Flash', costNano: 2_500_000_000 },
      { name: 'GPT-4.1', costNano: 8_000_000_000 },
      { name: 'Claude Sonnet 4.5', costNano: 15_000_000_000 },
    ]);
    expect(loadPrices().compare(usage, Date.parse('2024-12-31T00:00:00Z'))).toEqual([]);
  });
});

describe('the arithmetic of money', () => {
  const row: PriceRow = {
    pattern: 'x',
    effectiveFrom: '2026-01-01',
    inMiss: 660_000,
    inHit: 3_625,
    out: 1_980_000,
    source: 'test',
  };

  it('costs the tutorial’s day of 500,000 tokens 0.21 USD, which is 6.30 a month and not 630', () => {
    const flat = { ...row, inMiss: 420_000, inHit: 420_000, out: 420_000 };
    const day = costOf(flat, { prompt: 450_000, cached: 0, completion: 50_000 }, NOW);
    expect(day).toBe(210_000_000);
    expect(day * 30).toBe(6_300_000_000);
  });

  it('charges cached tokens at their own price, of the prompt’s number', () => {
    expect(costOf(row, { prompt: 1000, cached: 400, completion: 0 }, NOW)).toBe(396_000 + 1_450);
  });

  it('rounds up to the nano-dollar, never down', () => {
    expect(costOf(row, { prompt: 1, cached: 1, completion: 0 }, NOW)).toBe(4);
    expect(costOf(row, { prompt: 0, cached: 0, completion: 0 }, NOW)).toBe(0);
  });

  it('stays exact where doubles would not', () => {
    const dear = { ...row, inMiss: 999_999_999_999 };
    expect(costOf(dear, { prompt: 9_007, cached: 0, completion: 0 }, NOW)).toBe(9_006_999_999_991);
  });

  it('knows dear hours, and reserves for them at any hour', () => {
    const peak = {
      ...row,
      windows: [{ utcDays: [1, 2, 3, 4, 5], from: '01:00', to: '04:00', percent: 200 }],
    };
    const usage = { prompt: 1000, cached: 0, completion: 100 };
    const monday = Date.parse('2026-11-23T01:00:00Z');
    expect(costOf(peak, usage, monday)).toBe(2 * costOf(row, usage, monday));
    expect(costOf(peak, usage, Date.parse('2026-11-23T04:00:00Z'))).toBe(costOf(row, usage, monday));
    expect(costOf(peak, usage, Date.parse('2026-11-22T02:00:00Z'))).toBe(costOf(row, usage, monday));
    expect(worstCost(peak, usage)).toBe(2 * costOf(row, usage, monday));
  });

  it('bounds tokens by bytes', () => {
    expect(tokenBound('abc')).toBe(2);
    expect(tokenBound('한국')).toBe(4);
  });
});

describe('a price table of one’s own', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sheepdog-prices-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const file = async (content: unknown) => {
    const path = join(folder, 'prices.json');
    await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  };
  const row = { pattern: 'my-model', effectiveFrom: '2026-01-01', inMiss: 1, inHit: 1, out: 1, source: 'me' };

  it('replaces the built-in one, and its newest row in force counts', async () => {
    const prices = loadPrices(
      await file({
        version: 'mine',
        rows: [
          row,
          { ...row, effectiveFrom: '2026-11-01', out: 2 },
          { ...row, effectiveFrom: '2027-01-01', out: 3 },
        ],
      }),
    );
    expect(prices.version).toBe('mine');
    expect(prices.find('my-model', NOW)?.out).toBe(2);
    expect(prices.find('my-model', Date.parse('2026-10-31T00:00:00Z'))?.out).toBe(1);
    expect(prices.find('gpt-4.1', NOW)).toBeUndefined();
  });

  it('knows a vendor’s own price to compare with, and takes none without source and date', async () => {
    const usage = { prompt: 1_000_000, cached: 400_000, completion: 0 };
    const rates = { inMiss: 2_000_000, inHit: 500_000, out: 8_000_000 };
    const load = async (list: object) =>
      loadPrices(await file({ version: 'mine', rows: [{ ...row, inMiss: 10, name: 'Mine', list }] }));
    expect((await load({ ...rates, source: 'vendor', date: '2026-11-01' })).compare(usage, NOW)).toEqual([
      {
        name: 'Mine',
        costNano: 6_400,
        list: { costNano: 1_400_000_000, source: 'vendor', date: '2026-11-01' },
      },
    ]);
    await expect(load({ ...rates, source: 'vendor' })).rejects.toThrow(/rows\.0\.list\.date/);
    await expect(load({ ...rates, date: '2026-11-01' })).rejects.toThrow(/rows\.0\.list\.source/);
  });

  it('names every fault', async () => {
    const faulty = await file({
      version: 'x',
      rows: [
        { ...row, pattern: '(', out: 0.42 },
        { ...row, effectiveFrom: 'soon', colour: 'red' },
      ],
    });
    expect(() => loadPrices(faulty)).toThrow(
      /MODEL_PRICES: rows\.0\.pattern.*MODEL_PRICES: rows\.0\.out.*MODEL_PRICES: rows\.1\.effectiveFrom/,
    );
    const notJson = await file('{');
    expect(() => loadPrices(notJson)).toThrow(/MODEL_PRICES: the file .* is not JSON/);
    expect(() => loadPrices(join(folder, 'none.json'))).toThrow(/cannot be read/);
  });
});
