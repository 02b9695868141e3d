/** Chats that fare badly within a while that make it the whole bot's affair. */
const CHATS = 3;

/**
 * Sees when several chats are refused for flooding at once, or lose their answers: the platform then means the bot,
 * whatever it says. `note` returns true when the third chat within `withinMs` fares so.
 */
export function createFloodWatch(withinMs = 5_000): { note(scope: string, now: number): boolean } {
  const noted = new Map<string, number>();
  return {
    note(scope, now) {
      noted.set(scope, now);
      for (const [other, at] of noted) if (now - at > withinMs) noted.delete(other);
      return noted.size >= CHATS;
    },
  };
}
