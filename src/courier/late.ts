import type { Notice } from '../notice/notice.ts';

/** An alert that waited longer than this says that it is late, ms. */
const LATE_AFTER_MS = 10 * 60_000;

/** Marks the alerts that waited too long: whoever reads them must not take them for what happens now. */
export function markLate(notices: readonly Notice[], now: number): Notice[] {
  return notices.map((notice) =>
    notice.type === 'alert' && now - notice.decidedAt > LATE_AFTER_MS ? { ...notice, late: true } : notice,
  );
}
