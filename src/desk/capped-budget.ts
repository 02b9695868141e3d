import type { NanoUsd } from '../kit/money.ts';
import type { Budget } from '../store/budget.ts';

/** The same budget for one run, which may spend so much in all: limits are a day's, and a run may last over midnight. */
export function cappedBudget(budget: Budget, mostNano: NanoUsd): Budget {
  /** What calls under way may cost, and ended ones did. */
  let takenNano = 0;
  return {
    ...budget,
    async reserve(reservation, limits, ttlMs) {
      const { amountNano } = reservation;
      if (takenNano + amountNano > mostNano) return 'chat';
      takenNano += amountNano;
      const verdict = await budget.reserve(reservation, limits, ttlMs);
      if (verdict !== 'ok') takenNano -= amountNano;
      return verdict;
    },
    async settle(reservation, entry) {
      await budget.settle(reservation, entry);
      takenNano += entry.costNano - reservation.amountNano;
    },
    async release(reservation, outcome) {
      await budget.release(reservation, outcome);
      takenNano -= reservation.amountNano;
    },
  };
}
