import { WINDOW_MS, type Window } from './brief.ts';

const MINUTE = 60_000;
const DAY_MINUTES = 1_440;
/** Minutes kept: the longest window in which more than the usual can be traded at all, and the running one. */
const KEPT = 242;

/**
 * About how much of a symbol was traded, from the exchange's rolling 24 hours alone: these grow by what is traded and lose
 * what was traded a day before, which is taken to have been the usual. Good enough to say that nothing is up.
 */
export class Turnover {
  /** The rolling turnover at the beginning of each minute, by minute modulo `KEPT`. */
  readonly #at = new Float64Array(KEPT).fill(Number.NaN);
  #minute = -1;
  #newest = Number.NaN;

  /** Takes in the turnover of the last 24 hours, quote units, at `time`, Unix ms. */
  add(time: number, turnover: number): void {
    const minute = Math.floor(time / MINUTE);
    if (minute < this.#minute) return;
    const from = Math.max(this.#minute + 1, minute - KEPT + 1);
    // What is not told has not changed.
    const standing = this.#minute < 0 ? turnover : this.#newest;
    for (let i = from; i <= minute; i++) this.#at[i % KEPT] = standing;
    this.#minute = minute;
    this.#newest = turnover;
  }

  /** What was traded in about the window ÷ what is usual for it; undefined while the window is not covered. */
  times(window: Window): number | undefined {
    const minutes = WINDOW_MS[window] / MINUTE;
    const usual = (this.#newest / DAY_MINUTES) * minutes;
    const before = minutes < KEPT ? this.#at[(this.#minute - minutes + KEPT) % KEPT] : undefined;
    if (before === undefined || !(usual > 0) || Number.isNaN(before)) return undefined;
    return Math.max(0, (this.#newest - before + usual) / usual);
  }
}
