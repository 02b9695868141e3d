import type { UserError } from '../kit/errors.ts';
import { type Fault, fault, INVISIBLE } from './faults.ts';
import type { RuleKind } from './rule.ts';
import { normalise } from './words.ts';

const MAX_WORD = 64;

/** Brings words into the form they are looked up by, and remembers how they were typed for what is shown to the person. */
export class TypedWords {
  readonly #typed = new Map<string, string>();

  /** What is too long or holds invisible characters is no word at all: a fault of the code `unknown`. */
  clean(typed: string, unknown: Fault): string {
    const word = normalise(typed.trim());
    if (word === '' || word.length > MAX_WORD || INVISIBLE.test(word)) throw this.fault(unknown, typed);
    this.#typed.set(word, typed);
    return word;
  }

  fault(
    code: Fault,
    word: string,
    args?: Readonly<Record<string, string | number>>,
    kind?: RuleKind,
  ): UserError {
    return fault(code, this.#typed.get(word) ?? word, args, kind);
  }
}
