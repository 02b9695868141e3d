/** Every interval of the feed, in milliseconds; tests pass smaller ones. */
export interface FeedTimings {
  /** Opening handshake of a socket. */
  handshakeMs: number;
  /** Answer to a SUBSCRIBE. */
  ackMs: number;
  pingEveryMs: number;
  pongMs: number;
  /** Least time between two dials of this process, to whatever route. */
  dialSpacingMs: number;
  /** After a burst of so many dials one more each `dialEveryMs`. */
  dialBurst: number;
  dialEveryMs: number;
  /** Least time between two control messages of one socket (the exchange cuts at 10 a second). */
  controlSpacingMs: number;
  /** Reconnect: full jitter below `base × 2ⁿ`, at most `cap`. */
  backoffBaseMs: number;
  backoffCapMs: number;
  /** Least wait after a 403, 418 or 429 on the opening handshake. */
  limitedMs: number;
  /** Wait after a 451: the location is refused, asking again soon changes nothing. */
  refusedMs: number;
  /** A connection is renewed after this, less anything up to `lifetimeSpreadMs`: the exchange cuts it at 24 hours. */
  lifetimeMs: number;
  lifetimeSpreadMs: number;
  /** How long a successor may take until its predecessor is closed though quiet streams have not sent yet. */
  overlapMs: number;
  /** Data that comes so much later than it was sent, for so long, is fetched over a new connection. */
  lagMs: number;
  lagPatienceMs: number;
  /** How often the streams are looked at for silence. */
  watchEveryMs: number;
  /** Factor on the deadlines of `liveness.ts`. */
  silenceScale: number;
  restTimeoutMs: number;
  /** First wait before a failed warm-up is tried again (doubles up to a minute). */
  warmRetryMs: number;
  /** How long a missing trade is waited for before it is asked for. */
  reorderMs: number;
  /** How long live trades wait for missing ones before these are given up. */
  repairMs: number;
  /** First wait before missing trades that did not come in time are tried on, behind the live ones (doubles up to a minute). */
  arrearsMs: number;
  /** What happened longer ago than this is not told any more: rules are set to their side silently. */
  lateMs: number;
  universeEveryMs: number;
  /** Least time between two fetches, however much is announced: the list has megabytes. */
  universeLeastMs: number;
  /** How often rules on all symbols are looked for, and symbols that have become large enough for them. */
  allRulesEveryMs: number;
  /** Between two symbols whose candles are fetched for rules on all symbols: at most 200 a minute, all else goes first. */
  lightWarmEveryMs: number;
  /** How often one of our shards, in turn, is rid of what it keeps of rules that are gone for good. */
  leftoversEveryMs: number;
  /** A symbol that is missing in the list is believed to be gone when it is so again after so long. */
  confirmGoneMs: number;
  /** How often the symbols in use are gathered. */
  useEveryMs: number;
  /** How long a symbol stays subscribed after nobody needs it any more. */
  graceMs: number;
  leaseTtlMs: number;
  leaseEveryMs: number;
  /** A feed that has not said so for so long is dead; less than `leaseTtlMs`, so that its shards have found new owners by then. */
  memberTtlMs: number;
  /** Without market data for so long a feed gives its shards to one that has some; longer than a hiccup of the exchange. */
  yieldAfterMs: number;
  /** How often the windows of a symbol are saved. */
  snapshotEveryMs: number;
  /** How long a take-over waits for a symbol's live trades before it asks for those it missed. */
  hearWithinMs: number;
  /** How long one read of rule commands waits. */
  commandBlockMs: number;
  /** Within which a rule command is answered, warm or not. */
  answerWithinMs: number;
  relayEveryMs: number;
  heartbeatMs: number;
  briefEveryMs: number;
  openInterestEveryMs: number;
  /** The same where a rule watches it, and how often the newest analysis is looked for. */
  watchedInterestEveryMs: number;
  analysisEveryMs: number;
  /** How often the overview of the whole market is written. */
  overviewEveryMs: number;
  /** Without any market data for so long the feed calls itself blind. */
  blindAfterMs: number;
  /** How long `stop` may take to make durable what is decided. */
  drainMs: number;
}

export const DEFAULT_TIMINGS: FeedTimings = {
  handshakeMs: 10_000,
  ackMs: 5_000,
  pingEveryMs: 20_000,
  pongMs: 10_000,
  // The exchange lets an address dial 300 times in 5 minutes; with these it is 120 times at most.
  dialSpacingMs: 75,
  dialBurst: 20,
  dialEveryMs: 3_000,
  controlSpacingMs: 250,
  backoffBaseMs: 500,
  backoffCapMs: 30_000,
  limitedMs: 60_000,
  refusedMs: 900_000,
  lifetimeMs: 82_800_000,
  lifetimeSpreadMs: 1_800_000,
  overlapMs: 30_000,
  lagMs: 5_000,
  lagPatienceMs: 30_000,
  watchEveryMs: 250,
  silenceScale: 1,
  restTimeoutMs: 10_000,
  warmRetryMs: 1_000,
  reorderMs: 250,
  repairMs: 15_000,
  arrearsMs: 5_000,
  lateMs: 900_000,
  universeEveryMs: 3_600_000,
  universeLeastMs: 10_000,
  allRulesEveryMs: 1_000,
  lightWarmEveryMs: 300,
  leftoversEveryMs: 60_000,
  confirmGoneMs: 60_000,
  useEveryMs: 250,
  graceMs: 60_000,
  leaseTtlMs: 5_000,
  leaseEveryMs: 1_000,
  memberTtlMs: 3_000,
  yieldAfterMs: 15_000,
  snapshotEveryMs: 60_000,
  hearWithinMs: 2_000,
  commandBlockMs: 1_000,
  answerWithinMs: 1_500,
  relayEveryMs: 5_000,
  heartbeatMs: 1_000,
  briefEveryMs: 1_000,
  openInterestEveryMs: 60_000,
  watchedInterestEveryMs: 20_000,
  analysisEveryMs: 1_000,
  overviewEveryMs: 5_000,
  blindAfterMs: 5_000,
  drainMs: 5_000,
};
