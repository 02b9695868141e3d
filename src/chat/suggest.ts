import { changeShapeOf, DEFAULT_WINDOW } from '../alerts/defaults.ts';
import { parseSubscribe, type RuleDraft } from '../alerts/grammar.ts';
import { isReady, KINDS } from '../alerts/kinds.ts';
import { presetOnAll } from '../alerts/presets-on-all.ts';
import { ALL_SYMBOLS, PRESETS, type Preset, type RuleKind } from '../alerts/rule.ts';
import { allWords, normalise } from '../alerts/words.ts';
import type { Clock } from '../kit/clock.ts';
import { UserError } from '../kit/errors.ts';
import type { Context } from './context.ts';
import type { Formats } from './format.ts';
import { timely } from './lookup.ts';
import type { CommandCall, OptionName } from './model.ts';
import { proposalWords } from './preview-words.ts';
import { figureWords, shortName } from './rule-words.ts';

const MOST = 25;
/** Usual thresholds of each kind, as the grammar reads them. */
const THRESHOLDS: Readonly<Record<RuleKind, readonly string[]>> = {
  volatility: ['0.5%', '1%', '2%', '3%', '5%'],
  move: ['0.5%', '1%', '2%', '3%', '5%', '+2%', '-2%'],
  price: [],
  volume: ['3x', '5x', '10x', '20x'],
  ratio: ['2', '3', '5', '+3', '-3'],
  funding: ['0.03%', '0.05%', '0.1%', '+0.05%', '-0.05%'],
  oi: ['3%', '5%', '10%', '+3%', '-3%'],
  liquidation: ['250k', '1m', '5m', '20m'],
  sentiment: ['80', '70', '-30', '-20'],
  listing: [],
};

type Suggesting = Pick<Context, 't' | 'f' | 'symbols' | 'previews' | 'timings'> & { clock: Clock };

/** What may follow while a person types an option; presets with what they are on the symbol that was said. */
export async function suggestions(
  context: Suggesting,
  option: OptionName,
  typed: string,
  said: CommandCall['options'],
  command?: string,
): Promise<{ label: string; value: string }[]> {
  const { symbols, t } = context;
  if (option === 'symbol') {
    const found = symbols.suggest(typed, MOST).map(({ symbol }) => ({
      label: `${shortName(symbol)} · ${symbol}`,
      value: symbol,
    }));
    const all = { label: `${ALL_SYMBOLS} · ${t.rule.all}`, value: ALL_SYMBOLS };
    return offersAll(command, typed, said) ? [all, ...found].slice(0, MOST) : found;
  }
  if (option !== 'threshold') return [];
  const kind = said.kind !== undefined && isReady(said.kind) ? said.kind : 'move';
  const figures = await presetFigures(context, said);
  const all = [
    // Neither a price nor a listing has presets.
    ...(kind === 'price' || kind === 'listing' ? [] : (['normal', 'calm', 'lively'] as const)).map(
      (value) => ({
        label: `${t.presets[value]} (${figures?.[value] ?? value})`,
        value,
      }),
    ),
    ...THRESHOLDS[kind].map((value) => ({ label: value, value })),
  ];
  const begin = typed.trim().toLowerCase();
  return all.filter(({ label, value }) => value.startsWith(begin) || label.toLowerCase().startsWith(begin));
}

/** May the symbol that is being typed be all of them? */
function offersAll(command: string | undefined, typed: string, { kind }: CommandCall['options']): boolean {
  const begin = normalise(typed.trim());
  return (
    (command === 'subscribe' || command === 'alert') &&
    (kind === undefined || (isReady(kind) && KINDS[kind].onAll)) &&
    [...allWords].some((word) => word.startsWith(begin))
  );
}

/** What each preset is on the symbol that was said; undefined where that cannot be told in a moment. */
async function presetFigures(
  { symbols, previews, timings, t, f, clock }: Suggesting,
  { symbol, kind, window }: CommandCall['options'],
): Promise<Record<string, string> | undefined> {
  const fixed = kind !== undefined && isReady(kind) ? fixedFigures(kind, f) : undefined;
  if (symbol === undefined) return fixed;
  try {
    const options = { kind: kind ?? 'volatility', ...(window === undefined ? {} : { window }) };
    const draft: RuleDraft = parseSubscribe({ words: [], options });
    const shape = changeShapeOf(draft);
    if (allWords.has(normalise(symbol.trim()))) {
      const known = draft.kind ?? 'move';
      const figure = (each: Preset) => presetOnAll(known, each, draft.window ?? DEFAULT_WINDOW);
      return Object.fromEntries(PRESETS.map((each) => [each, figureWords(known, figure(each), 1, f)]));
    }
    const known = symbols.resolve(symbol).symbol;
    const proposals = shape && (await timely(previews.proposals(known, shape), timings.previewWaitMs));
    if (!proposals) return fixed;
    return Object.fromEntries(
      PRESETS.map((each) => {
        const { lastTime } = proposals[each];
        const last = lastTime === undefined ? [] : [t.preview.lastAt(f.recently(lastTime, clock.now()))];
        return [each, [proposalWords(proposals[each], t, f, draft.kind), ...last].join(' · ')];
      }),
    );
  } catch (error) {
    // Half a word so far.
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** The round figures that serve where no candles tell. */
function fixedFigures(kind: RuleKind, f: Formats): Record<string, string> | undefined {
  const { presets } = KINDS[kind];
  return presets && Object.fromEntries(PRESETS.map((each) => [each, figureWords(kind, presets[each], 1, f)]));
}
