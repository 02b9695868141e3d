/** Chats refused for flooding within a while that make it the whole bot's affair. */
const CHATS = 3;

/**
 * Sees when several chats are refused at once: the platform then means the bot, whatever it says. `note` returns true
 * when the third chat within `withinMs` is refused.
 */
export function createFloodWatch(withinMs = 5_000): { note(scope: string, now: number): boolean } {
  const refused = new Map<string, number>();
  return {
    note(scope, now) {
      refused.set(scope, now);
      for (const [other, at] of refused) if (now - at > withinMs) refused.delete(other);
      return refused.size >= CHATS;
    },
  };
}
