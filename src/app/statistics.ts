import { formatUsd, type NanoUsd } from '../kit/money.ts';

/** What a session did; written to the log at its end. */
export interface Statistics {
  runSeconds: number;
  messages: number;
  messagesPerSecond: number;
  analyses: number;
  alerts: number;
  delivered: number;
  costNano: NanoUsd;
}

/** The statistics as fields of one log line, money as people read it. */
export function statisticsFields({ costNano, ...rest }: Statistics): Record<string, string | number> {
  return { ...rest, cost: formatUsd(costNano) };
}
