/** What the desk says of a bark: why now, and what is unusual. */
export type AlertNote =
  | {
      state: 'made';
      /** One line in the chat's language; the model's own words: hostile text. */
      why: string;
      /** Features of the market that stood out, by their names, with the values they had: measured, not said by the model. */
      unusual: readonly { feature: string; value: number }[];
      /** The model that was served. */
      model: string;
      /** Wall clock, Unix ms. */
      madeAt: number;
    }
  | { state: 'none'; reason: NoNote };

/**
 * Why there is no note. `refused`: key, account, model or price, nothing that time mends; `turn`: the chat had one within
 * the minute.
 */
export const NO_NOTES = [
  'no-key',
  'budget',
  'refused',
  'busy',
  'turn',
  'no-data',
  'failed',
  'timeout',
] as const;
export type NoNote = (typeof NO_NOTES)[number];

/** What may be added to a message that told a bark. */
export type AmendmentPart =
  /** The chart, where the platform shows it. */
  | { what: 'picture' }
  | { what: 'note'; note: AlertNote }
  /** The metric is back beyond the re-arm level. `time`: market time, Unix ms; `price` the last one then. */
  | { what: 'normal'; time: number; price: number }
  /** What came in the hour after; found out when it is due. */
  | { what: 'since' }
  /** Somebody has seen to it. */
  | { what: 'ack'; by: string; at: number };

/**
 * Something to be added to a message that told a bark: all that waits for the same message is one edit, the lowest lane
 * of the mailbox, and dropped when it comes too late.
 */
export type Amendment = {
  type: 'amendment';
  /** Seen once per chat: `<what>:<event>`. */
  eventId: string;
  /** Event id of the bark. */
  of: string;
  /** Not before this moment, wall clock, Unix ms; 0 = at once. */
  dueAt: number;
} & AmendmentPart;

/** What the price did after a bark, in % of the price that it told, until an hour after the message's first one. */
export interface Since {
  symbol: string;
  change: number;
  low: number;
  high: number;
}

/** What was added to a message, with all that is to be shown of it. `of`: event id of the bark that it is about. */
export type Addition = { of: string } & (
  | Exclude<AmendmentPart, { what: 'since' }>
  | { what: 'since'; symbols: readonly Since[] }
);
