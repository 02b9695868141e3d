import { isFeature } from '../desk/features.ts';
import type { AlertNote } from '../notice/amendment.ts';
import type { Block } from '../notice/text.ts';
import type { Formats } from './format.ts';
import type { Catalogue } from './locale/en.ts';
import { featureWords } from './reading.ts';
import { shownModel, shownSentence } from './shown.ts';

/** The desk's note on a bark in words: why now and what is unusual, or why there is no note. The numbers are measured ones. */
export function noteBlocks(note: AlertNote, tickSize: number, t: Catalogue, f: Formats): Block[] {
  if (note.state === 'none') return [{ type: 'small', line: [t.note.none[note.reason]] }];
  const unusual = note.unusual.flatMap(({ feature, value }) => {
    if (!isFeature(feature)) return [];
    const { label, figure } = featureWords(feature, value, tickSize, t, f);
    return [`${label} ${figure}`];
  });
  return [
    { type: 'text', line: ['🤖 ', { b: `${t.note.why}: ` }, { i: shownSentence(note.why) }] },
    ...(unusual.length > 0
      ? [{ type: 'text', line: [{ b: `${t.note.unusual}: ` }, unusual.join(' · ')] } as const]
      : []),
    { type: 'small', line: [t.note.by(shownModel(note.model))] },
  ];
}
