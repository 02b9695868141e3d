import { DEFAULT_WINDOW, presetThreshold } from '../../alerts/defaults.ts';
import type { RuleDraft } from '../../alerts/grammar.ts';
import { parseSubscribe, THRESHOLD_SUFFIXES } from '../../alerts/grammar.ts';
import { KINDS } from '../../alerts/kinds.ts';
import type { Direction, Preset, ReadyKind } from '../../alerts/rule.ts';
import { UserError } from '../../kit/errors.ts';
import { type Brief, WINDOW_MS } from '../../market/brief.ts';
import type { Button, Reply } from '../../notice/text.ts';
import { packAction } from '../actions.ts';
import type { Context } from '../context.ts';
import { proposalWords } from '../preview-words.ts';
import type { Proposals } from '../previews.ts';
import { shortName } from '../rule-words.ts';
import type { Target } from '../target.ts';
import { rowsOf } from './buttons.ts';

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
} as const satisfies Record<string, ReadyKind>;

/** Kinds that are offered by name below the usual ones. */
const FURTHER_KINDS = ['volume', 'ratio', 'funding', 'liquidation'] as const satisfies readonly ReadyKind[];

/** Asks for the symbol; what else was said already travels in the buttons. */
export function chooseSymbol({ t, symbols }: Context, draft: RuleDraft, target: Target): Reply {
  const buttons = symbols.favourites(6).map(
    (symbol): Button => ({
      label: shortName(symbol),
      action: packDraft({ ...draft, symbolText: symbol }, target),
    }),
  );
  return {
    text: [
      { type: 'text', line: [t.choose.symbol] },
      { type: 'small', line: [t.choose.typeIt('/subscribe BTC move 2% 5m')] },
    ],
    buttons: rowsOf(buttons),
  };
}

/** Asks what to watch: three presets of volatility with their values, and the other kinds. */
export function chooseWhat(
  { t, f }: Context,
  symbol: string,
  draft: RuleDraft,
  target: Target,
  known: { brief: Brief | undefined; proposals: Proposals | undefined },
): Reply {
  const { brief, proposals } = known;
  const window = draft.window ?? DEFAULT_WINDOW;
  const said = { ...draft, symbolText: symbol, window };
  const presets = PRESETS.map(
    (preset): Button => ({
      label: `${t.presets[preset]} ${
        proposals ? proposalWords(proposals[preset], t, f) : f.percent(presetThreshold(preset, window, brief))
      }`,
      action: packDraft({ ...said, kind: 'volatility', preset }, target),
    }),
  );
  return {
    text: [
      { type: 'title', line: [t.choose.kind(symbol)] },
      { type: 'text', line: [`${t.choose.presets(f.duration(WINDOW_MS[window]))}:`] },
      { type: 'small', line: [t.choose.typeIt(`/subscribe ${shortName(symbol)} move 2% 5m`)] },
    ],
    buttons: [
      // With how often each would have fired, a button needs the width.
      ...(proposals ? presets.map((button) => [button]) : [presets]),
      [
        {
          label: t.choose.move,
          action: packDraft({ ...said, kind: 'move', preset: draft.preset ?? 'normal' }, target),
        },
        { label: t.choose.price, action: packDraft({ ...said, kind: 'price', preset: undefined }, target) },
      ],
      ...rowsOf(
        FURTHER_KINDS.map((kind) => ({
          label: t.kinds[kind],
          action: packDraft({ ...said, kind, preset: draft.preset ?? 'normal' }, target),
        })),
      ),
    ],
  };
}

/** Offers levels around the price: one, two and five percent to either side, on round figures. */
export function chooseLevel(
  { t, f }: Context,
  symbol: string,
  last: number,
  tickSize: number,
  target: Target,
): Reply {
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
      {
        type: 'small',
        line: [t.choose.typeIt(`/subscribe ${shortName(symbol)} ${plainDecimal(roundLevel(last * 1.02))}`)],
      },
    ],
    buttons: [
      [level(1), level(2), level(5)],
      [level(-1), level(-2), level(-5)],
    ],
  };
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

/** As much of a draft as a button carries. */
type DraftParts = Pick<RuleDraft, 'symbolText' | 'kind' | 'direction' | 'threshold' | 'preset' | 'window'>;

function packDraft(draft: DraftParts, target: Pick<Target, 'reference'>, action = 'sub'): string {
  const [letter = ''] = Object.entries(KIND_LETTERS).find(([, kind]) => kind === draft.kind) ?? [];
  const { unit: measure, sided, windowed } = KINDS[draft.kind ?? 'move'];
  const sign = !sided || draft.direction === undefined ? '' : SIGNS[draft.direction];
  const unit = THRESHOLD_SUFFIXES[measure];
  const window = windowed ? draft.window : undefined;
  const threshold = draft.threshold === undefined ? (draft.preset ?? '') : `${sign}${draft.threshold}${unit}`;
  return packAction(action, draft.symbolText ?? '', letter, window ?? '', threshold, target.reference);
}

/** Reads a button back as the draft it stands for; undefined: it is out of date. */
export function unpackDraft(args: readonly string[]): RuleDraft | undefined {
  const [symbol = '', letter = '', window = '', threshold = '', channel = ''] = args;
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
      },
    });
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
