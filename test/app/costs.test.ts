import { describe, expect, it } from 'vitest';
import { forecastCosts } from '../../src/app/costs.ts';
import { loadConfig } from '../../src/config.ts';
import { loadPrices } from '../../src/desk/prices.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const forecast = (env: NodeJS.ProcessEnv) =>
  forecastCosts(loadConfig({ HOLYSHEEP_API_KEY: 'a-key-of-tests', ...env }), loadPrices(undefined), NOW);

describe('what a month can cost', () => {
  it('is at most the budget of thirty days, and each scheduled call at the price of its tokens', () => {
    // 3 symbols × 720 hours × 780 tokens at $0.42 a million.
    expect(forecast({})).toEqual({ mostNano: 9_000_000_000, scheduledNano: 725_760_000 });
    expect(forecast({ ANALYSIS_EVERY: '2h' }).scheduledNano).toBe(362_880_000);
  });

  it('is at most half of the budget for scheduled calls, however often they come', () => {
    expect(forecast({ ANALYSIS_EVERY: '1m', AI_DAILY_BUDGET_USD: '0.10' })).toEqual({
      mostNano: 3_000_000_000,
      scheduledNano: 1_500_000_000,
    });
  });

  it('is said to have no end where nothing stops it, and nothing without calls', () => {
    expect(forecast({ AI_DAILY_BUDGET_USD: 'unlimited' }).mostNano).toBeUndefined();
    expect(forecast({ AI_DAILY_BUDGET_USD: '0', ANALYSIS_EVERY: '1m' })).toEqual({
      mostNano: 0,
      scheduledNano: 0,
    });
    expect(forecast({ ANALYSIS_EVERY: 'off' }).scheduledNano).toBe(0);
    expect(forecast({ HOLYSHEEP_API_KEY: '' }).scheduledNano).toBe(0);
    expect(forecast({ ANALYSIS_EVERY: '50trades' }).scheduledNano).toBeUndefined();
    expect(forecast({ HOLYSHEEP_MODEL: 'no/price' }).scheduledNano).toBeUndefined();
  });
});
