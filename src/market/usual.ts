import type { Walk } from './packing.ts';
import { BUY, type BucketRing, CANDLE, FULL, SELL, STATE } from './ring.ts';

/** Minutes that must be known before anything is called usual. */
const USUAL_MINUTES = 60;
const DAY_MINUTES = 1_440;
/** Share of a day's returns without which σ is still warming: single minutes that are missing do not take it away. */
const WARM_SHARE = 0.9;
/** What a minute takes of the weight of all that came before it: half of it in 24 h. */
const DECAY = 0.5 ** (1 / DAY_MINUTES);

/** What is usual of a symbol. */
export interface UsualFigures {
  /** Mean notional of a known minute of the last 24 h, quote units; NaN below an hour of them. */
  notional: number;
  /** sqrt of the mean squared 1-minute log return of the last 24 h, as a fraction; NaN below an hour of them. */
  sigma: number;
  /**
   * The same over all that was ever known, with weights that halve in 24 h (exponentially weighted, as in RiskMetrics);
   * NaN until a day of minutes is known.
   */
  weighted: number;
}

/** Reads what is usual from a ring of minutes; kept until a minute has passed or something old has changed. */
export class Usual {
  readonly #minutes: BucketRing;
  readonly #figures: UsualFigures = { notional: Number.NaN, sigma: Number.NaN, weighted: Number.NaN };
  #minute = -1;
  #edition = -1;
  /** Weights, and weighted squares, of the returns up to the oldest minute of the ring. */
  #oldWeights = 0;
  #oldSquares = 0;

  constructor(minutes: BucketRing) {
    this.#minutes = minutes;
  }

  /** `edition` grows whenever anything but the running minute changes. */
  read(edition: number): UsualFigures {
    if (this.#minute !== this.#minutes.head || this.#edition !== edition) {
      this.#minute = this.#minutes.head;
      this.#edition = edition;
      this.#measure();
    }
    return this.#figures;
  }

  /** To be called before the ring moves on to `minute`: what leaves it goes on to weigh. */
  leave(minute: number): void {
    const { head, size } = this.#minutes;
    if (head < 0 || minute <= head) return;
    const oldest = head - size + 1;
    const leaving = Math.min(minute - head, size);
    for (let i = oldest; i < oldest + leaving; i++) this.#leaveBehind(this.#returnOf(i + 1));
    const beyond = DECAY ** (minute - head - leaving);
    this.#oldWeights *= beyond;
    this.#oldSquares *= beyond;
  }

  walk(walk: Walk): void {
    this.#oldWeights = walk.value(this.#oldWeights);
    this.#oldSquares = walk.value(this.#oldSquares);
  }

  #leaveBehind(change: number): void {
    const isKnown = Number.isFinite(change);
    this.#oldWeights = this.#oldWeights * DECAY + (isKnown ? 1 : 0);
    this.#oldSquares = this.#oldSquares * DECAY + (isKnown ? change * change : 0);
  }

  /** Log return of a minute that is known; NaN of one that is not. */
  #returnOf(minute: number): number {
    const minutes = this.#minutes;
    if (minute >= minutes.head || !isKnown(minutes.stateOf(minute))) return Number.NaN;
    return Math.log(minutes.lastOf(minute) / minutes.lastOf(minute - 1));
  }

  #measure(): void {
    const minutes = this.#minutes;
    let known = 0;
    let notional = 0;
    let returns = 0;
    let squares = 0;
    let weights = this.#oldWeights;
    let weighted = this.#oldSquares;
    const oldest = Math.max(0, minutes.head - minutes.size + 1);
    for (let i = oldest; i < minutes.head; i++) {
      if (i > oldest) {
        weights *= DECAY;
        weighted *= DECAY;
      }
      const slot = minutes.slot(i);
      if (!isKnown(minutes.cells[slot + STATE])) continue;
      known++;
      notional += (minutes.cells[slot + BUY] ?? 0) + (minutes.cells[slot + SELL] ?? 0);
      const change = this.#returnOf(i);
      if (!Number.isFinite(change)) continue;
      returns++;
      squares += change * change;
      weights++;
      weighted += change * change;
    }
    const isWarm = returns >= DAY_MINUTES * WARM_SHARE;
    this.#figures.notional = known >= USUAL_MINUTES ? notional / known : Number.NaN;
    this.#figures.sigma = returns >= USUAL_MINUTES ? Math.sqrt(squares / returns) : Number.NaN;
    this.#figures.weighted = isWarm ? Math.sqrt(weighted / weights) : Number.NaN;
  }
}

function isKnown(state: number | undefined): boolean {
  return state === FULL || state === CANDLE;
}
