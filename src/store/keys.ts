/** Every name in Redis. Keys of one script share one tag in braces, so that Redis Cluster stays possible. */

export const SHARDS = 64;

/** BullMQ's prefix; a tag, so that all its keys lie in one slot. */
export const QUEUE_PREFIX = '{sheepdog}';

/** Logical shard of a symbol, 0…63: FNV-1a over its UTF-8 bytes. */
export function shardOf(symbol: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(symbol)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash % SHARDS;
}

const P = 'sheepdog:';

export const keys = {
  schema: `${P}schema`,
  /** exists while a backup is brought back: what is stored is not whole. */
  restoring: `${P}restoring`,

  // Shard of symbols, tag {sN}: written only by the holder of its epoch.
  lease: (shard: number) => `${P}{s${shard}}:lease`,
  epoch: (shard: number) => `${P}{s${shard}}:epoch`,
  /** hash ruleId → Rule as JSON: the truth about rules. */
  rules: (shard: number) => `${P}{s${shard}}:rules`,
  /** hash ruleId → since when it is watched with its terms, by Redis' clock in ms, and those terms. */
  ruleSince: (shard: number) => `${P}{s${shard}}:rule-since`,
  /** hash `<ruleId>:<symbol>` → episode number. */
  episodes: (shard: number) => `${P}{s${shard}}:episodes`,
  /** hash `<ruleId>:<symbol>` → InstanceState as JSON. */
  instances: (shard: number) => `${P}{s${shard}}:instances`,
  /** hash symbol → cursor as JSON. */
  cursors: (shard: number) => `${P}{s${shard}}:cursors`,
  /** hash symbol → packed windows with the cursor of the same moment. */
  snapshots: (shard: number) => `${P}{s${shard}}:snapshots`,
  /** hash `<symbol>:<first id>` → trades that are missing, with how rules and windows stood before them, packed. */
  arrears: (shard: number) => `${P}{s${shard}}:arrears`,
  /** stream of notices that wait for the relay. */
  outbox: (shard: number) => `${P}{s${shard}}:outbox`,
  /** hash symbol → how it stood in the exchange's list when it was last looked at, as JSON. */
  listed: (shard: number) => `${P}{s${shard}}:listed`,
  /** stream of rule commands for the shard's owner. */
  commands: (shard: number) => `${P}{s${shard}}:commands`,
  /** hash symbol → number of rules. */
  ruleSymbols: (shard: number) => `${P}{s${shard}}:rule-symbols`,
  /** last episode of a rule just removed and when it fired last, as long as Undo may bring it back: its unsent barks are dropped. */
  removed: (shard: number, ruleId: string) => `${P}{s${shard}}:removed:${ruleId}`,
  /** list that gets the owner's one answer to a command; lives a minute. */
  answer: (shard: number, commandId: string) => `${P}{s${shard}}:answer:${commandId}`,

  // Market, written by the feed.
  brief: (symbol: string) => `${P}brief:${symbol}`,
  candles: (symbol: string) => `${P}candles:${symbol}`,
  universe: `${P}universe`,
  /** JSON of the whole market in small, rewritten every few seconds. */
  overview: `${P}overview`,
  /** hash process id → JSON of that feed’s health, rewritten every second. */
  feedHealth: `${P}feed:processes`,
  /** zset feed process → Redis' time in ms until which it counts as alive. */
  feedMembers: `${P}feed:members`,
  /** JSON: since when the feed is blind, and whether chats were told. */
  feedBlind: `${P}feed:blind`,
  // Request weight at the exchange, tag {weight}: one address, one budget.
  weight: (minute: number) => `${P}{weight}:${minute}`,
  /** exists as long as the exchange wants to be left alone. */
  weightBlocked: `${P}{weight}:blocked`,
  /** Wall clock at which the feed last saw the market, Unix ms. */
  feedSeen: `${P}feed:seen`,
  /** zset start of a blindness → its end, Unix ms, of the last days. */
  feedBlindLog: `${P}feed:blind-log`,
  /** `live`, `replay` or `simulated`: a store holds one kind of market only. */
  source: `${P}source`,
  /** zset symbol → Unix ms until which somebody needs it. */
  interest: `${P}interest`,

  // Chats.
  chat: (uid: string) => `${P}chat:${uid}`,
  /** hash threadId ('' = the chat itself) → uid: who is at a platform's address. */
  address: (platform: string, chatId: string) => `${P}address:${platform}:${chatId}`,
  /** set of all uids. */
  chats: `${P}chats`,
  /** hash event id → alert withheld while the chat wants peace, as JSON; '' → how many more. */
  withheld: (uid: string) => `${P}withheld:${uid}`,
  /** hash ruleId → symbol: where each of a chat's rules lives. */
  chatRules: (uid: string) => `${P}chat-rules:${uid}`,
  /** A rule's id is in use, or rests: uid of its chat, `removed` when a person removed it, or blank while it is only reserved. */
  ruleId: (id: string) => `${P}rule-id:${id}`,
  /** hash `<ruleId>:<what>` → how often that happened to the rule on a UTC day. */
  ruleUse: (uid: string, day: string) => `${P}rule-use:${uid}:${day}`,
  /** JSON list of the rules a person has just removed, for Undo. */
  undo: (uid: string, token: string) => `${P}undo:${uid}:${token}`,
  /** Telegram update ids already handled. */
  update: (platform: string, id: string) => `${P}update:${platform}:${id}`,
  /** counter of uses of something by somebody; its first use opens the window, whose end removes it. */
  rate: (scope: string, windowMs: number) => `${P}rate:${scope}:${windowMs}`,
  commandsHash: (platform: string) => `${P}commands:${platform}`,

  // Mailbox, tag {chat:<uid>}.
  mailbox: (
    uid: string,
    part: 'seen' | 'hi' | 'lo' | 'inflight' | 'batch' | 'am' | 'am-body' | 'am-seen' | 'told',
  ) => `${P}{chat:${uid}}:${part}`,
  /** hash of what a message of the chat tells and what was added to it, 48 h. */
  told: (uid: string, messageId: string) => `${P}{chat:${uid}}:told:${messageId}`,
  /** zset uid → Unix ms since when something waits in that lane; of `am`: when the first of it is due. */
  dirty: (lane: 'hi' | 'lo' | 'am') => (lane === 'hi' ? `${P}dirty` : `${P}dirty:${lane}`),
  /** GCRA theoretical arrival time. */
  limit: (scope: string) => `${P}limit:${scope}`,
  /** who was refused of late on a platform: set of uids in a row, zset of those refused in an outage; when somebody was last reached. */
  refused: (platform: string, part: 'row' | 'doubted' | 'reached') => `${P}{refused:${platform}}:${part}`,
  /** outcome of a delivery batch, 48 h. */
  delivery: (batchId: string) => `${P}delivery:${batchId}`,
  /** event id → chat, batch, message id, 48 h. */
  event: (eventId: string) => `${P}event:${eventId}`,

  // Money, tag {budget}; day is YYYY-MM-DD in the bot's time zone.
  spend: (day: string) => `${P}{budget}:spend:${day}`,
  /** the same figures of one payer only. */
  payerSpend: (day: string, payer: string) => `${P}{budget}:spend:${day}:${payer}`,
  /** zset payer → what the day cost him, nano-USD. */
  payers: (day: string) => `${P}{budget}:payers:${day}`,
  reservations: (day: string) => `${P}{budget}:reserved:${day}`,
  settled: (day: string) => `${P}{budget}:settled:${day}`,
  /** stream of ledger entries of a day, one per call. */
  ledger: (day: string) => `${P}{budget}:ledger:${day}`,

  // Desk.
  analysis: (id: string) => `${P}analysis:${id}`,
  /** zset symbol → Unix ms until which a rule needs it analysed on schedule. */
  analysisWanted: `${P}analysis:wanted`,
  latestAnalysis: (symbol: string) => `${P}analysis:latest:${symbol}`,
  /** id of an analysis with a reading that is young enough to answer another's question; lives a minute. */
  freshAnalysis: (symbol: string, locale: string, promptVersion: string) =>
    `${P}analysis:fresh:${promptVersion}:${locale}:${symbol}`,
  /** what a gateway (by the hash of its URL) was found to lack for a model; the day of its last canary, and the set of counts of tokens that it gave. */
  aiModel: (gateway: string, part: 'dead' | 'form' | 'refused' | 'canary-day' | 'canary', model: string) =>
    `${P}ai:${part}:${gateway}:${model}`,
  /** hash of how calls to a gateway, or to one of its models, fare; see the desk's circuits. */
  aiCircuit: (gateway: string, part: string) => `${P}{ai:${gateway}}:circuit:${part}`,
  /** hash language → id of the analysis by which it is asked for, not begun yet; and id → id of the one that takes it along. */
  asking: (symbol: string, part: 'open' | 'taken') => `${P}{asking:${symbol}}:${part}`,
  /** zset language → when somebody last read an analysis of the symbol in it, Unix ms. */
  readers: (symbol: string) => `${P}analysis:readers:${symbol}`,
  // Notes on barks, tag {note:<symbol>}.
  /** time of the event and the group of those who share its note; by kind, direction, window and minute. */
  noteGroup: (symbol: string, event: string) => `${P}{note:${symbol}}:group:${event}`,
  /** who waits for a group's note (hash `<uid> <event>` → language), what was made (hash language → note), and that it is being made. */
  note: (symbol: string, group: string, part: 'readers' | 'made' | 'flight') =>
    `${P}{note:${symbol}}:${part}:${group}`,

  // The record of the AI's calls, tag {record}; months are UTC's.
  /** hash `c:<id>` → call, `o:<id>:<horizon>` → outcome. */
  record: (symbol: string, month: string) => `${P}{record}:${symbol}:${month}`,
  /** zset of outcomes to be found, by their moment. */
  recordDue: `${P}{record}:due`,

  // Clerk.
  /** exists when the letter of a Sunday (YYYY-MM-DD) was posted. */
  letterPosted: (uid: string, sunday: string) => `${P}letter:${uid}:${sunday}`,
  /** Lock of the one Telegram poller. */
  poller: `${P}telegram:poller`,
  /** stream of what the console's chat box is to show. */
  consoleOut: `${P}console:out`,
  /** PNG that one of these notices carries, for a day. */
  consolePicture: (id: string) => `${P}console:picture:${id}`,
  /** zset `<role>:<process id>` → Unix ms until which the role counts as alive. */
  roles: `${P}roles`,
} as const;
