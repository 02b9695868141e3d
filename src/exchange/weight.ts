import type { Clock } from '../kit/clock.ts';

/** Request weight an address may use in a minute (exchangeInfo.rateLimits). */
const LIMIT = 2400;
// Requests that go on after a 429 before the address is banned, and the shortest ban.
const TOLERATED = 10;
const BAN_MS = 120_000;

/** What became of a request's weight: used so far, or refused for so many seconds. */
export type Charge =
  | { type: 'ok'; used: number }
  | { type: 'limited'; used: number; retryAfter: number }
  | { type: 'banned'; used: number; retryAfter: number; until: number };

/** The weight of one address in fixed minutes: 429 over the limit, 418 for one that goes on regardless. */
export class WeightBudget {
  readonly #clock: Clock;
  #minute = 0;
  #used = 0;
  #refused = 0;
  #bannedUntil = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  charge(weight: number): Charge {
    const now = this.#clock.now();
    const minute = Math.floor(now / 60_000);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#used = 0;
      this.#refused = 0;
    }
    if (now < this.#bannedUntil) return this.#banned(now);
    this.#used += weight;
    if (this.#used <= LIMIT) return { type: 'ok', used: this.#used };
    this.#refused += 1;
    if (this.#refused > TOLERATED) {
      this.#bannedUntil = now + BAN_MS;
      return this.#banned(now);
    }
    return { type: 'limited', used: this.#used, retryAfter: Math.ceil(((minute + 1) * 60_000 - now) / 1000) };
  }

  #banned(now: number): Charge {
    const until = this.#bannedUntil;
    return { type: 'banned', used: this.#used, retryAfter: Math.ceil((until - now) / 1000), until };
  }
}
