import type { Clock } from '../kit/clock.ts';
import type { WithheldNotice } from '../notice/notice.ts';
import type { ChatsRepository } from '../store/chats.ts';
import type { MarketRepository } from '../store/market.ts';
import type { Post } from '../store/post.ts';
import { isMuted, sleeps } from '../store/quiet.ts';
import type { Withheld } from '../store/withheld.ts';
import { rulesOf } from './withheld-digest.ts';

/**
 * Tells a chat in one notice what was withheld while it was muted until `until` (Unix ms); says nothing when nothing
 * was, or when the chat still wants peace. The same end of a mute is told once.
 */
export async function tellUnmuted(
  uid: string,
  until: number,
  deps: { chats: ChatsRepository; withheld: Withheld; market: MarketRepository; post: Post; clock: Clock },
): Promise<void> {
  const chat = await deps.chats.get(uid);
  const now = deps.clock.now();
  // Muted anew, or asleep: the end of that tells of this too.
  if (!chat || isMuted(chat, now) || sleeps(chat, now)) return;
  const kept = await deps.withheld.read(uid);
  if (kept.count === 0) return;
  const universe = await deps.market.universe();
  const notice: WithheldNotice = {
    type: 'withheld',
    eventId: `withheld:${uid}:${until}`,
    count: kept.count,
    rules: rulesOf(kept.alerts),
    night: undefined,
    source: universe?.source ?? 'live',
  };
  // Forgotten only when it is in the mailbox, which takes the same event once.
  await deps.post.post(uid, 'lo', [notice]);
  await deps.withheld.forget(uid, kept);
}
