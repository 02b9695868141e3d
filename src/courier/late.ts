import type { AlertNotice, DigestNotice, Notice } from '../notice/notice.ts';

/** An alert that waited longer than this says so, ms. */
const LATE_AFTER_MS = 10 * 60_000;

/** One that waited longer than this is worth no message of its own, ms. */
export const DIGEST_AFTER_MS = 60 * 60_000;

/** Most rows of a digest; a message holds no more, and nobody reads them. */
const ROWS = 20;

/** Is the alert told at this time as part of a digest only? */
export function isTooLate({ decidedAt }: AlertNotice, now: number): boolean {
  return now - decidedAt > DIGEST_AFTER_MS;
}

/**
 * What is said of notices that waited: a late alert says how long, so that nobody takes it for what happens now, and
 * alerts that are too late become one digest.
 */
export function asOfNow(notices: readonly Notice[], now: number): Notice[] {
  const old: AlertNotice[] = [];
  const others: Notice[] = [];
  for (const notice of notices) {
    const waitedMs = notice.type === 'alert' ? now - notice.decidedAt : 0;
    if (notice.type !== 'alert' || waitedMs <= LATE_AFTER_MS) others.push(notice);
    else if (isTooLate(notice, now)) old.push(notice);
    else others.push({ ...notice, waitedMs });
  }
  const digest = digestOf(old);
  return digest ? [digest, ...others] : others;
}

function digestOf(alerts: readonly AlertNotice[]): DigestNotice | undefined {
  const [first] = alerts;
  if (!first) return undefined;
  const times = alerts.map(({ firing }) => firing.time);
  const byRule = Map.groupBy(alerts, ({ rule, firing }) => `${rule.id}:${firing.symbol}`);
  const rows = [...byRule.values()]
    .flatMap((same) => {
      const last = same.at(-1);
      return last ? [{ last, count: same.length }] : [];
    })
    .sort((a, b) => b.count - a.count || b.last.firing.time - a.last.firing.time);
  return {
    type: 'digest',
    eventId: `digest:${first.eventId}`,
    source: first.source,
    count: alerts.length,
    rows: rows.slice(0, ROWS),
    from: Math.min(...times),
    to: Math.max(...times),
  };
}
