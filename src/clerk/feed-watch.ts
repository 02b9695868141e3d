import type { Clock } from '../kit/clock.ts';
import type { Log } from '../kit/log.ts';
import { type Loop, startLoop } from '../kit/loop.ts';
import type { FeedNotice } from '../notice/notice.ts';
import type { Blindness, BlindnessLog } from '../store/blindness.ts';
import type { ChatsRepository } from '../store/chats.ts';
import type { FeedHealth, MarketRepository } from '../store/market.ts';
import type { Post } from '../store/post.ts';
import type { RulesRepository } from '../store/rules.ts';

export interface FeedWatchTimings {
  /** Pause between two looks. */
  everyMs: number;
  /** A health older than this means that no feed is alive. */
  deadAfterMs: number;
  /** How long the market must be out of sight before chats are told. */
  tellAfterMs: number;
}

const DEFAULTS: FeedWatchTimings = { everyMs: 2_000, deadAfterMs: 5_000, tellAfterMs: 60_000 };

/**
 * Watches that the feed sees the market, since a dead feed cannot speak: every chat with rules is told once after a
 * minute of blindness and once when sight is back, also when the blindness spans a restart.
 */
export function startFeedWatch(deps: {
  blindness: BlindnessLog;
  market: MarketRepository;
  chats: ChatsRepository;
  rules: RulesRepository;
  post: Post;
  clock: Clock;
  log: Log;
  timings?: Partial<FeedWatchTimings>;
}): Loop {
  const timings = { ...DEFAULTS, ...deps.timings };
  const watching = deps.clock.now();
  return startLoop('feed-watch', timings.everyMs, () => look(deps, timings, watching), deps.log);
}

async function look(
  deps: Parameters<typeof startFeedWatch>[0],
  timings: FeedWatchTimings,
  watching: number,
): Promise<void> {
  const now = deps.clock.now();
  const health = await deps.market.health();
  // A store that never saw a feed has nothing to lose sight of.
  if (!health) return;
  const since = blindSince(health, now, timings.deadAfterMs);
  const kept = (await deps.blindness.now()) ?? (await unwatched(deps.blindness, health, timings.deadAfterMs));
  if (since === undefined) {
    if (kept) {
      if (kept.told || now - kept.since >= timings.tellAfterMs)
        await tell(deps, 'recovered', kept.since, now);
      await deps.blindness.end(kept, now);
    }
    await deps.blindness.saw(now);
    return;
  }
  const blindness = kept ?? { since, told: false };
  // After a start the feed has its minute too: then one word tells of the whole time.
  const due = !blindness.told && now - Math.max(blindness.since, watching) >= timings.tellAfterMs;
  if (due) {
    deps.log.error({ since: new Date(blindness.since).toISOString() }, 'the feed sees no market');
    await tell(deps, 'degraded', blindness.since, undefined);
  }
  if (!kept || due) await deps.blindness.write({ since: blindness.since, told: blindness.told || due });
}

/** What nobody could watch, since everything was down: no feed of now is as old as the last sight of the market. */
async function unwatched(
  blindness: BlindnessLog,
  health: FeedHealth,
  deadAfterMs: number,
): Promise<Blindness | undefined> {
  const seen = await blindness.lastSeen();
  if (seen === undefined || health.startedAt - seen < deadAfterMs) return undefined;
  return { since: seen, told: false };
}

function blindSince(health: FeedHealth, now: number, deadAfterMs: number): number | undefined {
  return now - health.at > deadAfterMs ? health.at : health.blindSince;
}

async function tell(
  deps: Parameters<typeof startFeedWatch>[0],
  state: FeedNotice['state'],
  since: number,
  until: number | undefined,
): Promise<void> {
  const notice: FeedNotice = { type: 'feed', eventId: `feed:${since}:${state}`, state, since, until };
  for (const chat of await deps.chats.list()) {
    const rules = await deps.rules.list(chat.uid);
    if (rules.some((rule) => !rule.paused)) await deps.post.post(chat.uid, 'hi', [notice]);
  }
}
