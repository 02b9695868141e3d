import type { Addition } from '../../notice/amendment.ts';
import type { AlertNotice } from '../../notice/notice.ts';
import type { Block, Line } from '../../notice/text.ts';
import type { Formats } from '../format.ts';
import type { Catalogue } from '../locale/en.ts';
import { noteBlocks } from '../note-words.ts';
import { ruleTag, shortName } from '../rule-words.ts';
import { additionsOf, seenWords } from './additions.ts';
import { headline } from './alert.ts';

/** Most rows of one message; a phone shows no more at once. */
const ROWS = 20;

/** Many alerts as one move of the whole market: how many symbols, how far, in what time; then a row each, the farthest first. */
export function wideBlocks(
  alerts: readonly AlertNotice[],
  additions: readonly Addition[],
  t: Catalogue,
  f: Formats,
): Block[] {
  const far = alerts.toSorted((a, b) => Math.abs(changeOf(b)) - Math.abs(changeOf(a)));
  const symbols = new Set(alerts.map(({ firing }) => firing.symbol)).size;
  const signed = (alert: AlertNotice | undefined) =>
    alert ? f.percent(changeOf(alert), { signed: true }) : '';
  const range = [...new Set([signed(far.at(-1)), signed(far[0])])].join(' … ');
  const times = alerts.map(({ firing }) => firing.time);
  const span = f.span(Math.max(1_000, Math.max(...times) - Math.min(...times)));
  const title = `🌊 ${t.told.wide(f.count(symbols))} ${range} · ${span}`;
  return [
    { type: 'title', line: [title] },
    ...rowBlocks(far, additions, t, f, moveRow),
    ...belowRows(alerts, additions, t, f),
  ];
}

/** What came after the hour's messages were used up, and how to have more of them. */
export function restBlocks(
  alerts: readonly AlertNotice[],
  additions: readonly Addition[],
  perHour: number,
  t: Catalogue,
  f: Formats,
): Block[] {
  const count = alerts.reduce((sum, { earlier = 0 }) => sum + 1 + earlier, 0);
  return [
    { type: 'title', line: [`🗂 ${t.told.rest(count)}`] },
    ...rowBlocks(alerts, additions, t, f, headline),
    ...belowRows(alerts, additions, t, f),
    { type: 'small', line: [t.told.limit(perHour)] },
  ];
}

/** Alerts as rows, as many as fit. */
export function rowBlocks(
  alerts: readonly AlertNotice[],
  additions: readonly Addition[],
  t: Catalogue,
  f: Formats,
  words: (alert: AlertNotice, t: Catalogue, f: Formats) => string,
): Block[] {
  if (alerts.length === 0) return [];
  const items = alerts.slice(0, ROWS).map((alert): Line => {
    const { since, normalAt } = additionsOf(alert, additions);
    return [
      `${words(alert, t, f)} `,
      { code: ruleTag(alert.rule.id) },
      ...(alert.earlier === undefined ? [] : [` · ${t.told.more(f.count(alert.earlier))}`]),
      ...(since ? [` · ${t.told.sinceShort(f.percent(since.change, { signed: true }))}`] : []),
      ...(normalAt === undefined ? [] : [` · ✅ ${f.clock(normalAt)}`]),
    ];
  });
  const more = alerts.length - ROWS;
  return [
    { type: 'list', items },
    ...(more > 0 ? [{ type: 'small', line: [t.told.more(f.count(more))] } as const] : []),
  ];
}

function moveRow({ firing, from, to, tickSize, ...alert }: AlertNotice, _t: Catalogue, f: Formats): string {
  const change = f.percent(changeOf({ firing, from, to, tickSize, ...alert }), { signed: true });
  const path = from ? `${f.price(from.price, tickSize)} → ` : '';
  return `${shortName(firing.symbol)} ${change} · ${path}${f.price(to.price, tickSize)}`;
}

/** How far the price went, in %, signed. */
function changeOf({ firing, from, to }: AlertNotice): number {
  return from && from.price > 0 ? (to.price / from.price - 1) * 100 : firing.value;
}

/** The one note there is room for, and who has seen it. */
function belowRows(
  alerts: readonly AlertNotice[],
  additions: readonly Addition[],
  t: Catalogue,
  f: Formats,
): Block[] {
  const all = alerts.map((alert) => ({ alert, ...additionsOf(alert, additions) }));
  const noted = all.find(({ note }) => note?.state === 'made');
  const seen = all.flatMap((each) => each.seen ?? []).at(-1);
  return [
    ...(noted?.note ? noteBlocks(noted.note, noted.alert.tickSize, t, f) : []),
    ...(seen ? [{ type: 'text', line: [`✓ ${seenWords(seen, t, f)}`] } as const] : []),
  ];
}
