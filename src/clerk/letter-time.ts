import { addDays, localDay, localMoment, minuteOf } from '../kit/local-time.ts';
import type { Chat } from '../store/chat-model.ts';

/** When a chat without a daily report gets its letter. */
const USUAL_TIME = '10:00';
/** Later than this the next one is near. */
export const LETTER_LATE_MS = 6 * 86_400_000;

/** One Sunday's letter to a chat. Moments are Unix ms. */
export interface Letter {
  /** YYYY-MM-DD in the chat's zone. */
  sunday: string;
  /** When it is due. */
  at: number;
  /** When the one before it was: from then on is counted. */
  before: number;
}

type Reader = Pick<Chat, 'reportAt' | 'timezone'>;

/** The letter that is due: the one whose moment is past, unless by more than `lateMs`. */
export function lastLetter(chat: Reader, now: number, lateMs = LETTER_LATE_MS): Letter | undefined {
  const letter = letterBy(chat, now);
  return now - letter.at < lateMs ? letter : undefined;
}

/** The newest letter whose moment is not after `time`. */
export function letterBy(chat: Reader, time: number): Letter {
  const minute = minuteOf(chat.reportAt ?? USUAL_TIME);
  const moment = (day: string) => localMoment(day, minute, chat.timezone);
  const today = localDay(time, chat.timezone);
  const thisSunday = addDays(today, -new Date(`${today}T12:00:00Z`).getUTCDay());
  const sunday = moment(thisSunday) <= time ? thisSunday : addDays(thisSunday, -7);
  return { sunday, at: moment(sunday), before: moment(addDays(sunday, -7)) };
}
