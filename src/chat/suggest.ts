import type { Catalogue } from './locale/en.ts';
import type { OptionName } from './model.ts';
import type { SymbolBook } from './resolve/symbol.ts';
import { shortName } from './rule-words.ts';

const MOST = 25;
const THRESHOLDS = ['0.5%', '1%', '2%', '3%', '5%', '+2%', '-2%'] as const;

/** What may follow while a person types an option; from memory only. */
export function suggestions(
  symbols: SymbolBook,
  t: Catalogue,
  option: OptionName,
  typed: string,
): { label: string; value: string }[] {
  if (option === 'symbol') {
    return symbols.suggest(typed, MOST).map(({ symbol }) => ({
      label: `${shortName(symbol)} · ${symbol}`,
      value: symbol,
    }));
  }
  if (option !== 'threshold') return [];
  const all = [
    ...(['normal', 'calm', 'lively'] as const).map((value) => ({
      label: `${t.presets[value]} (${value})`,
      value,
    })),
    ...THRESHOLDS.map((value) => ({ label: value, value })),
  ];
  const begin = typed.trim().toLowerCase();
  return all.filter(({ label, value }) => value.startsWith(begin) || label.toLowerCase().startsWith(begin));
}
