import { z } from 'zod';
import type { Addition } from '../notice/amendment.ts';
import type { Notice } from '../notice/notice.ts';
import { keys } from './keys.ts';
import { noticeSchema } from './notice-json.ts';
import { defineScript, type Store } from './redis.ts';

/** `barks`: as they came; `wide`: one market-wide move; `rest`: what came after the hour's messages were used up. */
export const TOLD_FORMS = ['barks', 'wide', 'rest'] as const;
export type ToldForm = (typeof TOLD_FORMS)[number];

/** Where a message carries its picture. */
export const PICTURED = ['in', 'apart', 'posting', 'below'] as const;
/**
 * `in` itself; `apart`: it cannot, a message below it is to carry it; `posting`: that is being sent, or perhaps was;
 * `below`: it was sent, or is left at what it is.
 */
export type Pictured = (typeof PICTURED)[number];

/** What a message of a chat tells by now. */
export interface Told {
  messageId: string;
  /** Grows with every change. */
  revision: number;
  form: ToldForm;
  /** When it was sent and when it was last told a bark, Redis' clock, Unix ms. */
  firstAt: number;
  lastAt: number;
  /** Of each rule and symbol the newest alert; in the order in which they came. */
  notices: readonly Notice[];
  additions: readonly Addition[];
  pictured: Pictured | undefined;
  /** It may be a repeat, and says so. */
  marked: boolean;
  /** The platform does not let it be changed (any more). */
  closed: boolean;
}

/** What becomes of a message's record; what is absent stays. */
export interface ToldChange {
  form?: ToldForm | undefined;
  notices?: readonly Notice[];
  additions?: readonly Addition[];
  pictured?: Pictured | undefined;
  marked?: boolean | undefined;
  closed?: boolean;
}

/** A message with barks of the last hour; times as in `Told`. */
export interface RecentMessage {
  messageId: string;
  form: ToldForm;
  at: number;
}

/** What was told in which message, for 48 h; so that messages can be changed later, by whichever courier. */
export interface ToldMessages {
  /** Changes the record of a message, or begins it; returns its revision before (0: it is new). Safe to repeat. */
  write(uid: string, messageId: string, change: ToldChange): Promise<number>;
  get(uid: string, messageId: string): Promise<Told | undefined>;
  /** Messages with barks of the last hour, the newest first, and Redis' clock. */
  recent(uid: string): Promise<{ now: number; messages: RecentMessage[] }>;
}

const KEPT_MS = 48 * 3_600_000;
const RECENT_MS = 3_600_000;

/** KEYS record, list; ARGV ms to live, name of a new one in the list ('' = none), are there new notices, then field, value … */
const WRITE = defineScript(`
local time = redis.call('TIME')
local now = string.format('%d', time[1] * 1000 + math.floor(time[2] / 1000))
redis.call('HSETNX', KEYS[1], 'firstAt', now)
if ARGV[3] == '1' then redis.call('HSET', KEYS[1], 'lastAt', now) end
if #ARGV > 3 then redis.call('HSET', KEYS[1], unpack(ARGV, 4)) end
local revision = redis.call('HINCRBY', KEYS[1], 'revision', 1)
redis.call('PEXPIRE', KEYS[1], ARGV[1])
if revision == 1 and ARGV[2] ~= '' then
  redis.call('ZADD', KEYS[2], 'NX', now, ARGV[2])
  redis.call('PEXPIRE', KEYS[2], ARGV[1])
end
return revision - 1`);

/** KEYS list; ARGV how far back, ms. Returns Redis' clock, then name, time … of the messages since, the newest first. */
const RECENT = defineScript(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[1])
return {string.format('%d', now), unpack(redis.call('ZREVRANGE', KEYS[1], 0, -1, 'WITHSCORES'))}`);

const head = z.object({
  revision: z.coerce.number(),
  form: z.enum(TOLD_FORMS).default('barks'),
  firstAt: z.coerce.number(),
  lastAt: z.coerce.number().optional(),
  pictured: z.enum(PICTURED).optional(),
  marked: z.literal('1').optional(),
  closed: z.literal('1').optional(),
});
const WHAT = ['picture', 'note', 'normal', 'since', 'ack'] as const satisfies readonly Addition['what'][];
const additionHead = z.looseObject({ of: z.string(), what: z.enum(WHAT) });
// Written by this program: what the record itself relies on is checked.
const addition = z.custom<Addition>((value) => additionHead.safeParse(value).success);
const datedNotice = z.tuple([z.number(), noticeSchema]);

/** The records of told messages over a store: a hash per message, under the chat's tag. */
export function createToldMessages(store: Store): ToldMessages {
  return {
    async write(uid, messageId, { notices = [], additions = [], ...rest }) {
      const at = Date.now();
      const fields = [
        ...Object.entries(rest).flatMap(([name, value]) =>
          value === undefined || value === false ? [] : [name, value === true ? '1' : value],
        ),
        ...notices.flatMap((notice, i) => [`n:${placeOf(notice)}`, JSON.stringify([at + i / 1e3, notice])]),
        ...additions.flatMap((each) => [`a:${each.what}:${each.of}`, JSON.stringify(each)]),
      ];
      const isBark = notices.some(({ type }) => type === 'alert');
      const name = isBark ? `${rest.form === 'rest' ? 'rest' : 'barks'}:${messageId}` : '';
      const args = [KEPT_MS, name, notices.length > 0 ? '1' : '0', ...fields];
      return Number(await WRITE.run(store, [keys.told(uid, messageId), keys.mailbox(uid, 'told')], args));
    },

    async get(uid, messageId) {
      const fields = await store.hgetall(keys.told(uid, messageId));
      const known = head.safeParse(fields);
      if (!known.success) return undefined;
      const { lastAt, marked, closed, pictured, ...figures } = known.data;
      const valuesOf = (prefix: string) =>
        Object.entries(fields).flatMap(([name, text]) => (name.startsWith(prefix) ? [parse(text)] : []));
      return {
        messageId,
        ...figures,
        lastAt: lastAt ?? figures.firstAt,
        notices: valuesOf('n:')
          .flatMap((value) => readable(datedNotice, value))
          .sort(([a], [b]) => a - b)
          .map(([, notice]) => notice),
        additions: valuesOf('a:').flatMap((value) => readable(addition, value)),
        pictured,
        marked: marked === '1',
        closed: closed === '1',
      };
    },

    async recent(uid) {
      const reply = await RECENT.run(store, [keys.mailbox(uid, 'told')], [RECENT_MS]);
      const [now = '0', ...flat] = z.array(z.string()).parse(reply);
      const messages: RecentMessage[] = [];
      for (let i = 0; i + 1 < flat.length; i += 2) {
        const name = flat[i] ?? '';
        const colon = name.indexOf(':');
        messages.push({
          messageId: name.slice(colon + 1),
          form: name.startsWith('rest:') ? 'rest' : 'barks',
          at: Number(flat[i + 1]),
        });
      }
      return { now: Number(now), messages };
    },
  };
}

/** Where a notice stands in its message: an alert takes the place of an older one of its rule. */
function placeOf(notice: Notice): string {
  return notice.type === 'alert' ? `${notice.rule.id}:${notice.firing.symbol}` : notice.eventId;
}

function readable<T>(schema: z.ZodType<T>, value: unknown): T[] {
  const read = schema.safeParse(value);
  return read.success ? [read.data] : [];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
