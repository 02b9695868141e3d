/** A time of day as people type it (`9:00`, `09:00`, `9am`, `9:30pm`, full-width digits) as HH:MM; undefined when it is none. */
export function parseTimeOfDay(word: string): string | undefined {
  const typed = word.normalize('NFKC').trim().toLowerCase();
  const [, hours, minutes, half] = /^(\d{1,2})(?::(\d{2}))?(am|pm)?$/.exec(typed) ?? [];
  if (hours === undefined || (minutes === undefined && half === undefined)) return undefined;
  const [shown, minute] = [Number(hours), Number(minutes ?? 0)];
  if (half !== undefined && (shown < 1 || shown > 12)) return undefined;
  // Twelve comes before one: 12am is midnight.
  const hour = half === undefined ? shown : (shown % 12) + (half === 'pm' ? 12 : 0);
  if (hour > 23 || minute > 59) return undefined;
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
}
