import type { InstanceState } from '../alerts/rule.ts';
import type { Notice } from '../notice/notice.ts';
import type { Store } from './redis.ts';

/** One transition of an instance to make durable, with the notice that a firing brings into the outbox. */
export interface Transition {
  /** `<ruleId>:<symbol>`. */
  instance: string;
  state: InstanceState;
  fired: { chat: string; notice: Notice } | undefined;
}

/** An outbox entry that waits for the relay. */
export interface OutboxEntry {
  streamId: string;
  shard: number;
  chat: string;
  notice: Notice;
}

/** Fenced writes of a shard: state, cursor and outbox in one script that checks epoch and episode. */
export interface Commits {
  /** Returns how many notices went into the outbox, or `lost` when a newer epoch owns the shard. */
  commit(
    shard: number,
    epoch: number,
    symbol: string,
    cursor: string,
    transitions: readonly Transition[],
  ): Promise<number | 'lost'>;
  /** Oldest outbox entries of a shard. */
  outbox(shard: number, count: number): Promise<OutboxEntry[]>;
  /** Forgets relayed entries. */
  relayed(shard: number, streamIds: readonly string[]): Promise<void>;
}

export function createCommits(_store: Store): Commits {
  throw new Error('not built yet');
}
