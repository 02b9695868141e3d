import type { Clock } from '../kit/clock.ts';
import { addDays, localDay, localMoment } from '../kit/local-time.ts';
import type { WithheldNotice } from '../notice/notice.ts';
import type { BlindnessLog } from '../store/blindness.ts';
import type { ChatsRepository } from '../store/chats.ts';
import type { MarketRepository } from '../store/market.ts';
import type { Post } from '../store/post.ts';
import { type QuietHours, quietHours } from '../store/quiet.ts';
import type { Withheld } from '../store/withheld.ts';
import { rulesOf } from './withheld-digest.ts';

/**
 * Tells a chat at the end of its quiet hours what was withheld, and for how long of them there was no market data; also
 * that it was nothing. Once a local day.
 */
export async function tellMorning(
  uid: string,
  deps: {
    chats: ChatsRepository;
    withheld: Withheld;
    blindness: Pick<BlindnessLog, 'within'>;
    market: MarketRepository;
    post: Post;
    clock: Clock;
  },
): Promise<void> {
  const chat = await deps.chats.get(uid);
  const hours = quietHours(chat?.sleep);
  // Switched off or gone since the job was made.
  if (!chat || !hours) return;
  const day = localDay(deps.clock.now(), chat.timezone);
  const night = nightOf(day, hours, chat.timezone);
  const [kept, blindMs, universe] = await Promise.all([
    deps.withheld.read(uid),
    deps.blindness.within(night.from, night.to),
    deps.market.universe(),
  ]);
  const notice: WithheldNotice = {
    type: 'withheld',
    eventId: `morning:${uid}:${day}`,
    count: kept.count,
    rules: rulesOf(kept.alerts),
    night: { ...night, blindMs },
    source: universe?.source ?? 'live',
  };
  await deps.post.post(uid, 'lo', [notice]);
  await deps.withheld.forget(uid, kept);
}

/** The quiet hours that end on a local day, Unix ms. */
export function nightOf(
  day: string,
  { from, to }: QuietHours,
  timezone: string,
): { from: number; to: number } {
  const evening = from < to ? day : addDays(day, -1);
  return { from: localMoment(evening, from, timezone), to: localMoment(day, to, timezone) };
}
