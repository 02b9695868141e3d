import { WINDOW_MS, type Window } from './brief.ts';
import { type BucketRing, FULL } from './ring.ts';

const SECOND = 1_000;
const YEAR_SECONDS = 31_536_000;
/** Windows up to this are measured by seconds. */
const FINE_MS = WINDOW_MS['15m'];

/**
 * Annualised, in %: sqrt(Σ r²) × sqrt(31,536,000 s ÷ window), r = log returns between bucket ends (Andersen and
 * Bollerslev's realised volatility). Grid: seconds up to 15 m, else minutes; minutes also for 5m and 15m while
 * their seconds were not all measured. `minuteSquares`: Σ r² of the window's complete minutes.
 */
export function realisedVolatility(
  window: Window,
  seconds: BucketRing,
  minutes: BucketRing,
  minuteSquares: number,
): number | undefined {
  const size = WINDOW_MS[window] / SECOND;
  let squares = WINDOW_MS[window] <= FINE_MS ? secondSquares(seconds, size) : undefined;
  if (squares === undefined) {
    if (window === '1m') return undefined;
    const { head } = minutes;
    const change = Math.log(minutes.lastOf(head) / minutes.lastOf(head - 1));
    squares = minuteSquares + (Number.isFinite(change) ? change * change : 0);
  }
  return Math.sqrt(squares * (YEAR_SECONDS / size)) * 100;
}

/** Σ r² between the ends of the newest seconds; undefined where one of them was not measured. */
function secondSquares(seconds: BucketRing, size: number): number | undefined {
  let previous = seconds.lastOf(seconds.head - size);
  if (!(previous > 0)) return undefined;
  let squares = 0;
  for (let i = seconds.head - size + 1; i <= seconds.head; i++) {
    if (seconds.stateOf(i) !== FULL) return undefined;
    const last = seconds.lastOf(i);
    if (last !== previous) squares += Math.log(last / previous) ** 2;
    previous = last;
  }
  return squares;
}
