import { formatDuration } from '../kit/duration.ts';
import type { UserError } from '../kit/errors.ts';
import { type AimDraft, AimWords } from './aim-words.ts';
import type { Fault } from './faults.ts';
import { ALL_SYMBOLS, type Rule, type RuleKind } from './rule.ts';
import { TypedWords } from './typed-words.ts';
import {
  allWords,
  isSuffixWord,
  kindWords,
  type Lead,
  leadWords,
  modeWords,
  normalise,
  parseSpan,
} from './words.ts';

export { THRESHOLD_SUFFIXES } from './aim-words.ts';

/** A `/subscribe` as it arrives: typed words, named options, or both. */
export interface SubscribeCall {
  words: readonly string[];
  options: Readonly<
    Partial<Record<'symbol' | 'kind' | 'threshold' | 'window' | 'channel' | 'options', string>>
  >;
}

/** What was said of a rule; what was left out is undefined, and is filled by `completeRule` or asked by buttons. */
export interface RuleDraft extends AimDraft {
  /** Lower case; which symbol it means is found out by the chat. `ALL_SYMBOLS`: all. */
  symbolText: string | undefined;
  /** The second condition, both to hold at once. */
  and?: (AimDraft & { kind: RuleKind }) | undefined;
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

const MAX_WORDS = 40;

/**
 * Reads the words of a `/subscribe` in any unambiguous order, and its named options; what follows `and` is of the second
 * condition, up to an option. Throws `UserError` with the code of the fault and `{word, example}`: the wrong word (at
 * most 40 characters) and one right call; with bounds `min` and `max` where the word is outside of them.
 */
export function parseSubscribe(call: SubscribeCall): RuleDraft {
  const parser = new Parser();
  parser.options(call.options);
  parser.words(call.words, 'word');
  return parser.draft();
}

class Parser {
  readonly #typed = new TypedWords();
  readonly #aim = new AimWords(this.#typed);
  /** The second condition, and the word that announced it. */
  #part: { aim: AimWords; word: string } | undefined;
  /** Words are of the second condition now. */
  #inPart = false;
  #symbolText: string | undefined;
  #mode: Rule['mode'] | undefined;
  #cooldownMs: number | undefined;
  #holdMs: number | undefined;
  #until: string | undefined;
  #channel: string | undefined;

  options(options: SubscribeCall['options']): void {
    const { symbol, kind, threshold, window, channel } = options;
    if (symbol !== undefined) this.#symbol(this.#clean(symbol, 'word'));
    if (kind !== undefined && !this.#aim.tryKind(this.#clean(kind, 'kind'))) throw this.#fault('kind', kind);
    if (threshold !== undefined) {
      const word = this.#clean(threshold, 'threshold').replaceAll(' ', '');
      if (!this.#aim.tryPreset(word)) this.#aim.threshold(word);
    }
    if (window !== undefined) {
      const word = this.#clean(window, 'window').replaceAll(' ', '');
      if (!this.#aim.tryWindow(word)) throw this.#fault('window', window);
    }
    if (channel !== undefined) this.#setChannel(this.#clean(channel, 'channel'));
    if (options.options !== undefined) this.words([options.options], 'option');
    this.#inPart = false;
  }

  /** `unknown` is the fault of a word that is nothing; among options no symbol, kind or threshold is expected but after `and`. */
  words(texts: readonly string[], unknown: 'word' | 'option'): void {
    const words = texts.flatMap((text) => text.split(/\s+/u)).filter((word) => word !== '');
    if (words.length > MAX_WORDS) throw this.#fault(unknown, words[MAX_WORDS] ?? '');
    for (let i = 0; i < words.length; i++) {
      const word = this.#clean(words[i] ?? '', unknown);
      const next = words[i + 1];
      const lead = leadWords.get(word);
      if (lead === 'and') {
        if (this.#part !== undefined) throw this.#fault('twice', word);
        this.#part = { aim: new AimWords(this.#typed), word };
        this.#inPart = true;
        continue;
      }
      if (lead !== undefined) {
        this.#inPart = false;
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
        this.#inPart = false;
        if (this.#mode !== undefined) throw this.#fault('twice', word);
        this.#mode = mode;
        continue;
      }
      if (unknown === 'option' && !this.#inPart) throw this.#fault('option', word);
      const [whole = word, used] = joinUnit(word, next);
      this.#word(whole);
      i += used - 1;
    }
  }

  draft(): RuleDraft {
    const onAll = this.#symbolText === ALL_SYMBOLS;
    const aim = this.#aim.draft(onAll);
    const and = this.#second(onAll);
    if (and !== undefined && aim.kind === 'listing') throw this.#fault('and-listing', this.#aim.name);
    return {
      // A listing is told of all symbols unless one is named.
      symbolText: this.#symbolText ?? (aim.kind === 'listing' ? ALL_SYMBOLS : undefined),
      ...aim,
      and,
      mode: this.#mode,
      cooldownMs: this.#cooldownMs,
      holdMs: this.#holdMs,
      until: this.#until,
      channel: this.#channel,
    };
  }

  #second(onAll: boolean): RuleDraft['and'] {
    if (this.#part === undefined) return undefined;
    const { aim, word } = this.#part;
    const { kind, ...rest } = aim.draft(onAll);
    if (kind === undefined) throw this.#fault('and-missing', word);
    if (kind === 'listing') throw this.#fault('and-listing', aim.name);
    return { kind, ...rest };
  }

  #word(word: string): void {
    if (word.startsWith('@') || word.startsWith('channel:') || word.startsWith('<#')) this.#setChannel(word);
    else if (this.#inPart && this.#part !== undefined) {
      if (!this.#part.aim.take(word)) throw this.#fault('word', word);
    } else if (!this.#aim.take(word)) {
      if (kindWords.has(word) && this.#symbolText !== undefined) throw this.#fault('twice', word);
      this.#symbol(word);
    }
  }

  #symbol(word: string): void {
    if (!/^\$?[\p{L}\p{N}][\p{L}\p{N}/_:.-]*$/u.test(word)) throw this.#fault('word', word);
    if (this.#symbolText !== undefined) throw this.#fault('word', word);
    this.#symbolText = allWords.has(word) ? ALL_SYMBOLS : word;
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

  #lead(lead: Exclude<Lead, 'and'>, word: string, value: string | undefined): void {
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

  #clean(typed: string, unknown: Fault): string {
    return this.#typed.clean(typed, unknown);
  }

  #fault(code: Fault, word: string, args?: Readonly<Record<string, string | number>>): UserError {
    return this.#typed.fault(code, word, args);
  }
}

/** A number and the unit written behind it as one word, with how many words that took. */
function joinUnit(word: string | undefined, next: string | undefined): [string | undefined, number] {
  if (word === undefined) return [undefined, 0];
  const suffix = next === undefined ? '' : normalise(next);
  return /^[+-]?[\d.,]+$/.test(word) && isSuffixWord(suffix) ? [word + suffix, 2] : [word, 1];
}
