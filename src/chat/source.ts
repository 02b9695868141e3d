import type { MarketSource } from '../market/events.ts';
import type { Text } from '../notice/text.ts';
import type { Catalogue } from './locale/en.ts';

/** The one place where a text is marked as not being of the live market; every reply and notice passes here. */
export function withSource(text: Text, source: MarketSource | undefined, t: Catalogue): Text {
  if (source === undefined || source === 'live') return text;
  return [...text, { type: 'small', line: [`⚠️ ${t.source[source]}`] }];
}
