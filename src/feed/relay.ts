import { describeError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import { type Loop, startLoop } from '../kit/loop.ts';
import type { Commits, OutboxEntry } from '../store/commits.ts';
import type { Post } from '../store/post.ts';

const PAGE = 200;

/** Moves what the shards' outboxes hold into the mailboxes of chats. */
export interface Relay {
  /** Starts to look for what was left behind. */
  begin(): void;
  /** Something waits in this shard's outbox. */
  wake(shard: number): void;
  /** Resolves when this shard's outbox was found empty, or could not be moved. */
  flush(shard: number): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Relays at once after a commit, and again every `everyMs` for whatever was left by a failure or a predecessor. Safe to
 * repeat: a mailbox takes an event once.
 */
export function createRelay(options: {
  commits: Commits;
  post: Post;
  owned: () => number[];
  everyMs: number;
  log: Log;
}): Relay {
  const { commits, post, owned, everyMs, log } = options;
  const running = new Map<number, Promise<void>>();
  const again = new Set<number>();
  let loop: Loop | undefined;

  async function move(shard: number): Promise<void> {
    do {
      again.delete(shard);
      for (;;) {
        const entries = await commits.outbox(shard, PAGE);
        if (entries.length === 0) break;
        await deliver(shard, entries);
      }
    } while (again.has(shard));
  }

  async function deliver(shard: number, entries: readonly OutboxEntry[]): Promise<void> {
    const byChat = Map.groupBy(entries, (entry) => entry.chat);
    await Promise.all(
      [...byChat].map(async ([chat, own]) => {
        const news = own.map((entry) => entry.notice);
        await post.post(
          chat,
          'hi',
          news.filter((each) => each.type !== 'amendment'),
        );
        const additions = news.filter((each) => each.type === 'amendment');
        if (additions.length > 0) await post.post(chat, 'am', additions);
      }),
    );
    await commits.relayed(
      shard,
      entries.map((entry) => entry.streamId),
    );
  }

  function flush(shard: number): Promise<void> {
    const now = running.get(shard);
    if (now) {
      again.add(shard);
      return now;
    }
    const work = move(shard)
      .catch((error: unknown) =>
        log.error({ shard, error: describeError(error) }, 'alerts wait in the outbox'),
      )
      .finally(() => {
        running.delete(shard);
        if (again.delete(shard)) void flush(shard);
      });
    running.set(shard, work);
    return work;
  }

  async function sweep(): Promise<void> {
    await Promise.all(owned().map(flush));
  }

  return {
    begin() {
      loop = startLoop('relay', everyMs, sweep, log);
    },
    wake: (shard) => void flush(shard),
    flush,
    async stop() {
      await loop?.stop();
      await Promise.all(running.values());
    },
  };
}
