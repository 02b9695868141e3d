import type { Window } from '../market/brief.ts';
import { KINDS, SIGMA_BOUNDS, type Unit, windowsOf } from './kinds.ts';
import type { Direction, Preset, RuleKind } from './rule.ts';
import type { TypedWords } from './typed-words.ts';
import {
  type Amount,
  kindWords,
  looksNumeric,
  parseAmount,
  parseSpan,
  presetWords,
  windowOf,
} from './words.ts';

/** One condition as far as it was said. */
export interface AimDraft {
  kind: RuleKind | undefined;
  /** Which way, for kinds that have ways. */
  direction: Direction | undefined;
  /** In the unit of the kind, or in σ; positive. */
  threshold: number | undefined;
  unit?: 'sigma' | undefined;
  preset: Preset | undefined;
  window: Window | undefined;
}

/** How a threshold is written behind its number. */
export const THRESHOLD_SUFFIXES: Readonly<Record<Unit, string>> = {
  percent: '%',
  times: 'x',
  price: '',
  notional: '',
  points: '',
  none: '',
};

/** Reads the words of one condition, in any order. */
export class AimWords {
  readonly #typed: TypedWords;
  #kind: RuleKind | undefined;
  #kindWord: string | undefined;
  #direction: Direction | undefined;
  #amount: Amount | undefined;
  #amountWord = '';
  #preset: Preset | undefined;
  #window: Window | undefined;
  #windowWord = '';
  /** Spans among the words, in order: windows, or one of them an amount (`liquidation 1m`). */
  readonly #spans: string[] = [];

  constructor(typed: TypedWords) {
    this.#typed = typed;
  }

  /** Takes a word in; false when it says nothing of a condition. */
  take(word: string): boolean {
    if (this.tryKind(word) || this.tryPreset(word)) return true;
    if (parseSpan(word) !== undefined) this.#spans.push(word);
    else if (looksNumeric(word) || parseAmount(word) !== undefined) this.threshold(word);
    else return false;
    return true;
  }

  /** False also for the name of the kind said again: there is a coin called Move. */
  tryKind(word: string): boolean {
    const found = kindWords.get(word);
    if (found === undefined || word === this.#kindWord) return false;
    if (this.#kindWord !== undefined) throw this.#typed.fault('twice', word);
    this.#kind = found.kind;
    this.#kindWord = word;
    this.#direction = found.direction;
    return true;
  }

  tryPreset(word: string): boolean {
    const preset = presetWords.get(word);
    if (preset === undefined) return false;
    if (this.#preset !== undefined || this.#amount !== undefined) throw this.#typed.fault('twice', word);
    this.#preset = preset;
    return true;
  }

  tryWindow(word: string): boolean {
    const ms = parseSpan(word);
    if (ms === undefined) return false;
    const window = windowOf(ms);
    if (window === undefined) throw this.#typed.fault('window', word);
    if (this.#window !== undefined) throw this.#typed.fault('twice', word);
    this.#window = window;
    this.#windowWord = word;
    return true;
  }

  threshold(word: string): void {
    const amount = parseAmount(word);
    if (amount === undefined || !(amount.value > 0)) {
      throw this.#typed.fault('threshold', word, {}, this.#kind);
    }
    if (this.#amount !== undefined || this.#preset !== undefined) throw this.#typed.fault('twice', word);
    this.#amount = amount;
    this.#amountWord = word;
  }

  /** The condition that was said; `onAll`: of all symbols. */
  draft(onAll: boolean): AimDraft {
    this.#placeSpans();
    const kind = this.#kind ?? kindOfUnit(this.#amount?.unit);
    if (kind === undefined) {
      return { kind, direction: undefined, threshold: undefined, preset: this.#preset, window: this.#window };
    }
    this.#checkKind(kind, onAll);
    const threshold = this.#checkedThreshold(kind, onAll);
    return {
      kind,
      direction: this.#direction ?? silentDirection(kind, onAll),
      threshold,
      unit: this.#amount?.unit === 'sigma' ? 'sigma' : undefined,
      preset: this.#preset,
      window: this.#window,
    };
  }

  /** A word by which the condition can be named to the person. */
  get name(): string {
    return this.#kindWord ?? this.#amountWord;
  }

  /** `1m` is a minute, or a million where liquidations are said and no threshold was: then the first one is the amount. */
  #placeSpans(): void {
    for (const word of this.#spans) {
      const lacking = this.#amount === undefined && this.#preset === undefined;
      if (this.#kind === 'liquidation' && lacking && parseAmount(word) !== undefined) this.threshold(word);
      else this.tryWindow(word);
    }
  }

  #checkKind(kind: RuleKind, onAll: boolean): void {
    if (onAll && !KINDS[kind].onAll) throw this.#typed.fault('kind-on-all', this.name, { kind });
    const said = this.#amountWord || this.#preset || this.#window;
    if (kind === 'listing' && said) throw this.#typed.fault('listing-bare', said);
    const [shortest] = windowsOf(kind);
    if (shortest !== undefined && this.#window !== undefined && !windowsOf(kind).includes(this.#window)) {
      throw this.#typed.fault('window-short', this.#windowWord, { kind, min: shortest });
    }
    if (kind === 'price' && this.#preset !== undefined) {
      throw this.#typed.fault('threshold', this.#preset, {}, kind);
    }
  }

  /** Checks the amount against the kind; a sign also says which way. */
  #checkedThreshold(kind: RuleKind, onAll: boolean): number | undefined {
    const amount = this.#amount;
    if (amount === undefined) return undefined;
    const word = this.#amountWord;
    const wrong = () => this.#typed.fault('threshold', word, {}, kind);
    const { unit, sided, sigma, bounds } = KINDS[kind];
    const inSigma = amount.unit === 'sigma';
    if (inSigma && !sigma) throw this.#typed.fault('sigma-kind', word, { kind });
    const suffix = inSigma ? 'σ' : THRESHOLD_SUFFIXES[unit];
    const plain = amount.unit === 'plain' && (suffix === '' || amount.bare);
    const isLevel = kind === 'sentiment' || (kind === 'price' && onAll);
    if (!(plain || inSigma || amount.unit === unit)) throw wrong();
    if (amount.sign !== '' && !sided && !isLevel) {
      if (kind === 'price') throw this.#typed.fault('price-sign', word, { level: word.slice(1) });
      throw wrong();
    }
    const { min, max } = inSigma ? SIGMA_BOUNDS : bounds;
    if (amount.value < min || amount.value > max) {
      const shown = suffix === '' ? { min, max } : { min: `${min}${suffix}`, max: `${max}${suffix}` };
      throw this.#typed.fault('threshold-bounds', word, shown, kind);
    }
    if (amount.sign !== '') {
      const direction = amount.sign === '+' ? 'up' : 'down';
      if (this.#direction !== undefined && this.#direction !== direction) throw wrong();
      this.#direction = direction;
    }
    return amount.value;
  }
}

/** Which way counts if none was said: either of two sides; of a level that is only reached, upwards. */
function silentDirection(kind: RuleKind, onAll: boolean): Direction | undefined {
  if (KINDS[kind].sided) return 'either';
  return kind === 'sentiment' || (kind === 'price' && onAll) ? 'up' : undefined;
}

/** The kind that a threshold alone means: a number is a price, a percentage or so many σ a move, a multiple a volume. */
function kindOfUnit(unit: Amount['unit'] | undefined): RuleKind | undefined {
  if (unit === 'plain') return 'price';
  if (unit === 'percent' || unit === 'sigma') return 'move';
  return unit === 'times' ? 'volume' : undefined;
}
