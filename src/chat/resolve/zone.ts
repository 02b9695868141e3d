import { offsetAt } from '../../kit/local-time.ts';
import { editDistance } from './distance.ts';

const MINUTE_MS = 60_000;

/** Zones offered as buttons, in two pages: where most traders are. */
export const COMMON_ZONES: readonly string[] = [
  'UTC',
  'Asia/Seoul',
  'Asia/Tokyo',
  'Asia/Shanghai',
  'Asia/Hong_Kong',
  'Asia/Singapore',
  'Europe/London',
  'Europe/Berlin',
  'America/New_York',
  'America/Chicago',
  'America/Los_Angeles',
  'Australia/Sydney',
  'Asia/Dubai',
  'Asia/Kolkata',
  'Asia/Bangkok',
  'Asia/Jakarta',
  'Asia/Manila',
  'Asia/Taipei',
  'Asia/Ho_Chi_Minh',
  'Europe/Istanbul',
  'Europe/Moscow',
  'Africa/Lagos',
  'America/Sao_Paulo',
  'America/Toronto',
];

/** Names that are no part of a zone's own. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  UTC: ['gmt', 'z', 'utc', '협정세계시', '世界时', '世界時'],
  'Asia/Seoul': ['kst', '서울', '한국', '首尔', '首爾', '韩国', '韓国', 'ソウル'],
  'Asia/Tokyo': ['jst', '도쿄', '일본', '东京', '東京', '日本'],
  'Asia/Shanghai': ['beijing', 'china', '상하이', '베이징', '중국', '上海', '北京', '中国', '中國'],
  'Asia/Hong_Kong': ['hkt', '홍콩', '香港'],
  'Asia/Singapore': ['sgt', '싱가포르', '新加坡', 'シンガポール'],
  'Asia/Taipei': ['타이베이', '대만', '台北', '台湾', '臺灣'],
  'Europe/London': ['런던', '伦敦', '倫敦', 'ロンドン'],
  'America/New_York': ['nyc', '뉴욕', '纽约', '紐約', 'ニューヨーク'],
};

const ZONE_BY_NAME: ReadonlyMap<string, string> = new Map(
  Object.entries(NAMES).flatMap(([zone, names]) => names.map((name) => [name, zone] as const)),
);

/** What a person's words for a time zone may mean: one zone, several, or none with the names most like it. */
export type FoundZones = { zones: readonly string[]; nearest: readonly string[] };

/**
 * Finds IANA zones by name (`Asia/Seoul`), by a part of it (`seoul`, `new york`), by what people call them (`KST`, `서울`),
 * or by what their clocks are ahead of UTC at `now`, Unix ms (`UTC+9`, `+5:30`).
 */
export function findZones(words: string, most: number, now: number): FoundZones {
  const typed = words.slice(0, 64).normalize('NFKC').trim().toLowerCase().replaceAll(/\s+/g, '_');
  const named = ZONE_BY_NAME.get(typed) ?? exactZone(typed);
  if (named !== undefined) return { zones: [named], nearest: [] };
  const offset = offsetOf(typed);
  const ahead = COMMON_ZONES.filter((zone) => offsetAt(now, zone) === offset).slice(0, most);
  if (ahead.length > 0) return { zones: ahead, nearest: [] };
  const all = knownZones();
  const holds = typed.length < 3 ? [] : all.filter((zone) => zone.toLowerCase().includes(typed));
  // `york` is New York's before it is a part of anything longer.
  const city = holds.filter((zone) => cityOf(zone).toLowerCase() === typed);
  const zones = (city.length > 0 ? city : holds).slice(0, most);
  if (zones.length > 0) return { zones, nearest: [] };
  const far = (zone: string) =>
    Math.min(editDistance(typed, zone.toLowerCase()), editDistance(typed, cityOf(zone).toLowerCase()));
  return { zones: [], nearest: all.toSorted((a, b) => far(a) - far(b)).slice(0, 3) };
}

/** A zone's place alone, as its name has it: `New_York`. */
export function cityOf(zone: string): string {
  return zone.slice(zone.lastIndexOf('/') + 1);
}

/** What `utc+9`, `gmt-3:30` or `+09:00` is ahead of UTC, ms; undefined for anything else. */
function offsetOf(typed: string): number | undefined {
  const [, sign, hours, minutes] = /^(?:utc|gmt)?_?([+−-])(\d{1,2})(?::?(\d{2}))?$/.exec(typed) ?? [];
  if (hours === undefined) return undefined;
  return (sign === '+' ? 1 : -1) * (Number(hours) * 60 + Number(minutes ?? 0)) * MINUTE_MS;
}

/** The zone of this very name, in its own spelling; undefined for anything else, offsets such as `+09:00` too. */
function exactZone(name: string): string | undefined {
  if (!/^[a-z_]+(?:\/[a-z_+\-\d]+){0,2}$/.test(name)) return undefined;
  const common = COMMON_ZONES.find((zone) => zone.toLowerCase() === name);
  if (common !== undefined) return common;
  try {
    const zone = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
    return zone.includes('/') ? zone : undefined;
  } catch {
    return undefined;
  }
}

let zones: readonly string[] | undefined;

/** The machine's zones, with the common ones in the spelling that people know. */
function knownZones(): readonly string[] {
  zones ??= [...new Set([...COMMON_ZONES, ...Intl.supportedValuesOf('timeZone')])];
  return zones;
}
