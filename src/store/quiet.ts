import { minuteOf, minuteOfDay } from '../kit/local-time.ts';
import type { AlertNotice, Notice } from '../notice/notice.ts';
import type { Chat } from './chat-model.ts';
import { soundKindOf, soundOf } from './sounds.ts';

/** Why an alert is not sent now: the chat is muted, sleeps, or has alerts switched off. */
export const QUIET_REASONS = ['mute', 'sleep', 'off'] as const;
export type QuietReason = (typeof QUIET_REASONS)[number];

/** So many times the threshold wakes a sleeping chat. */
const EXTREME = 2;

/** The first and the last minute of quiet hours, since midnight. */
export interface QuietHours {
  from: number;
  to: number;
}

/** Reads `HH:MM-HH:MM` as it is kept in a chat; undefined when it is none, or lasts no time. */
export function quietHours(text: string | undefined): QuietHours | undefined {
  const match = /^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/.exec(text ?? '');
  const [from = '', to = ''] = match?.[0].split('-') ?? [];
  return match && from !== to ? { from: minuteOf(from), to: minuteOf(to) } : undefined;
}

/** Does the chat sleep at this time? */
export function sleeps(chat: Pick<Chat, 'sleep' | 'timezone'>, now: number): boolean {
  const hours = quietHours(chat.sleep);
  if (!hours) return false;
  const minute = minuteOfDay(now, chat.timezone);
  return hours.from < hours.to
    ? hours.from <= minute && minute < hours.to
    : minute >= hours.from || minute < hours.to;
}

/** Is the chat muted at this time? */
export function isMuted(chat: Pick<Chat, 'mutedUntil'>, now: number): boolean {
  return chat.mutedUntil !== undefined && now < chat.mutedUntil;
}

/** What wakes a sleeping chat: a price level that was crossed, and a value at least twice its threshold. */
export function isExtreme({ rule, firing }: Pick<AlertNotice, 'rule' | 'firing'>): boolean {
  return rule.kind === 'price' || Math.abs(firing.value) >= EXTREME * rule.threshold;
}

/** Why this notice is not to be sent to the chat now; undefined: it is. */
export function quietReason(chat: Chat, notice: Notice, now: number): QuietReason | undefined {
  const kind = soundKindOf(notice);
  // A digest stands for alerts that were wanted when they came.
  if (kind !== undefined && notice.type !== 'digest' && soundOf(chat, kind) === 'off') return 'off';
  if (notice.type !== 'alert') return undefined;
  if (isMuted(chat, now)) return 'mute';
  return sleeps(chat, now) && !isExtreme(notice) ? 'sleep' : undefined;
}

/** Are these notices of one lane, sent as one message, to come without a sound? What is for the operators has none. */
export function isSilent(chat: Chat, lane: 'hi' | 'lo', notices: readonly Notice[]): boolean {
  const whole = lane === 'hi' ? 'alerts' : 'reports';
  return notices.every(
    (notice) => notice.type === 'operator' || soundOf(chat, soundKindOf(notice) ?? whole) !== 'on',
  );
}
