import { isReady, KINDS } from '../alerts/kinds.ts';
import { ALL_SYMBOLS, type Rule, type RulePart } from '../alerts/rule.ts';
import { WINDOW_MS } from '../market/brief.ts';
import type { RuleAnswer } from '../store/rules.ts';
import type { Formats } from './format.ts';
import type { Catalogue } from './locale/en.ts';

/** The parts of a rule that words are made of. */
export type WordedRule = WordedPart & Pick<Rule, 'symbol' | 'and'>;
type WordedPart = Pick<RulePart, 'kind' | 'direction' | 'threshold' | 'unit' | 'window'>;

/** What a rule waits for, in plain words: `moves 2 % either way within 5 min`. */
export function conditionWords(rule: WordedRule, tickSize: number, t: Catalogue, f: Formats): string {
  const first = partWords(rule, tickSize, t, f);
  return rule.and ? t.rule.and(first, partWords(rule.and, tickSize, t, f)) : first;
}

function partWords(part: WordedPart, tickSize: number, t: Catalogue, f: Formats): string {
  const { kind, direction } = part;
  const threshold = thresholdWords(part, tickSize, f);
  const window = f.span(WINDOW_MS[part.window]);
  switch (kind) {
    case 'price':
      if (direction === 'up') return t.rule.priceUp(threshold);
      return direction === 'down' ? t.rule.priceDown(threshold) : t.rule.priceEither(threshold);
    case 'move':
      if (direction === 'up') return t.rule.moveUp(threshold, window);
      return direction === 'down' ? t.rule.moveDown(threshold, window) : t.rule.moveEither(threshold, window);
    case 'ratio':
    case 'oi':
      return t.rule[kind][direction](threshold, window);
    case 'funding':
    case 'sentiment':
      return t.rule[kind][direction](threshold);
    case 'volatility':
    case 'volume':
    case 'liquidation':
      return t.rule[kind](threshold, window);
    case 'listing':
      return t.rule.listing;
  }
}

/** The symbol that a rule is about, or that it is about all. */
export function symbolWords({ symbol }: Pick<Rule, 'symbol'>, t: Catalogue): string {
  return symbol === ALL_SYMBOLS ? t.rule.all : symbol;
}

/** A rule's threshold with its unit. */
export function thresholdWords(part: WordedPart, tickSize: number, f: Formats): string {
  if (part.unit === 'sigma') return `${f.number(part.threshold)}σ`;
  return figureWords(part.kind, part.threshold, tickSize, f);
}

/** A value of the number that rules of a kind watch, with its unit. */
export function figureWords(kind: Rule['kind'], value: number, tickSize: number, f: Formats): string {
  if (kind === 'sentiment') return f.number(value, 0);
  switch (isReady(kind) ? KINDS[kind].unit : 'percent') {
    case 'price':
      return f.price(value, tickSize);
    case 'times':
      return `${f.number(value)}×`;
    case 'notional':
      return f.notional(value);
    case 'points':
      return f.number(value);
    case 'none':
      return '';
    case 'percent':
      // A funding rate is small: 0.0125 %.
      return f.percent(value, { decimals: kind === 'funding' ? 4 : 2 });
  }
}

/** A value of the number that a rule watches, as it stands in its alerts: in σ where the rule counts so. */
export function valueWords(
  { kind, unit }: Pick<WordedPart, 'kind' | 'unit'>,
  value: number,
  tickSize: number,
  f: Formats,
): string {
  return unit === 'sigma' ? `${f.number(value, 1)}σ` : figureWords(kind, value, tickSize, f);
}

/** How often a rule speaks, and until when. */
export function cadenceWords(
  rule: Pick<Rule, 'symbol' | 'kind' | 'mode' | 'cooldownMs' | 'holdMs' | 'until'>,
  t: Catalogue,
  f: Formats,
): string {
  // A listing is told when it comes, however soon after another.
  const cools = rule.kind !== 'listing' && rule.mode === 'repeat' && rule.cooldownMs > 0;
  const parts = [
    rule.mode === 'once' ? onceWords(rule, t) : t.rule.repeat,
    ...(cools ? [t.rule.cooldown(f.duration(rule.cooldownMs))] : []),
    ...(rule.holdMs > 0 ? [t.rule.hold(f.duration(rule.holdMs))] : []),
    ...(rule.until !== undefined ? [t.rule.until(f.dateTime(rule.until))] : []),
  ];
  return parts.join(' · ');
}

/** Once; of a rule on all symbols once on each, since each has a state of its own. */
export function onceWords({ symbol }: Pick<Rule, 'symbol'>, t: Catalogue): string {
  return symbol === ALL_SYMBOLS ? t.rule.onceEach : t.rule.once;
}

/** What the feed said of a rule just saved: whether it is awake, and what its number is now. */
export function answerWords(
  rule: WordedRule,
  answer: RuleAnswer | 'silent',
  tickSize: number,
  t: Catalogue,
  f: Formats,
): string {
  const s = t.subscribe;
  if (answer === 'silent') return s.saved;
  switch (answer.state) {
    case 'already':
      return s.beyond;
    case 'warming':
      return rule.kind === 'sentiment' ? s.noReading : s.warming;
    case 'paused':
      return t.rule.paused;
    default: {
      if (answer.value === undefined) return s.armed;
      return s.armedAt(valueWords(rule, answer.value, tickSize, f));
    }
  }
}

/** The coin alone, as people call the pair: BTC for BTCUSDT. */
export function shortName(symbol: string): string {
  return symbol.endsWith('USDT') && symbol.length > 4 ? symbol.slice(0, -4) : symbol;
}

/** What a rule is about, in short: the coin, or every symbol. */
export function nameWords({ symbol }: Pick<Rule, 'symbol'>, t: Catalogue): string {
  return symbol === ALL_SYMBOLS ? t.rule.all : shortName(symbol);
}

/** A rule's id as people see it. */
export function ruleTag(id: string): string {
  return `#${id}`;
}
