import { UserError } from '../kit/errors.ts';
import type { RuleKind } from './rule.ts';

/** One right call for each thing that can be wrong; shown beside the wrong word. */
const EXAMPLES = {
  kind: '/subscribe BTCUSDT volatility 1% 5m',
  'kind-on-all': '/subscribe all move 5% 5m',
  'sigma-kind': '/subscribe BTCUSDT move 3σ 5m',
  'listing-bare': '/subscribe listing',
  'and-missing': '/subscribe BTCUSDT move 2% 5m and volume 3x 15m',
  'and-listing': '/subscribe BTCUSDT move 2% 5m and volume 3x 15m',
  threshold: '/subscribe BTCUSDT move 2% 5m',
  'threshold-bounds': '/subscribe BTCUSDT move 2% 5m',
  window: '/subscribe BTCUSDT volatility 1% 15m',
  'window-short': '/subscribe BTCUSDT oi 3% 5m',
  word: '/subscribe BTCUSDT volatility 1% 5m',
  twice: '/subscribe BTCUSDT volatility 1% 5m',
  option: '/subscribe BTCUSDT price 70000 repeat cooldown 10m',
  duration: '/subscribe BTCUSDT volatility 1% 5m cooldown 10m',
  'duration-bounds': '/subscribe BTCUSDT volatility 1% 5m cooldown 10m',
  date: '/subscribe BTCUSDT price 70000 until 2030-12-31',
  channel: '/subscribe BTCUSDT volatility 1% 5m @channel',
  'kind-missing': '/subscribe BTCUSDT volatility 1% 5m',
  'price-sign': '/subscribe BTCUSDT price 70000',
  'price-missing': '/subscribe BTCUSDT price 70000',
  'price-unknown': '/subscribe BTCUSDT move 2% 5m',
  'price-too-near': '/subscribe BTCUSDT move 2% 5m',
  'until-past': '/subscribe BTCUSDT price 70000 until 2030-12-31',
} as const;

/** One right call of each kind, for a wrong threshold. */
const EXAMPLES_OF_KIND: Readonly<Record<RuleKind, string>> = {
  volatility: '/subscribe BTCUSDT volatility 1% 5m',
  move: '/subscribe BTCUSDT move 2% 5m',
  price: '/subscribe BTCUSDT price 70000',
  volume: '/subscribe BTCUSDT volume 5x 5m',
  ratio: '/subscribe BTCUSDT ratio 3 5m',
  funding: '/subscribe BTCUSDT funding 0.05%',
  liquidation: '/subscribe BTCUSDT liquidation 1m 5m',
  oi: '/subscribe BTCUSDT oi 3% 1h',
  sentiment: '/subscribe BTCUSDT sentiment 80',
  listing: '/subscribe listing',
};

/** Codes of what can be wrong with a `/subscribe`. */
export type Fault = keyof typeof EXAMPLES;

/** Characters that are not seen: they have no place in a word, and are not shown back. */
export const INVISIBLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/u;

const SHOWN = 40;

/**
 * The error that names the wrong word, as it was typed, in at most 40 visible characters, beside one right call: one
 * of the same kind where the threshold was wrong.
 */
export function fault(
  code: Fault,
  typed: string,
  args: Readonly<Record<string, string | number>> = {},
  kind?: RuleKind,
): UserError {
  const visible = [...typed].filter((character) => !INVISIBLE.test(character));
  return new UserError(code, {
    ...args,
    ...(kind && { kind }),
    word: visible.slice(0, SHOWN).join('') || '?',
    example: kind ? EXAMPLES_OF_KIND[kind] : EXAMPLES[code],
  });
}
