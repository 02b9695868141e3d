import { z } from 'zod';
import { ALL_SYMBOLS } from '../alerts/rule.ts';
import { longId } from '../kit/id.ts';
import { adoptRules } from './adopt-rules.ts';
import {
  type Address,
  type Chat,
  type ChatType,
  LOCALES,
  type Locale,
  PLATFORMS,
  SOUNDS,
} from './chat-model.ts';
import { keys } from './keys.ts';
import { defineScript, type Store } from './redis.ts';
import { createRefusals, type Refusals } from './refusals.ts';
import { removedRules } from './rule-ids.ts';
import { OWN_SOUNDS } from './sounds.ts';

/** What a new chat starts with. */
export interface ChatDefaults {
  type: ChatType;
  title: string;
  locale: Locale;
  timezone: string;
  approved: boolean;
}

/** What may change of a chat; its uid and address may not (see `move`), its tries are for `refusals`. */
export type ChatChange = Partial<Omit<Chat, 'uid' | 'address' | 'createdAt' | 'tryAt'>>;

/** Chats by uid and by address. */
export interface ChatsRepository {
  /** Pauses chats that refuse messages, and opens them again. */
  readonly refusals: Refusals;
  get(uid: string): Promise<Chat | undefined>;
  find(address: Address): Promise<Chat | undefined>;
  /** The chat at this address, made with these defaults when it is new; two callers at once get the same uid. */
  ensure(address: Address, defaults: ChatDefaults): Promise<Chat>;
  /**
   * Changes some fields (undefined clears one); undefined when there is no such chat. One that is paused or opened here is
   * not tried by messages any more.
   */
  update(uid: string, change: ChatChange): Promise<Chat | undefined>;
  /**
   * Follows a migration: the uid keeps everything, all threads of the old id move too; rules that were set at the new id
   * meanwhile come to it. Safe to repeat.
   */
  move(platform: string, oldChatId: string, newChatId: string): Promise<void>;
  list(): Promise<Chat[]>;
  /** The symbols that the chat's rules are about, each once. */
  ruleSymbols(uid: string): Promise<string[]>;
  /** Those of these rules (ids, of whichever chat) that a person removed within two days and did not bring back. */
  removedRules(ruleIds: readonly string[]): Promise<Set<string>>;
  /** True the first time an id is seen within 24 h: updates are delivered at least once. */
  firstSight(platform: string, updateId: string): Promise<boolean>;
  /** Counts one use of `scope` and returns how many there were in the running window, which its first use opened. */
  count(scope: string, windowMs: number): Promise<number>;
}

const SEEN_SECONDS = 86_400;

/** Fields of a chat that `refusals` writes. */
const TRIES = ['tries', 'tryAt'];

// Each script touches one key only, so that a cluster may keep chats anywhere; a crash between two of them is
// mended by the next call, because the address names the uid before the chat exists.

/** KEYS address hash; ARGV thread, candidate uid. Returns the uid that owns the address. */
const CLAIM = defineScript(`
redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2])
return redis.call('HGET', KEYS[1], ARGV[1])`);

/** KEYS chat hash; ARGV field, value … Writes the chat unless it exists; returns all its fields. */
const CREATE = defineScript(`
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('HSET', KEYS[1], unpack(ARGV)) end
return redis.call('HGETALL', KEYS[1])`);

/** KEYS chat hash; ARGV number of fields to clear, those, then field, value … Returns all fields, or none without such a chat. */
const CHANGE = defineScript(`
if redis.call('EXISTS', KEYS[1]) == 0 then return {} end
local cleared = tonumber(ARGV[1])
for i = 2, cleared + 1 do redis.call('HDEL', KEYS[1], ARGV[i]) end
for i = cleared + 2, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
return redis.call('HGETALL', KEYS[1])`);

/** KEYS counter; ARGV window in ms. Counts, and starts the window at the first use. */
const COUNT = defineScript(`
local n = redis.call('INCR', KEYS[1])
if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return n`);

const flag = z.enum(['0', '1']).transform((text) => text === '1');

/** JSON; a kind that only a newer version knows is left out. */
const ownSounds = z
  .string()
  .transform((text): unknown => JSON.parse(text))
  .pipe(z.record(z.string(), z.enum(SOUNDS)))
  .transform((sounds): Chat['sounds'] =>
    Object.fromEntries(Object.entries(sounds).filter(([kind]) => OWN_SOUNDS.some((each) => each === kind))),
  );

const storedChat = z
  .object({
    uid: z.string(),
    platform: z.enum(PLATFORMS),
    chatId: z.string(),
    threadId: z.string(),
    type: z.enum(['private', 'group', 'channel']),
    title: z.string(),
    locale: z.enum(LOCALES),
    timezone: z.string(),
    costAt: z.string().optional(),
    reportAt: z.string().optional(),
    mutedUntil: z.coerce.number().optional(),
    sleep: z.string().optional(),
    alertSound: z.enum(SOUNDS).optional(),
    reportSound: z.enum(SOUNDS).optional(),
    sounds: ownSounds.optional(),
    barksPerHour: z.coerce.number().optional(),
    tellNormal: flag.optional(),
    openRules: flag.optional(),
    publish: flag.optional(),
    pingRole: z.string().optional(),
    noLetter: flag.optional(),
    noNotes: flag.optional(),
    pausedReason: z.string().optional(),
    tryAt: z.coerce.number().optional(),
    approved: flag,
    createdAt: z.coerce.number(),
  })
  .transform(
    ({ platform, chatId, threadId, costAt, pausedReason, ...rest }): Chat => ({
      ...rest,
      address: { platform, chatId, threadId },
      costAt,
      pausedReason,
    }),
  );

/** Chats in Redis: a hash per chat, and a hash per platform chat that names the uid of each of its threads. */
export function createChatsRepository(store: Store): ChatsRepository {
  const get = async (uid: string) => parseChat(await store.hgetall(keys.chat(uid)));
  return {
    refusals: createRefusals(store),
    get,
    async find(address) {
      const uid = await store.hget(keys.address(address.platform, address.chatId), address.threadId);
      return uid === null ? undefined : await get(uid);
    },
    async ensure(address, defaults) {
      const { platform, chatId, threadId } = address;
      const uid = String(await CLAIM.run(store, [keys.address(platform, chatId)], [threadId, longId()]));
      const fields = {
        uid,
        platform,
        chatId,
        threadId,
        ...encode(defaults),
        createdAt: String(Date.now()),
      };
      const chat = parseChat(
        fromPairs(await CREATE.run(store, [keys.chat(uid)], Object.entries(fields).flat())),
      );
      if (!chat) throw new Error(`chat ${uid} cannot be read`);
      await store.sadd(keys.chats, uid);
      return chat;
    },
    async update(uid, change) {
      const cleared = Object.entries(change)
        .filter(([, value]) => value === undefined)
        .map(([field]) => field)
        .concat('pausedReason' in change ? TRIES : []);
      const args = [cleared.length, ...cleared, ...Object.entries(encode(change)).flat()];
      return parseChat(fromPairs(await CHANGE.run(store, [keys.chat(uid)], args)));
    },
    async move(platform, oldChatId, newChatId) {
      if (oldChatId === newChatId) return;
      const from = keys.address(platform, oldChatId);
      const to = keys.address(platform, newChatId);
      for (const [threadId, uid] of Object.entries(await store.hgetall(from))) {
        const there = await store.hget(to, threadId);
        // A chat made at the new address before the word of the migration came: the older one is the real one. It is asked
        // for its rules as long as it can be found, and again when nobody comes to it any more.
        const replaced = there !== null && there !== uid ? there : undefined;
        if (replaced !== undefined) await adoptRules(store, replaced, uid);
        await store.hset(to, threadId, uid);
        await CHANGE.run(store, [keys.chat(uid)], [0, 'chatId', newChatId]);
        if (replaced !== undefined) {
          await CHANGE.run(
            store,
            [keys.chat(replaced)],
            [TRIES.length, ...TRIES, 'pausedReason', 'replaced'],
          );
          await adoptRules(store, replaced, uid);
        }
      }
      await store.del(from);
    },
    async list() {
      const chats = await Promise.all((await store.smembers(keys.chats)).map(get));
      return chats.filter((chat) => chat !== undefined);
    },
    async ruleSymbols(uid) {
      return [...new Set(await store.hvals(keys.chatRules(uid)))].filter((symbol) => symbol !== ALL_SYMBOLS);
    },
    removedRules: (ruleIds) => removedRules(store, ruleIds),
    async firstSight(platform, updateId) {
      return (await store.set(keys.update(platform, updateId), '1', 'EX', SEEN_SECONDS, 'NX')) === 'OK';
    },
    async count(scope, windowMs) {
      return Number(await COUNT.run(store, [keys.rate(scope, windowMs)], [windowMs]));
    },
  };
}

function encode(fields: ChatChange): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [field, value] of Object.entries(fields)) {
    if (typeof value === 'boolean') out[field] = value ? '1' : '0';
    else if (typeof value === 'object') out[field] = JSON.stringify(value);
    else if (value !== undefined) out[field] = String(value);
  }
  return out;
}

function parseChat(fields: Record<string, string>): Chat | undefined {
  return Object.keys(fields).length === 0 ? undefined : storedChat.parse(fields);
}

function fromPairs(reply: unknown): Record<string, string> {
  const flat = z.array(z.string()).parse(reply);
  const out: Record<string, string> = {};
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const [field, value] = [flat[i], flat[i + 1]];
    if (field !== undefined && value !== undefined) out[field] = value;
  }
  return out;
}
