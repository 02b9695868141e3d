import { z } from 'zod';
import { cursorBefore } from '../alerts/cursor.ts';
import type { InstanceState } from '../alerts/rule.ts';
import type { Amendment } from '../notice/amendment.ts';
import type { Notice } from '../notice/notice.ts';
import { amendmentSchema } from './amendments.ts';
import { keys } from './keys.ts';
import { noticeSchema } from './notice-json.ts';
import { defineScript, type Store } from './redis.ts';
import { readJson } from './rule-json.ts';

/** One transition of an instance to make durable, with the notice that a firing brings into the outbox. */
export interface Transition {
  /** `<ruleId>:<symbol>`. */
  instance: string;
  state: InstanceState;
  fired: { chat: string; notice: Notice } | undefined;
  /** What is to be added to the message of its last firing. */
  eased?: { chat: string; notice: Amendment } | undefined;
}

/** An outbox entry that waits for the relay. */
export interface OutboxEntry {
  streamId: string;
  shard: number;
  chat: string;
  /** A notice, or what is to be added to a message that told one. */
  notice: Notice | Amendment;
}

/** Fenced writes of a shard: state, cursor and outbox in one script that checks epoch and episode. */
export interface Commits {
  /**
   * Makes the transitions of one market event durable with the engine's cursor after it. Returns how many notices went
   * into the outbox (an episode goes in once only), or `lost` when a newer epoch owns the shard: drop it and its memory.
   * `arrears`: kept with it, opaque, by id; undefined ones are settled and go.
   */
  commit(
    shard: number,
    epoch: number,
    symbol: string,
    cursor: string,
    transitions: readonly Transition[],
    arrears?: ReadonlyMap<string, Buffer | undefined>,
  ): Promise<number | 'lost'>;
  /** What of a symbol is still to be settled, by id. */
  arrears(shard: number, symbol: string): Promise<ReadonlyMap<string, Buffer>>;
  /** Oldest outbox entries of a shard; the barks of rules that a person has removed meanwhile are dropped here. */
  outbox(shard: number, count: number): Promise<OutboxEntry[]>;
  /** Forgets relayed entries. */
  relayed(shard: number, streamIds: readonly string[]): Promise<void>;
}

/** Transitions of one script, so that nobody waits long. */
const MAX_TRANSITIONS = 200;
/**
 * The same where arrears come or go: these and what is told of them must not be parted by the end of a feed, and are rare
 * enough for all others to wait 0.1 s for.
 */
const MAX_WITH_ARREARS = 10_000;
/** Parts of one event that are on their way at once. */
const PARTS_AHEAD = 8;

/**
 * KEYS epoch, episodes, instances, cursors, outbox, arrears; ARGV epoch, symbol, cursor, life of arrears in ms, how many of
 * them, for each: field, bytes or '' when it is settled, then for each transition: instance, episode, state, entry of a
 * firing or '', another entry or ''. Returns -1 for a stale epoch, else the number of new entries of firings. Hashes are
 * read and written by one command for many fields: half of what many firings cost would be calls, but Lua hands over
 * 8,000 values at most. Entries go first, so that whatever a failure leaves undone is done again, never left out.
 */
const COMMIT = defineScript(`
local c = redis.call
local newest = tonumber(c('GET', KEYS[1]) or '0')
local mine = tonumber(ARGV[1])
if mine < newest then return -1 end
-- The epoch was lost in a failover.
if mine > newest then c('SET', KEYS[1], ARGV[1]) end
local AT_ONCE = 2000
local function setAll(key, pairs)
  for i = 1, #pairs, AT_ONCE do c('HSET', key, unpack(pairs, i, math.min(i + AT_ONCE - 1, #pairs))) end
end
local instances, have, episodes, states = {}, {}, {}, {}
local first = 6 + 2 * tonumber(ARGV[5])
for i = first, #ARGV, 5 do instances[#instances + 1] = ARGV[i] end
for from = 1, #instances, AT_ONCE do
  local to = math.min(from + AT_ONCE - 1, #instances)
  for n, episode in ipairs(c('HMGET', KEYS[2], unpack(instances, from, to))) do
    have[instances[from + n - 1]] = tonumber(episode or '0')
  end
end
local added = 0
for i = first, #ARGV, 5 do
  local instance, episode, fired = ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 3] ~= ''
  if episode > have[instance] or (episode == have[instance] and not fired) then
    states[#states + 1] = instance
    states[#states + 1] = ARGV[i + 2]
    if fired then
      c('XADD', KEYS[5], '*', 'e', ARGV[i + 3])
      added = added + 1
      have[instance] = episode
      episodes[#episodes + 1] = instance
      episodes[#episodes + 1] = ARGV[i + 1]
    end
    if ARGV[i + 4] ~= '' then c('XADD', KEYS[5], '*', 'e', ARGV[i + 4]) end
  end
end
setAll(KEYS[3], states)
setAll(KEYS[2], episodes)
for i = 6, first - 1, 2 do
  if ARGV[i + 1] == '' then
    c('HDEL', KEYS[6], ARGV[i])
  else
    c('HSET', KEYS[6], ARGV[i], ARGV[i + 1])
    c('PEXPIRE', KEYS[6], ARGV[4])
  end
end
c('HSET', KEYS[4], ARGV[2], ARGV[3])
return added`);

/** Far longer than anything that was missed is still told of. */
const ARREARS_LIFE_MS = 3_600_000;
const NONE: ReadonlyMap<string, Buffer | undefined> = new Map();

const entrySchema = z.object({ chat: z.string(), notice: z.union([noticeSchema, amendmentSchema]) });

/** Commits in Redis. */
export function createCommits(store: Store): Commits {
  return {
    async commit(shard, epoch, symbol, cursor, transitions, arrears = NONE) {
      const names = [
        keys.epoch(shard),
        keys.episodes(shard),
        keys.instances(shard),
        keys.cursors(shard),
        keys.outbox(shard),
        keys.arrears(shard),
      ];
      const write = async (
        part: readonly Transition[],
        position: string,
        owed: ReadonlyMap<string, Buffer | undefined>,
      ): Promise<number> => {
        const args = part.flatMap(({ instance, state, fired, eased }) => [
          instance,
          state.episode,
          JSON.stringify(state),
          fired ? JSON.stringify(fired) : '',
          eased ? JSON.stringify(eased) : '',
        ]);
        const fields = [...owed].flatMap(([id, packed]) => [`${symbol}:${id}`, packed ?? '']);
        const head = [epoch, symbol, position, ARREARS_LIFE_MS, owed.size];
        return Number(await COMMIT.run(store, names, [...head, ...fields, ...args]));
      };
      const parts = partsOf(transitions, arrears.size > 0 ? MAX_WITH_ARREARS : MAX_TRANSITIONS);
      const last = parts.pop() ?? [];
      const before = parts.length > 0 ? cursorBefore(cursor) : cursor;
      let added = 0;
      // The last part says that the whole event is written: it goes only when all others have.
      for (let from = 0; from < parts.length; from += PARTS_AHEAD) {
        const ahead = parts.slice(from, from + PARTS_AHEAD);
        for (const result of await Promise.all(ahead.map((part) => write(part, before, NONE)))) {
          if (result < 0) return 'lost';
          added += result;
        }
      }
      const result = await write(last, cursor, arrears);
      return result < 0 ? 'lost' : added + result;
    },
    async arrears(shard, symbol) {
      const own = `${symbol}:`;
      const found = await store.hgetallBuffer(keys.arrears(shard));
      return new Map(
        Object.entries(found).flatMap(([field, packed]) =>
          field.startsWith(own) ? [[field.slice(own.length), packed]] : [],
        ),
      );
    },
    async outbox(shard, count) {
      const found: OutboxEntry[] = [];
      let from = '-';
      while (found.length < count) {
        const page = await store.xrange(keys.outbox(shard), from, '+', 'COUNT', count);
        // An entry of a form this version cannot read stays where it is and holds nobody up.
        const readable = page.flatMap(([streamId, [, text]]) => {
          const entry = readJson(entrySchema, text);
          return entry ? [{ streamId, shard, ...entry }] : [];
        });
        found.push(...(await dropRemoved(store, shard, readable)));
        const newest = page.at(-1);
        if (newest === undefined || page.length < count) break;
        from = `(${newest[0]}`;
      }
      return found.slice(0, count);
    },
    async relayed(shard, streamIds) {
      if (streamIds.length > 0) await store.xdel(keys.outbox(shard), ...streamIds);
    },
  };
}

function partsOf(transitions: readonly Transition[], most: number): (readonly Transition[])[] {
  const parts: (readonly Transition[])[] = [];
  for (let from = 0; from < transitions.length; from += most) {
    parts.push(transitions.slice(from, from + most));
  }
  return parts;
}

/** A person who has removed a rule must not hear from it again. */
async function dropRemoved(
  store: Store,
  shard: number,
  entries: readonly OutboxEntry[],
): Promise<OutboxEntry[]> {
  const rules = [...new Set(entries.flatMap(({ notice }) => ruleOf(notice) ?? []))];
  if (rules.length === 0) return [...entries];
  const marks = await store.mget(...rules.map((ruleId) => keys.removed(shard, ruleId)));
  const removed = new Set(rules.filter((_, index) => typeof marks[index] === 'string'));
  const [dropped, kept] = partition(entries, ({ notice }) => removed.has(ruleOf(notice) ?? ''));
  if (dropped.length > 0) {
    await store.xdel(keys.outbox(shard), ...dropped.map((entry) => entry.streamId));
  }
  return kept;
}

/** The rule whose bark this is, or an addition to it: event ids begin with it. */
function ruleOf(notice: Notice | Amendment): string | undefined {
  if (notice.type === 'amendment') return notice.of.split(':', 1)[0];
  return notice.type === 'alert' ? notice.rule.id : undefined;
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  const yes: T[] = [];
  const no: T[] = [];
  for (const item of items) (test(item) ? yes : no).push(item);
  return [yes, no];
}
