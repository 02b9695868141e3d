import type { AimDraft } from '../../alerts/aim-words.ts';
import { DEFAULT_WINDOW, presetThreshold } from '../../alerts/defaults.ts';
import type { RuleDraft } from '../../alerts/grammar.ts';
import { parseSubscribe, THRESHOLD_SUFFIXES } from '../../alerts/grammar.ts';
import { KINDS } from '../../alerts/kinds.ts';
import { presetOnAll } from '../../alerts/presets-on-all.ts';
import { ALL_SYMBOLS, type Direction, type Preset, type RuleKind } from '../../alerts/rule.ts';
import { formatDuration } from '../../kit/duration.ts';
import { UserError } from '../../kit/errors.ts';
import { type Brief, WINDOW_MS, type Window } from '../../market/brief.ts';
import type { Button, Reply } from '../../notice/text.ts';
import { packAction } from '../actions.ts';
import type { Context } from '../context.ts';
import { typeIt } from '../examples.ts';
import { proposalWords } from '../preview-words.ts';
import type { Proposals } from '../previews.ts';
import { shortName, symbolWords } from '../rule-words.ts';
import type { Target } from '../target.ts';
import { formButton, homeButton, kindLabel, rowsOf } from './buttons.ts';

const PRESETS = ['calm', 'normal', 'lively'] as const satisfies readonly Preset[];

/** One letter each: a button has 64 bytes. */
const KIND_LETTERS = {
  v: 'volatility',
  m: 'move',
  p: 'price',
  x: 'volume',
  r: 'ratio',
  f: 'funding',
  l: 'liquidation',
  o: 'oi',
  s: 'sentiment',
  i: 'listing',
} as const satisfies Record<string, RuleKind>;

/** Kinds that are offered by name below the usual ones. */
const FURTHER_KINDS = [
  'volume',
  'ratio',
  'funding',
  'liquidation',
  'oi',
  'sentiment',
  'listing',
] as const satisfies readonly RuleKind[];

/** Asks for the symbol; what else was said already travels in the buttons. */
export function chooseSymbol(context: Context, draft: RuleDraft, target: Target): Reply {
  const { t, symbols, asker } = context;
  const buttons = symbols.favourites(6).map(
    (symbol): Button => ({
      label: shortName(symbol),
      action: packDraft({ ...draft, symbolText: symbol }, target),
    }),
  );
  return {
    text: [{ type: 'text', line: [t.choose.symbol] }, typeIt(context, '/subscribe BTC move 2% 5m')],
    buttons: [
      ...rowsOf(buttons),
      ...(asker.picksChats && !target.elsewhere
        ? [[{ label: `📣 ${t.where.button}`, action: packAction('where') }]]
        : []),
      [homeButton(context, target)],
    ],
  };
}

/** Asks what to watch: three presets of volatility with their values, and the other kinds. */
export function chooseWhat(
  context: Context,
  symbol: string,
  draft: RuleDraft,
  target: Target,
  known: { brief: Brief | undefined; proposals: Proposals | undefined },
): Reply {
  const { t, f } = context;
  const { brief, proposals } = known;
  const window = draft.window ?? DEFAULT_WINDOW;
  const said = { ...draft, symbolText: symbol, window };
  const presets = PRESETS.map(
    (preset): Button => ({
      label: `${t.presets[preset]} ${
        proposals
          ? proposalWords(proposals[preset], t, f)
          : f.percent(presetFigure(symbol, preset, window, brief))
      }`,
      action: packDraft({ ...said, kind: 'volatility', preset }, target),
    }),
  );
  return {
    text: [
      { type: 'title', line: [t.choose.kind(symbolWords({ symbol }, t))] },
      { type: 'text', line: [`${t.choose.presets(f.duration(WINDOW_MS[window]))}:`] },
      typeIt(context, `/subscribe ${shortName(symbol)} move 2% 5m`),
    ],
    buttons: [
      // With how often each would have fired, a button needs the width.
      ...(proposals ? presets.map((button) => [button]) : [presets]),
      [
        {
          label: t.choose.move,
          action: packDraft({ ...said, kind: 'move', preset: draft.preset ?? 'normal' }, target),
        },
        // Levels are offered around a price.
        ...(symbol === ALL_SYMBOLS
          ? []
          : [
              {
                label: t.choose.price,
                action: packDraft({ ...said, kind: 'price', preset: undefined }, target),
              },
            ]),
      ],
      ...rowsOf(
        FURTHER_KINDS.filter((kind) => symbol !== ALL_SYMBOLS || KINDS[kind].onAll).map((kind) => ({
          label: kindLabel(context, kind),
          action: packDraft(
            { ...said, kind, preset: kind === 'listing' ? undefined : (draft.preset ?? 'normal') },
            target,
          ),
        })),
      ),
      [
        formButton(context, `subscribe ${symbol}`, target),
        backTo(context, packDraft({ ...draft, symbolText: undefined }, target)),
      ],
    ],
  };
}

function presetFigure(symbol: string, preset: Preset, window: Window, brief: Brief | undefined): number {
  return symbol === ALL_SYMBOLS
    ? presetOnAll('volatility', preset, window)
    : presetThreshold(preset, window, brief);
}

/** Offers levels around the price: one, two and five percent to either side, on round figures. */
export function chooseLevel(
  context: Context,
  symbol: string,
  last: number,
  tickSize: number,
  target: Target,
): Reply {
  const { t, f } = context;
  const level = (percent: number): Button => {
    const value = roundLevel(last * (1 + percent / 100));
    return {
      label: `${percent > 0 ? '▲' : '▼'} ${f.price(value, tickSize)}`,
      action: packAction('sub', symbol, 'p', '', plainDecimal(value), target.reference),
    };
  };
  return {
    text: [
      { type: 'text', line: [`${t.choose.level(symbol, f.price(last, tickSize))}:`] },
      typeIt(context, `/subscribe ${shortName(symbol)} ${plainDecimal(roundLevel(last * 1.02))}`),
    ],
    buttons: [
      [level(1), level(2), level(5)],
      [level(-1), level(-2), level(-5)],
      [
        formButton(context, `subscribe ${symbol} price`, target),
        backTo(context, packAction('sub', symbol, '', '', '', target.reference)),
      ],
    ],
  };
}

function backTo({ t }: Context, action: string): Button {
  return { label: `‹ ${t.settings.back}`, action };
}

/** Three significant digits: a level that a person would name. */
function roundLevel(price: number): number {
  return Number(price.toPrecision(3));
}

/** Without an exponent, as the grammar reads numbers. */
function plainDecimal(value: number): string {
  return value.toFixed(12).replace(/\.?0+$/, '');
}

/** What opens the rule, prefilled, in the private chat of somebody who may not set it here; '' when it is too long for a button. */
export function openAction(draft: DraftParts): string {
  try {
    return packDraft(draft, { reference: '' }, 'open');
  } catch {
    return '';
  }
}

const SIGNS: Readonly<Record<Direction, string>> = { up: '+', down: '-', either: '' };

/** A draft that a button carries; of one that is not typed yet its options are open. */
type DraftParts = AimDraft & Pick<RuleDraft, 'symbolText'> & Partial<RuleDraft>;

function packDraft(draft: DraftParts, target: Pick<Target, 'reference'>, action = 'sub'): string {
  const [letter = ''] = Object.entries(KIND_LETTERS).find(([, kind]) => kind === draft.kind) ?? [];
  const window = KINDS[draft.kind ?? 'move'].windowed ? draft.window : undefined;
  const options = optionsText(draft);
  return packAction(
    action,
    draft.symbolText ?? '',
    letter,
    window ?? '',
    thresholdText(draft, draft.symbolText === ALL_SYMBOLS),
    target.reference,
    ...(options === '' ? [] : [options]),
  );
}

/** A threshold as the grammar reads it; its preset where none was said. */
function thresholdText(
  { kind = 'move', direction, threshold, unit, preset }: AimDraft,
  onAll = false,
): string {
  if (threshold === undefined) return preset ?? '';
  const { unit: measure, sided } = KINDS[kind];
  // A price of one symbol is crossed from where it is.
  const hasWays = sided || kind === 'sentiment' || (kind === 'price' && onAll);
  const sign = hasWays && direction !== undefined ? SIGNS[direction] : '';
  return `${sign}${plainDecimal(threshold)}${unit === 'sigma' ? 'sd' : THRESHOLD_SUFFIXES[measure]}`;
}

/** What else was said, as the grammar reads it. */
function optionsText({ mode, cooldownMs, holdMs, until, and }: DraftParts): string {
  return [
    ...(mode === undefined ? [] : [mode]),
    ...(cooldownMs === undefined ? [] : [`cooldown ${formatDuration(cooldownMs)}`]),
    ...(holdMs === undefined ? [] : [`for ${formatDuration(holdMs)}`]),
    ...(until === undefined ? [] : [`until ${until}`]),
    ...(and === undefined
      ? []
      : [`and ${[and.kind, thresholdText(and), and.window ?? ''].join(' ').trim()}`]),
  ].join(' ');
}

/** Reads a button back as the draft it stands for; undefined: it is out of date. */
export function unpackDraft(args: readonly string[]): RuleDraft | undefined {
  const [symbol = '', letter = '', window = '', threshold = '', channel = '', options = ''] = args;
  const kind = Object.entries(KIND_LETTERS).find(([each]) => each === letter)?.[1];
  try {
    return parseSubscribe({
      words: [],
      options: {
        ...(symbol === '' ? {} : { symbol }),
        ...(kind === undefined ? {} : { kind }),
        ...(window === '' ? {} : { window }),
        ...(threshold === '' ? {} : { threshold }),
        ...(channel === '' ? {} : { channel }),
        ...(options === '' ? {} : { options }),
      },
    });
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
