import type { AlertNotice, Notice } from './notice.ts';

/**
 * Of each rule and symbol the newest alert alone, which says how many older ones it stands for; everything else stays.
 * In the order in which they came.
 */
export function newestOfEachRule(notices: readonly Notice[]): Notice[] {
  const alerts = notices.filter((notice) => notice.type === 'alert');
  const byRule = Map.groupBy(alerts, ({ rule, firing }) => `${rule.id}:${firing.symbol}`);
  const newest = new Map<AlertNotice, AlertNotice>();
  for (const same of byRule.values()) {
    const [last] = same.toSorted((a, b) => b.firing.episode - a.firing.episode);
    if (!last) continue;
    // One that is told again stands for itself only.
    const episodes = new Set(same.map(({ firing }) => firing.episode));
    const earlier = same.reduce((sum, each) => sum + (each.earlier ?? 0), episodes.size - 1);
    newest.set(last, earlier > 0 ? { ...last, earlier } : last);
  }
  return notices
    .map((notice) => (notice.type === 'alert' ? newest.get(notice) : notice))
    .filter((notice) => notice !== undefined);
}
