import type { Clock } from '../kit/clock.ts';

/** How a call ended, as far as it tells of the other side's health; `unknown`: it says nothing of it. */
export type Health = 'well' | 'ill' | 'unknown';

/** The permission to make one call. */
export interface Pass {
  /** To be told once, whatever becomes of the call. */
  done(health: Health): void;
}

/**
 * A circuit breaker: open after some failures in a row, then closed to all for a while, then one probe decides. Lives in
 * its process: a failing gateway is found out by each within a few calls.
 */
export interface Circuit {
  /** Undefined: open, or the one probe is under way. */
  enter(): Pass | undefined;
  /** Opens at once: one failure of this kind is enough. */
  trip(): void;
}

export interface CircuitOptions {
  clock: Clock;
  /** Failures in a row that open it. */
  failures: number;
  /** How long it stays open before a probe, ms. */
  openMs: number;
}

export function createCircuit({ clock, failures, openMs }: CircuitOptions): Circuit {
  let inARow = 0;
  let openUntil: number | undefined;
  let probing = false;

  const trip = () => {
    openUntil = clock.now() + openMs;
  };

  const close = () => {
    inARow = 0;
    openUntil = undefined;
  };

  const judge = (health: Health, probe: boolean) => {
    // Also a late answer from before it opened proves that the other side is alive.
    if (health === 'well') close();
    if (health !== 'ill') return;
    inARow++;
    // While it is open, failures of calls that began before do not keep it open longer.
    if (probe || (openUntil === undefined && inARow >= failures)) trip();
  };

  return {
    trip,
    enter() {
      const probe = openUntil !== undefined;
      if (openUntil !== undefined && (probing || clock.now() < openUntil)) return undefined;
      if (probe) probing = true;
      let told = false;
      return {
        done(health) {
          if (told) return;
          told = true;
          if (probe) probing = false;
          judge(health, probe);
        },
      };
    },
  };
}
