/**
 * What a link from elsewhere may lead to: only what shows something or asks before it changes anything, because anybody
 * can write a link. `take` carries a token that only its own chat has.
 */
const OPEN_TO_LINKS: ReadonlySet<string> = new Set(['open', 'take', 'price', 'analyze', 'chart', 'movers']);

/** May a link lead to this action? */
export function isOpenToLinks(action: string): boolean {
  const [version, name = ''] = action.split(':');
  return version === 'v1' && OPEN_TO_LINKS.has(name);
}
