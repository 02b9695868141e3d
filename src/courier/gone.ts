/** So many chats refused in a row, without any other reached in between, are an outage and no farewells. */
const IN_A_ROW = 5;

/** What to make of a chat that is said to be gone. */
export type Farewell =
  /** Believe it. */
  | { type: 'gone' }
  /** Everything is refused: believe nothing. Those named were believed a moment ago, with the reasons given. */
  | { type: 'outage'; believed: ReadonlyMap<string, string> };

/**
 * Tells chats that are gone from a platform that refuses everybody (a fault of its own, or of the bot's account). What
 * an outage refused is believed when it is refused again after somebody else was reached. Times in ms, any clock.
 */
export function createGoneWatch(): {
  /** The attempt that was refused began at `begunAt`. */
  refused(uid: string, reason: string, begunAt: number): Farewell;
  reached(uid: string, at: number): void;
} {
  /** Chat → reason, refused since somebody was last reached. */
  const row = new Map<string, string>();
  /** Refused during an outage. */
  const doubted = new Set<string>();
  let reachedAt = Number.NEGATIVE_INFINITY;
  return {
    refused(uid, reason, begunAt) {
      if (doubted.has(uid)) {
        if (begunAt < reachedAt || row.size >= IN_A_ROW) return { type: 'outage', believed: new Map() };
        doubted.delete(uid);
        return { type: 'gone' };
      }
      row.set(uid, reason);
      if (row.size < IN_A_ROW) return { type: 'gone' };
      const believed = new Map(row);
      for (const each of believed.keys()) doubted.add(each);
      return { type: 'outage', believed };
    },
    reached(uid, at) {
      row.clear();
      doubted.delete(uid);
      reachedAt = at;
    },
  };
}
