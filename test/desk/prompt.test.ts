import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, it } from 'vitest';
import { FEATURES, knownFeatures } from '../../src/desk/features.ts';
import { leastTokens, tokenBound } from '../../src/desk/prices.ts';
import { composePrompt } from '../../src/desk/prompt.ts';
import type { Languages } from '../../src/desk/wording.ts';
import { LOCALES } from '../../src/store/chat-model.ts';
import { makeBrief, makeColdBrief, makeFacts } from './brief.ts';

/** Tokens (o200k) of the tutorial's prompt with its twenty raw trades, after the benchmark's shorter form of it; the original counts 979. */
const TUTORIAL_TOKENS = 900;

const text = (messages: readonly { content: string }[]) =>
  messages.map((message) => message.content).join('\n');

describe('the prompt', () => {
  it.each(LOCALES)('in %s costs at most three quarters of the tutorial’s tokens', (locale) => {
    const prompt = text(composePrompt(makeFacts({ symbol: '1000PEPEUSDT' }), [locale]));
    expect(encode(prompt).length).toBeLessThanOrEqual(TUTORIAL_TOKENS * 0.75);
    // What is reserved before a call bounds what it can cost.
    expect(tokenBound(prompt)).toBeGreaterThanOrEqual(encode(prompt).length);
    expect(leastTokens(prompt)).toBeLessThan(encode(prompt).length / 2);
  });

  it('in all languages at once costs hardly more than in one', () => {
    const tokens = (locales: Languages) => encode(text(composePrompt(makeFacts(), locales))).length;
    expect(tokens(LOCALES) - tokens(['en'])).toBeLessThan(30);
    expect(text(composePrompt(makeFacts(), ['ko', 'en']))).toContain(
      '"summary" in each language: {"ko":"…Korean","en":"…English"}',
    );
  });

  it('begins with the same words for every symbol and language, so that they can be cached', () => {
    const [first] = composePrompt(makeBrief(), ['en']);
    const [second] = composePrompt(makeColdBrief({ symbol: 'ETHUSDT' }), ['ko']);
    expect(first).toEqual(second);
    expect(first?.role).toBe('system');
    expect(first?.content).toMatch(/json/i);
  });

  it('gives every figure with its unit, and the time in UTC', () => {
    const prompt = text(composePrompt(makeFacts(), ['ko']));
    expect(prompt).toContain('Language of "summary": Korean');
    expect(prompt).toContain('BTCUSDT last 67450.2 asof 2026-11-22T12:00:00Z');
    expect(prompt).toContain('15m 0.124 0.553 60.7 36.1 52.9 21924 0.15');
    expect(prompt).toContain('24h -0.248 1.11 - 43.3 52.9 175392 -');
    expect(prompt).toContain('btc_1h -0.22%');
    expect(prompt).toContain('funding 0.0085%');
    expect(prompt).toContain('long_short 1.81');
    expect(prompt).toContain('liq_5m 250000USDT');
    expect(prompt).toContain('liq_1h 500000USDT');
    expect(prompt).toContain('depth 4MUSDT');
    expect(prompt).toContain('basis -0.949bps');
    expect(prompt).toMatch(/^ages_s trade 0 mark 0 book 0 day 1 oi 20 long_short 120$/m);
    expect(prompt).toContain('day_volume 12346MUSDT');
    expect(prompt).toContain('tick_std20 1.23USDT');
    expect(prompt).not.toMatch(/undefined|NaN|Infinity/);
  });

  it('says what is not yet measured, and does not offer it as a driver', () => {
    const cold = makeColdBrief({ last: undefined });
    const prompt = text(composePrompt(cold, ['en']));
    expect(prompt).toMatch(/^24h warming$/m);
    expect(prompt).toMatch(/^funding warming$/m);
    // Twelve trades: the tutorial's deviation needs 20, its ratio 50; their 0 and 1 of before are no measurement.
    expect(prompt).toMatch(/^tick_std20 warming$/m);
    expect(prompt).toMatch(/^buy_sell50 warming$/m);
    expect(knownFeatures(cold)).toEqual(['book', 'depth', 'spread', 'basis']);
    expect(knownFeatures(makeColdBrief({ tradesSeen: 20 }))).toContain('tick_std20');
    // A day fits only seven times into a week: nothing is usual for it.
    const unknown = ['rank_24h', 'volz_24h'];
    expect(knownFeatures(makeFacts())).toEqual(FEATURES.filter((feature) => !unknown.includes(feature)));
    expect(text(composePrompt(makeBrief(), ['en']))).not.toMatch(/^btc_/m);
  });

  it('gives no count of accounts that is too old to be of now', () => {
    const { time } = makeBrief();
    const counted = (ageMs: number) =>
      text(composePrompt(makeFacts({ longShort: { ratio: 1.81, time: time - ageMs } }), ['en']));
    expect(counted(20 * 60_000)).toMatch(/^long_short 1.81$/m);
    expect(counted(20 * 60_000 + 1)).toMatch(/^long_short warming$/m);
  });

  it('says that a market is not the live one', () => {
    expect(text(composePrompt(makeBrief({ source: 'simulated' }), ['en']))).toContain(
      'BTCUSDT (simulated) last',
    );
  });
});
