import { formatDuration } from '../kit/duration.ts';
import type { UserError } from '../kit/errors.ts';
import type { Window } from '../market/brief.ts';
import { type Fault, fault, INVISIBLE } from './faults.ts';
import { isReady, KINDS, type Unit } from './kinds.ts';
import type { Direction, Preset, ReadyKind, Rule, RuleKind } from './rule.ts';
import {
  type Amount,
  isSuffixWord,
  kindWords,
  type Lead,
  leadWords,
  looksNumeric,
  modeWords,
  normalise,
  parseAmount,
  parseSpan,
  presetWords,
  windowOf,
} from './words.ts';

/** A `/subscribe` as it arrives: typed words, named options, or both. */
export interface SubscribeCall {
  words: readonly string[];
  options: Readonly<
    Partial<Record<'symbol' | 'kind' | 'threshold' | 'window' | 'channel' | 'options', string>>
  >;
}

/** What was said of a rule; what was left out is undefined, and is filled by `completeRule` or asked by buttons. */
export interface RuleDraft {
  /** Lower case; which symbol it means is found out by the chat. */
  symbolText: string | undefined;
  kind: ReadyKind | undefined;
  /** Which way, for kinds with two sides. */
  direction: Direction | undefined;
  /** In the unit of the kind; positive. */
  threshold: number | undefined;
  preset: Preset | undefined;
  window: Window | undefined;
  mode: Rule['mode'] | undefined;
  cooldownMs: number | undefined;
  holdMs: number | undefined;
  /** Local day after which the rule ends, YYYY-MM-DD. */
  until: string | undefined;
  /** `@name` or a channel's id. */
  channel: string | undefined;
}

/** Cooldown and hold time in ms. */
const COOLDOWN_BOUNDS = { min: 10_000, max: 7 * 86_400_000 } as const;
const HOLD_BOUNDS = { min: 1_000, max: 86_400_000 } as const;

/** How a threshold is written behind its number. */
export const THRESHOLD_SUFFIXES: Readonly<Record<Unit, string>> = {
  percent: '%',
  times: 'x',
  price: '',
  notional: '',
};

const MAX_WORD = 64;
const MAX_WORDS = 40;

/**
 * Reads the words of a `/subscribe` in any unambiguous order, and its named options. Throws `UserError` with the code
 * of the fault and `{word, example}`: the wrong word (at most 40 characters) and one right call; with bounds `min`
 * and `max` where the word is outside of them.
 */
export function parseSubscribe(call: SubscribeCall): RuleDraft {
  const parser = new Parser();
  parser.options(call.options);
  parser.words(call.words, 'word');
  return parser.draft();
}

class Parser {
  #symbolText: string | undefined;
  #kind: RuleKind | undefined;
  #kindWord: string | undefined;
  #direction: Direction | undefined;
  #amount: Amount | undefined;
  #amountWord = '';
  #preset: Preset | undefined;
  #window: Window | undefined;
  /** Spans among the words, in order: windows, or one of them an amount (`liquidation 1m`). */
  readonly #spans: string[] = [];
  #mode: Rule['mode'] | undefined;
  #cooldownMs: number | undefined;
  #holdMs: number | undefined;
  #until: string | undefined;
  #channel: string | undefined;
  /** Words as they were typed, for what is shown to the person. */
  readonly #typed = new Map<string, string>();

  options(options: SubscribeCall['options']): void {
    const { symbol, kind, threshold, window, channel } = options;
    if (symbol !== undefined) this.#symbol(this.#clean(symbol, 'word'));
    if (kind !== undefined) {
      const word = this.#clean(kind, 'kind');
      if (!this.#tryKind(word)) throw this.#fault('kind', kind);
    }
    if (threshold !== undefined) {
      const word = this.#clean(threshold, 'threshold').replaceAll(' ', '');
      if (!this.#tryPreset(word)) this.#threshold(word);
    }
    if (window !== undefined) {
      const word = this.#clean(window, 'window').replaceAll(' ', '');
      if (!this.#tryWindow(word)) throw this.#fault('window', window);
    }
    if (channel !== undefined) this.#setChannel(this.#clean(channel, 'channel'));
    if (options.options !== undefined) this.words([options.options], 'option');
  }

  /** `unknown` is the fault of a word that is nothing; among options no symbol, kind or threshold is expected. */
  words(texts: readonly string[], unknown: 'word' | 'option'): void {
    const words = texts.flatMap((text) => text.split(/\s+/u)).filter((word) => word !== '');
    if (words.length > MAX_WORDS) throw this.#fault(unknown, words[MAX_WORDS] ?? '');
    for (let i = 0; i < words.length; i++) {
      const word = this.#clean(words[i] ?? '', unknown);
      const next = words[i + 1];
      const lead = leadWords.get(word);
      if (lead !== undefined) {
        // A span may be written as two words here too: `cooldown 10 min`.
        const [value, used] = joinUnit(
          next === undefined ? undefined : this.#clean(next, 'duration'),
          words[i + 2],
        );
        this.#lead(lead, word, value);
        i += used;
        continue;
      }
      const mode = modeWords.get(word);
      if (mode !== undefined) {
        if (this.#mode !== undefined) throw this.#fault('twice', word);
        this.#mode = mode;
        continue;
      }
      if (unknown === 'option') throw this.#fault('option', word);
      const [whole = word, used] = joinUnit(word, next);
      this.#word(whole);
      i += used - 1;
    }
  }

  draft(): RuleDraft {
    this.#placeSpans();
    const kind = this.#readyKind();
    const threshold = this.#checkedThreshold(kind);
    return {
      symbolText: this.#symbolText,
      kind,
      direction: kind && KINDS[kind].sided ? (this.#direction ?? 'either') : undefined,
      threshold,
      preset: this.#preset,
      window: this.#window,
      mode: this.#mode,
      cooldownMs: this.#cooldownMs,
      holdMs: this.#holdMs,
      until: this.#until,
      channel: this.#channel,
    };
  }

  #word(word: string): void {
    if (word.startsWith('@') || word.startsWith('channel:') || word.startsWith('<#')) this.#setChannel(word);
    else if (this.#tryKind(word) || this.#tryPreset(word)) return;
    else if (parseSpan(word) !== undefined) this.#spans.push(word);
    else if (looksNumeric(word) || parseAmount(word) !== undefined) this.#threshold(word);
    else this.#symbol(word);
  }

  /** `1m` is a minute, or a million where liquidations are said and no threshold was: then the first one is the amount. */
  #placeSpans(): void {
    for (const word of this.#spans) {
      const lacking = this.#amount === undefined && this.#preset === undefined;
      if (this.#kind === 'liquidation' && lacking && parseAmount(word) !== undefined) this.#threshold(word);
      else this.#tryWindow(word);
    }
  }

  #tryKind(word: string): boolean {
    const found = kindWords.get(word);
    if (found === undefined) return false;
    if (this.#kindWord !== undefined) {
      // `move move 2%`: there is a coin of that name.
      if (word !== this.#kindWord || this.#symbolText !== undefined) throw this.#fault('twice', word);
      this.#symbol(word);
      return true;
    }
    this.#kind = found.kind;
    this.#kindWord = word;
    this.#direction = found.direction;
    return true;
  }

  #tryPreset(word: string): boolean {
    const preset = presetWords.get(word);
    if (preset === undefined) return false;
    if (this.#preset !== undefined || this.#amount !== undefined) throw this.#fault('twice', word);
    this.#preset = preset;
    return true;
  }

  #tryWindow(word: string): boolean {
    const ms = parseSpan(word);
    if (ms === undefined) return false;
    const window = windowOf(ms);
    if (window === undefined) throw this.#fault('window', word);
    if (this.#window !== undefined) throw this.#fault('twice', word);
    this.#window = window;
    return true;
  }

  #threshold(word: string): void {
    const amount = parseAmount(word);
    if (amount === undefined || !(amount.value > 0)) throw this.#fault('threshold', word, {}, this.#kind);
    if (this.#amount !== undefined || this.#preset !== undefined) throw this.#fault('twice', word);
    this.#amount = amount;
    this.#amountWord = word;
  }

  #symbol(word: string): void {
    if (!/^\$?[\p{L}\p{N}][\p{L}\p{N}/_:.-]*$/u.test(word)) throw this.#fault('word', word);
    if (this.#symbolText !== undefined) throw this.#fault('word', word);
    this.#symbolText = word;
  }

  #setChannel(word: string): void {
    const id = /^(?:channel:)?(?:<#)?(-?\d{1,24})>?$/.exec(word)?.[1];
    const name = /^(?:channel:)?(@[a-z]\w{2,63})$/.exec(word)?.[1];
    // The two names by which a platform wakes everybody are no channels.
    const channel = id ?? (name === '@everyone' || name === '@here' ? undefined : name);
    if (channel === undefined) throw this.#fault('channel', word);
    if (this.#channel !== undefined) throw this.#fault('twice', word);
    this.#channel = channel;
  }

  #lead(lead: Lead, word: string, value: string | undefined): void {
    if (lead === 'and') throw this.#fault('and-not-yet', value === undefined ? word : `${word} ${value}`);
    if (lead === 'until') {
      if (this.#until !== undefined) throw this.#fault('twice', word);
      this.#until = this.#date(value ?? word);
    } else if (lead === 'cooldown') {
      if (this.#cooldownMs !== undefined) throw this.#fault('twice', word);
      this.#cooldownMs = this.#span(value ?? word, COOLDOWN_BOUNDS);
    } else {
      if (this.#holdMs !== undefined) throw this.#fault('twice', word);
      this.#holdMs = this.#span(value ?? word, HOLD_BOUNDS);
    }
  }

  #readyKind(): ReadyKind | undefined {
    const { unit } = this.#amount ?? {};
    if (unit === 'sigma') throw this.#fault('sigma-not-yet', this.#amountWord);
    const kind = this.#kind ?? kindOfUnit(unit);
    if (kind === undefined || isReady(kind)) return kind;
    throw this.#fault('kind-not-yet', this.#kindWord ?? this.#amountWord, { kind });
  }

  /** Checks the amount against the kind; a sign also says which way. */
  #checkedThreshold(kind: ReadyKind | undefined): number | undefined {
    const amount = this.#amount;
    if (kind === 'price' && this.#preset !== undefined)
      throw this.#fault('threshold', this.#preset, {}, kind);
    if (amount === undefined || kind === undefined) return undefined;
    const word = this.#amountWord;
    const { unit, sided, bounds: allowed } = KINDS[kind];
    const suffix = THRESHOLD_SUFFIXES[unit];
    const plain = amount.unit === 'plain' && (suffix === '' || amount.bare);
    if (!(plain || amount.unit === unit) || (amount.sign !== '' && !sided))
      throw this.#fault('threshold', word, {}, kind);
    const { min, max } = allowed;
    if (amount.value < min || amount.value > max) {
      const bounds = suffix === '' ? { min, max } : { min: `${min}${suffix}`, max: `${max}${suffix}` };
      throw this.#fault('threshold-bounds', word, bounds, kind);
    }
    if (amount.sign !== '') {
      const direction = amount.sign === '+' ? 'up' : 'down';
      if (this.#direction !== undefined && this.#direction !== direction)
        throw this.#fault('threshold', word, {}, kind);
      this.#direction = direction;
    }
    return amount.value;
  }

  #span(word: string, { min, max }: { min: number; max: number }): number {
    const ms = parseSpan(word);
    if (ms === undefined) throw this.#fault('duration', word);
    if (ms >= min && ms <= max) return ms;
    throw this.#fault('duration-bounds', word, { min: formatDuration(min), max: formatDuration(max) });
  }

  #date(word: string): string {
    const time = /^\d{4}-\d{2}-\d{2}$/.test(word) ? Date.parse(word) : Number.NaN;
    // 2026-02-30 is read as a day of March by some, as no day by others.
    if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== word)
      throw this.#fault('date', word);
    return word;
  }

  /** A word in the form it is looked up by; what is too long or holds invisible characters is no word at all. */
  #clean(typed: string, unknown: Fault): string {
    const word = normalise(typed.trim());
    if (word === '' || word.length > MAX_WORD || INVISIBLE.test(word)) throw this.#fault(unknown, typed);
    this.#typed.set(word, typed);
    return word;
  }

  #fault(
    code: Fault,
    word: string,
    args?: Readonly<Record<string, string | number>>,
    kind?: RuleKind,
  ): UserError {
    return fault(code, this.#typed.get(word) ?? word, args, kind);
  }
}

/** The kind that a threshold alone means: a number is a price, a percentage a move, a multiple a volume. */
function kindOfUnit(unit: Amount['unit'] | undefined): RuleKind | undefined {
  if (unit === 'plain') return 'price';
  if (unit === 'percent') return 'move';
  return unit === 'times' ? 'volume' : undefined;
}

/** A number and the unit written behind it as one word, with how many words that took. */
function joinUnit(word: string | undefined, next: string | undefined): [string | undefined, number] {
  if (word === undefined) return [undefined, 0];
  const suffix = next === undefined ? '' : normalise(next);
  return /^[+-]?[\d.,]+$/.test(word) && isSuffixWord(suffix) ? [word + suffix, 2] : [word, 1];
}
