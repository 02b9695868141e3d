import type { Config } from '../config.ts';
import { costOf, type Prices } from '../desk/prices.ts';
import type { Log } from '../kit/log.ts';
import { formatUsd, type NanoUsd } from '../kit/money.ts';

const DAY_MS = 86_400_000;
const MONTH_DAYS = 30;
/** Tokens of one analysis as measured by the benchmark `desk.tokens`, with a usual answer. */
const USUAL_CALL = { prompt: 670, cached: 0, completion: 130 };

/** What scheduled analyses will cost and the most that everything together can cost, in 30 days. */
export interface CostForecast {
  /** Undefined: no hard stop was set. */
  mostNano: NanoUsd | undefined;
  /** Undefined: the cadence goes by trades (bounded by the budget alone), or the model has no price. */
  scheduledNano: NanoUsd | undefined;
}

/** Forecast by configuration: budget × 30, and calls × usual cost capped by the half that scheduled calls may use. */
export function forecastCosts(config: Config, prices: Prices, now: number): CostForecast {
  const { budget, every, models } = config.ai;
  const mostNano = budget.bot === undefined ? undefined : budget.bot * MONTH_DAYS;
  const row = models[0] === undefined ? undefined : prices.find(models[0], now);
  if (every.type === 'off' || config.ai.apiKey === undefined) return { mostNano, scheduledNano: 0 };
  if (every.type === 'trades' || !row || config.symbols === 'all')
    return { mostNano, scheduledNano: undefined };
  const calls = (config.symbols.length * MONTH_DAYS * DAY_MS) / every.ms;
  const wanted = Math.ceil(calls * costOf(row, USUAL_CALL, now));
  return {
    mostNano,
    scheduledNano: mostNano === undefined ? wanted : Math.min(wanted, Math.floor(mostNano / 2)),
  };
}

/** Says at the start what a month can cost. */
export function announceCosts(config: Config, prices: Prices, log: Log): void {
  if (config.ai.apiKey === undefined) {
    log.info('no AI key: analyses come without AI, and cost nothing');
    return;
  }
  const { mostNano, scheduledNano } = forecastCosts(config, prices, Date.now());
  log.info(
    {
      mostPerMonth: mostNano === undefined ? 'unlimited' : formatUsd(mostNano),
      scheduledPerMonth: scheduledNano === undefined ? 'up to half of the budget' : formatUsd(scheduledNano),
    },
    'what the AI can cost in 30 days',
  );
  if (mostNano === undefined) log.warn('AI_DAILY_BUDGET_USD is unlimited: nothing stops the spending');
}
