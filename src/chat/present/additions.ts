import type { Addition, AlertNote, Since } from '../../notice/amendment.ts';
import type { AlertNotice } from '../../notice/notice.ts';
import type { Block, Line } from '../../notice/text.ts';
import type { Formats } from '../format.ts';
import type { Catalogue } from '../locale/en.ts';
import { noteBlocks } from '../note-words.ts';
import { shown } from '../shown.ts';

/** What was added to a message, by the alert that it is about. */
export interface Additions {
  note: AlertNote | undefined;
  since: Since | undefined;
  normalAt: number | undefined;
  seen: { by: string; at: number } | undefined;
}

/** All that was added about an alert; what came since is told of its symbol. */
export function additionsOf(alert: AlertNotice, additions: readonly Addition[]): Additions {
  const about = additions.filter(({ of }) => of === alert.eventId);
  const ack = about.find(({ what }) => what === 'ack');
  const note = about.find(({ what }) => what === 'note');
  const normal = about.find(({ what }) => what === 'normal');
  const came = additions.flatMap((each) => (each.what === 'since' ? each.symbols : []));
  return {
    note: note?.what === 'note' ? note.note : undefined,
    since: came.find(({ symbol }) => symbol === alert.firing.symbol),
    normalAt: normal?.what === 'normal' ? normal.time : undefined,
    seen: ack?.what === 'ack' ? { by: ack.by, at: ack.at } : undefined,
  };
}

/** What was added about an alert, in words below its own. */
export function additionBlocks(
  { note, since, normalAt, seen }: Additions,
  tickSize: number,
  t: Catalogue,
  f: Formats,
): Block[] {
  const lines: Line[] = [
    ...(since ? [[`⏱ ${sinceWords(since, t, f)}`]] : []),
    ...(normalAt === undefined ? [] : [[`✅ ${t.told.normal(f.clock(normalAt))}`]]),
    ...(seen ? [[`✓ ${seenWords(seen, t, f)}`]] : []),
  ];
  return [
    ...(note ? noteBlocks(note, tickSize, t, f) : []),
    ...lines.map((line) => ({ type: 'text', line }) as const),
  ];
}

export function seenWords({ by, at }: NonNullable<Additions['seen']>, t: Catalogue, f: Formats): string {
  return t.told.seen(shown(by), f.clock(at));
}

function sinceWords({ change, low, high }: Since, t: Catalogue, f: Formats): string {
  const [now, lowest, highest] = [change, low, high].map((value) => f.percent(value, { signed: true }));
  return t.told.since(now ?? '', lowest ?? '', highest ?? '');
}
