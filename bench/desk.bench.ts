import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { composePrompt } from '../src/desk/prompt.ts';
import { makeBrief } from '../test/desk/brief.ts';
import type { Bench } from './model.ts';

/**
 * The tutorial's prompt: its last twenty trades as Python prints a list of dicts, with its two figures and its wish for
 * sentiment, reading and risk. Written after its form, and a little shorter than the original, which counts 979 tokens:
 * the ratio errs against us. Twenty trades of a busy book are about two seconds of market.
 */
function tutorialPrompt(): string {
  const start = Date.parse('2026-11-22T12:00:00Z');
  const trades = Array.from({ length: 20 }, (_, i) => {
    const price = (67_450.2 + ((i * 37) % 23) / 10).toFixed(1);
    const quantity = (0.002 + ((i * 61) % 97) / 1000).toFixed(3);
    const side = i % 3 === 0 ? 'SELL' : 'BUY';
    return `{'symbol': 'BTCUSDT', 'price': ${price}, 'quantity': ${quantity}, 'side': '${side}', 'timestamp': ${start + i * 94}}`;
  });
  return [
    'You are a professional cryptocurrency analyst. Analyse the following real-time trade data.',
    'Symbol: BTCUSDT',
    `Recent trades: [${trades.join(', ')}]`,
    'Current volatility: 1.2345',
    'Buy/sell ratio: 1.3809',
    'Give: 1. market sentiment (0-100) 2. a short-term outlook in at most 50 characters 3. the risk level. Answer in JSON.',
  ].join('\n');
}

export const benches: readonly Bench[] = [
  {
    name: 'desk.tokens',
    async run() {
      const prompt = composePrompt(makeBrief(), 'en');
      const value = encode(prompt.map((message) => message.content).join('\n')).length;
      const baseline = encode(tutorialPrompt()).length;
      return {
        name: 'desk.tokens',
        value,
        unit: 'tokens',
        baseline,
        ratio: Number((value / baseline).toFixed(3)),
      };
    },
  },
];
