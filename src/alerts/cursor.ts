import { z } from 'zod';
import { WINDOWS } from '../market/brief.ts';
import { METRICS } from './condition.ts';

const keySchema = { metric: z.enum(METRICS), window: z.enum(WINDOWS) };

const positionSchema = z.object({
  seq: z.number(),
  t: z.number(),
  books: z.array(
    z.object({
      ...keySchema,
      /** Of a book of two conditions these; metric and window are then the first one's. */
      parts: z
        .array(z.object({ ...keySchema, side: z.literal([1, -1]), level: z.number(), rearm: z.number() }))
        .optional(),
      t: z.number(),
      clock: z.number(),
      value: z.number(),
      /** Of a move either way its fall, and `value` its rise; of two conditions the value to tell of. */
      fall: z.number().optional(),
    }),
  ),
});

const cursorSchema = z.object({ v: z.literal(1), now: positionSchema, before: positionSchema });

/** Where the engine stands in a symbol's events: newest seq and time taken in, and the value of each book. */
export type CursorPosition = z.infer<typeof positionSchema>;

/** A position with the one before the newest event, so that a commit in parts can point before it. */
export interface Cursor {
  now: CursorPosition;
  before: CursorPosition;
}

/** The cursor as JSON. */
export function writeCursor(cursor: Cursor): string {
  return JSON.stringify({ v: 1, ...cursor });
}

/** Reads a kept cursor; undefined when it is not one (then the symbol starts anew, silently). */
export function readCursor(text: string): Cursor | undefined {
  try {
    const parsed = cursorSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The cursor as it was before the newest event. Transitions of one event that are written in several calls carry it in
 * all calls but the last: after a crash in between, the whole event is replayed. With the cursor of an older event,
 * older ticks would run on newer states and fire episodes that never were.
 */
export function cursorBefore(text: string): string {
  const cursor = readCursor(text);
  return cursor === undefined ? text : writeCursor({ now: cursor.before, before: cursor.before });
}
