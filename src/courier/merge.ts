import type { AlertNotice, Notice } from '../notice/notice.ts';

/** An alert that waited longer than this says that it is late, ms. */
const LATE_AFTER_MS = 10 * 60_000;

/**
 * What one message says of several notices: of a rule that fired more than once only the newest firing, which counts
 * the others as swallowed. Alerts that waited too long are marked late.
 */
export function mergeNotices(notices: readonly Notice[], now: number): Notice[] {
  const merged = new Map<string, Notice>();
  for (const notice of notices) {
    if (notice.type !== 'alert') {
      merged.set(`event ${notice.eventId}`, notice);
      continue;
    }
    const key = `rule ${notice.rule.id} ${notice.rule.symbol}`;
    const earlier = merged.get(key);
    // Where the newest belongs in the order.
    merged.delete(key);
    merged.set(key, markLate(earlier?.type === 'alert' ? swallow(earlier, notice) : notice, now));
  }
  return [...merged.values()];
}

function swallow(earlier: AlertNotice, newest: AlertNotice): AlertNotice {
  const suppressed = earlier.firing.suppressed + 1 + newest.firing.suppressed;
  return { ...newest, firing: { ...newest.firing, suppressed } };
}

function markLate(notice: AlertNotice, now: number): AlertNotice {
  return now - notice.decidedAt > LATE_AFTER_MS ? { ...notice, late: true } : notice;
}
