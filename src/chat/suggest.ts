import { changeShapeOf } from '../alerts/defaults.ts';
import { parseSubscribe, type RuleDraft } from '../alerts/grammar.ts';
import { PRESETS } from '../alerts/rule.ts';
import { UserError } from '../kit/errors.ts';
import type { Context } from './context.ts';
import { timely } from './lookup.ts';
import type { CommandCall, OptionName } from './model.ts';
import { proposalWords } from './preview-words.ts';
import { shortName } from './rule-words.ts';

const MOST = 25;
const THRESHOLDS = ['0.5%', '1%', '2%', '3%', '5%', '+2%', '-2%'] as const;

type Suggesting = Pick<Context, 't' | 'f' | 'symbols' | 'previews' | 'timings'>;

/** What may follow while a person types an option; presets with what they are on the symbol that was said. */
export async function suggestions(
  context: Suggesting,
  option: OptionName,
  typed: string,
  said: CommandCall['options'],
): Promise<{ label: string; value: string }[]> {
  const { symbols, t } = context;
  if (option === 'symbol') {
    return symbols.suggest(typed, MOST).map(({ symbol }) => ({
      label: `${shortName(symbol)} · ${symbol}`,
      value: symbol,
    }));
  }
  if (option !== 'threshold') return [];
  const figures = await presetFigures(context, said);
  const all = [
    ...(['normal', 'calm', 'lively'] as const).map((value) => ({
      label: `${t.presets[value]} (${figures?.[value] ?? value})`,
      value,
    })),
    ...THRESHOLDS.map((value) => ({ label: value, value })),
  ];
  const begin = typed.trim().toLowerCase();
  return all.filter(({ label, value }) => value.startsWith(begin) || label.toLowerCase().startsWith(begin));
}

/** What each preset is on the symbol that was said; undefined where that cannot be told in a moment. */
async function presetFigures(
  { symbols, previews, timings, t, f }: Suggesting,
  { symbol, kind, window }: CommandCall['options'],
): Promise<Record<string, string> | undefined> {
  if (symbol === undefined) return undefined;
  try {
    const options = { kind: kind ?? 'volatility', ...(window === undefined ? {} : { window }) };
    const draft: RuleDraft = parseSubscribe({ words: [], options });
    const shape = changeShapeOf(draft);
    const known = symbols.resolve(symbol).symbol;
    const proposals = shape && (await timely(previews.proposals(known, shape), timings.previewWaitMs));
    return (
      proposals && Object.fromEntries(PRESETS.map((each) => [each, proposalWords(proposals[each], t, f)]))
    );
  } catch (error) {
    // Half a word so far.
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
