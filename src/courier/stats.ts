/** What the courier did since it was started. */
export interface CourierStats {
  /** Messages the platforms took. */
  messages: number;
  /** Alerts in them. */
  alerts: number;
  /** Attempts whose answer was lost. */
  ambiguous: number;
  /** Attempts that were surely not delivered and are repeated. */
  notSent: number;
  /** Batches given up. */
  rejected: number;
  /** Chats that were found gone. */
  gone: number;
}

export function emptyStats(): CourierStats {
  return { messages: 0, alerts: 0, ambiguous: 0, notSent: 0, rejected: 0, gone: 0 };
}
