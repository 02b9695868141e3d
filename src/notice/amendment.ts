/** What the desk says of a bark: why now, and what is unusual. The model's own words: hostile text. */
export type AlertNote =
  | {
      state: 'made';
      why: string;
      unusual: readonly string[];
      /** The model that was served. */
      model: string;
      /** Wall clock, Unix ms. */
      madeAt: number;
    }
  /** Why there is none. */
  | { state: 'none'; reason: 'no-key' | 'budget' | 'busy' | 'failed' | 'timeout' };

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
