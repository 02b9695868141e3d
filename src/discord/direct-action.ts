const PREFIX = 'direct:';

/** The action of a button that goes on in the direct channel with whoever presses it. */
export function toDirect(action: string): string {
  return PREFIX + action;
}

/** What such a button does there; undefined for any other button. */
export function fromDirect(customId: string): string | undefined {
  return customId.startsWith(PREFIX) ? customId.slice(PREFIX.length) : undefined;
}
