import { isReady, KINDS } from '../alerts/kinds.ts';
import type { Rule } from '../alerts/rule.ts';
import { WINDOW_MS } from '../market/brief.ts';
import type { Formats } from './format.ts';
import type { Catalogue } from './locale/en.ts';

/** The parts of a rule that words are made of. */
export type WordedRule = Pick<Rule, 'symbol' | 'kind' | 'direction' | 'threshold' | 'window'>;

/** What a rule waits for, in plain words: `moves 2 % either way within 5 min`. */
export function conditionWords(rule: WordedRule, tickSize: number, t: Catalogue, f: Formats): string {
  const threshold = thresholdWords(rule, tickSize, f);
  const window = f.span(WINDOW_MS[rule.window]);
  if (rule.kind === 'price') {
    if (rule.direction === 'up') return t.rule.priceUp(threshold);
    return rule.direction === 'down' ? t.rule.priceDown(threshold) : t.rule.priceEither(threshold);
  }
  if (rule.kind === 'move') {
    if (rule.direction === 'up') return t.rule.moveUp(threshold, window);
    return rule.direction === 'down'
      ? t.rule.moveDown(threshold, window)
      : t.rule.moveEither(threshold, window);
  }
  switch (rule.kind) {
    case 'volatility':
      return t.rule.volatility(threshold, window);
    case 'volume':
      return t.rule.volume(threshold, window);
    case 'ratio':
      return t.rule.ratio[rule.direction](threshold, window);
    case 'liquidation':
      return t.rule.liquidation(threshold, window);
    case 'funding':
      return t.rule.funding[rule.direction](threshold);
    default:
      return `${t.kinds[rule.kind]} ${threshold} ${window}`;
  }
}

/** A rule's threshold with its unit. */
export function thresholdWords(rule: WordedRule, tickSize: number, f: Formats): string {
  return figureWords(rule.kind, rule.threshold, tickSize, f);
}

/** A value of the number that rules of a kind watch, with its unit. */
export function figureWords(kind: Rule['kind'], value: number, tickSize: number, f: Formats): string {
  switch (isReady(kind) ? KINDS[kind].unit : 'percent') {
    case 'price':
      return f.price(value, tickSize);
    case 'times':
      return `${f.number(value)}×`;
    case 'notional':
      return f.notional(value);
    case 'percent':
      // A funding rate is small: 0.0125 %.
      return f.percent(value, { decimals: kind === 'funding' ? 4 : 2 });
  }
}

/** How often a rule speaks, and until when. */
export function cadenceWords(
  rule: Pick<Rule, 'mode' | 'cooldownMs' | 'holdMs' | 'until'>,
  t: Catalogue,
  f: Formats,
): string {
  const parts = [
    rule.mode === 'once' ? t.rule.once : t.rule.repeat,
    ...(rule.mode === 'repeat' && rule.cooldownMs > 0 ? [t.rule.cooldown(f.duration(rule.cooldownMs))] : []),
    ...(rule.holdMs > 0 ? [t.rule.hold(f.duration(rule.holdMs))] : []),
    ...(rule.until !== undefined ? [t.rule.until(f.dateTime(rule.until))] : []),
  ];
  return parts.join(' · ');
}

/** The coin alone, as people call the pair: BTC for BTCUSDT. */
export function shortName(symbol: string): string {
  return symbol.endsWith('USDT') && symbol.length > 4 ? symbol.slice(0, -4) : symbol;
}

/** A rule's id as people see it. */
export function ruleTag(id: string): string {
  return `#${id}`;
}
