/** A time of day as people type it (`9:00`, `09:00`, full-width digits) as HH:MM; undefined when it is none. */
export function parseTimeOfDay(word: string): string | undefined {
  const match = /^(\d{1,2}):(\d{2})$/.exec(word.normalize('NFKC').trim());
  if (!match) return undefined;
  const [hour, minute] = [Number(match[1]), Number(match[2])];
  if (hour > 23 || minute > 59) return undefined;
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
}
