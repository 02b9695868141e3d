import type { AlertNote, Amendment } from '../notice/amendment.ts';

/** A note as an addition to the message that told an event; an event gets one, the first. */
export function noteAmendment(eventId: string, note: AlertNote): Amendment {
  return { type: 'amendment', eventId: `note:${eventId}`, of: eventId, dueAt: 0, what: 'note', note };
}
