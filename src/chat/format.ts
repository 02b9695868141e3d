import { localDay } from '../kit/local-time.ts';
import { formatCompact, tickDecimals } from '../market/format.ts';
import type { Locale } from '../store/chat-model.ts';

/** Numbers and times as a chat's readers write them. All methods are pure; missing figures are the caller's affair. */
export interface Formats {
  readonly locale: Locale;
  readonly timezone: string;
  /** The language as BCP 47: `ko-KR`. */
  readonly language: string;
  /** A price to the symbol's tick size: 64,980 · 64,980.5 · 0.10230; with `UNKNOWN_TICK` 0.1023. */
  price(price: number, tickSize: number): string;
  /** A figure already in %: `1.2 %`; signed: `+1.2 %`, `−1.2 %`. */
  percent(value: number, options?: { signed?: boolean; decimals?: number }): string;
  /** A plain number with at most `decimals` (default 2). */
  number(value: number, decimals?: number): string;
  /** An amount of money in USDT, compact: `12.3M USDT`. */
  notional(value: number): string;
  /** A whole count, grouped. */
  count(value: number): string;
  /** About how long, in the largest unit: `4 min`, `1 hr`, `10 sec`. */
  span(ms: number): string;
  /** Exactly how long, in the largest unit that divides it: `90 min`. */
  duration(ms: number): string;
  /** `21:34 KST`. */
  clock(time: number): string;
  /** How the zone is called at a moment: `KST`, `UTC+2`. */
  zone(time: number): string;
  /** `24 Nov, 21:34 KST`, in the locale's order. */
  dateTime(time: number): string;
  /** A moment of the last days, as people say it: `yesterday 21:24`. */
  recently(time: number, now: number): string;
  /** A calendar day YYYY-MM-DD without its year: `Nov 24`. */
  day(day: string): string;
  /** `1d 02:14:09` or `02:14:09` until something. */
  countdown(ms: number): string;
}

/** The tick size of what is no symbol that is known: its prices take as few decimals as they need. */
export const UNKNOWN_TICK = 0.00000001;

const DAY_MS = 86_400_000;

const TAGS: Readonly<Record<Locale, string>> = { en: 'en-US', ko: 'ko-KR', zh: 'zh-CN', ja: 'ja-JP' };

// Intl knows these zones only as GMT+9 in most locales; their readers know them by name, and they have no summer time.
const ZONE_NAMES: Readonly<Record<string, string>> = {
  'Asia/Seoul': 'KST',
  'Asia/Tokyo': 'JST',
  'Etc/UTC': 'UTC',
};

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;

const known = new Map<string, Formats>();

/** The formats of a language and an IANA zone; made once for each pair. */
export function formatsFor(locale: Locale, timezone: string): Formats {
  const key = `${locale} ${timezone}`;
  const formats = known.get(key) ?? createFormats(locale, timezone);
  known.set(key, formats);
  return formats;
}

function createFormats(locale: Locale, timezone: string): Formats {
  const tag = TAGS[locale];
  const numbers = new Map<string, Intl.NumberFormat>();
  const format = (value: number, options: Intl.NumberFormatOptions): string => {
    const key = JSON.stringify(options);
    const formatter = numbers.get(key) ?? new Intl.NumberFormat(tag, options);
    numbers.set(key, formatter);
    // A true minus sign: a hyphen before a figure is overread.
    return formatter.format(value).replace('-', '−');
  };
  const clockParts = new Intl.DateTimeFormat(tag, {
    timeZone: timezone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const dateParts = new Intl.DateTimeFormat(tag, { timeZone: timezone, month: 'short', day: 'numeric' });
  const dayParts = new Intl.DateTimeFormat(tag, { timeZone: 'UTC', month: 'short', day: 'numeric' });
  const relative = new Intl.RelativeTimeFormat(tag, { numeric: 'auto' });
  const zoneParts = new Intl.DateTimeFormat('en-US', { timeZone: timezone, timeZoneName: 'short' });
  const zoneAt = (time: number): string =>
    ZONE_NAMES[timezone] ??
    (zoneParts.formatToParts(time).find((part) => part.type === 'timeZoneName')?.value ?? timezone).replace(
      'GMT',
      'UTC',
    );
  const clock = (time: number) => `${clockParts.format(time)} ${zoneAt(time)}`;

  return {
    locale,
    timezone,
    language: tag,
    zone: zoneAt,
    price(price, tickSize) {
      const decimals = tickDecimals(tickSize);
      const whole = Math.abs(price - Math.round(price)) < tickSize / 2;
      const least = whole || tickSize === UNKNOWN_TICK ? 0 : decimals;
      return format(price, { minimumFractionDigits: least, maximumFractionDigits: decimals });
    },
    percent(value, { signed = false, decimals = 2 } = {}) {
      const figure = format(value, {
        maximumFractionDigits: decimals,
        ...(signed ? { signDisplay: 'exceptZero' } : {}),
      });
      return `${figure} %`;
    },
    number: (value, decimals = 2) => format(value, { maximumFractionDigits: decimals }),
    notional: (value) => `${formatCompact(value, tag)} USDT`,
    count: (value) => format(Math.round(value), {}),
    span(ms) {
      const [unit, size] = UNITS.find(([, each]) => ms >= each) ?? (['second', 1_000] as const);
      return format(Math.round(ms / size), { style: 'unit', unit, unitDisplay: 'short' });
    },
    duration(ms) {
      const [unit, size] =
        UNITS.find(([, each]) => ms >= each && ms % each === 0) ?? (['second', 1_000] as const);
      return format(ms / size, { style: 'unit', unit, unitDisplay: 'short' });
    },
    clock,
    dateTime: (time) => `${dateParts.format(time)}, ${clock(time)}`,
    recently(time, now) {
      const days = Math.round(
        (Date.parse(localDay(time, timezone)) - Date.parse(localDay(now, timezone))) / DAY_MS,
      );
      return `${relative.format(days, 'day')} ${clockParts.format(time)}`;
    },
    day: (day) => dayParts.format(Date.parse(`${day}T00:00:00Z`)),
    countdown(ms) {
      const seconds = Math.max(0, Math.round(ms / 1000));
      const two = (value: number) => String(value).padStart(2, '0');
      const hours = Math.floor(seconds / 3600);
      return `${two(hours)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
    },
  };
}
