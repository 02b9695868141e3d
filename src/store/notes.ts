import { z } from 'zod';
import type { Direction, RuleKind } from '../alerts/rule.ts';
import { longId } from '../kit/id.ts';
import type { Window } from '../market/brief.ts';
import { type AlertNote, NO_NOTES } from '../notice/amendment.ts';
import { LOCALES, type Locale } from './chat-model.ts';
import { keys } from './keys.ts';
import { defineScript, type Store } from './redis.ts';

/** What chats are told of; what differs only in chat, rule, threshold and some seconds is the same, since one note explains it. */
export interface NotedEvent {
  symbol: string;
  kind: RuleKind;
  direction: Direction;
  /** A move within five minutes and one within an hour have reasons of their own. */
  window: Window;
  /** Market time, Unix ms. */
  time: number;
}

/** A chat that was told of an event and waits for the note on it. */
export interface NoteReader {
  uid: string;
  /** Event id of the bark in this chat. */
  eventId: string;
  locale: Locale;
}

/** What is to be done for a reader: post the note that is there, have it made, only wait, or do without. */
export type Joined = { type: 'made'; note: AlertNote } | { type: 'lead' | 'wait' | 'none' };

/** Notes on events: those who were told of the same share one, whatever process told them. */
export interface Notes {
  /** Whether this chat may have a note made for this event now: for one a minute. Taking it is using it; it may be repeated. */
  turn(uid: string, eventId: string): Promise<boolean>;
  /** Whether the whole bot may make another call for notes now: so many a minute. Taking it is using it. */
  call(perMinute: number): Promise<boolean>;
  /** The group of those who share a note on this event: the same within a minute of its first one. */
  group(event: NotedEvent): Promise<string>;
  /**
   * Adds a reader, unless there is a note in his language; the first who finds none being made leads, for `flightMs`, if he
   * may have one made, and does without if not.
   */
  join(
    symbol: string,
    group: string,
    reader: NoteReader,
    mayLead: boolean,
    flightMs: number,
  ): Promise<Joined>;
  waiting(symbol: string, group: string): Promise<NoteReader[]>;
  /** Puts the notes down, so that who comes now finds them; a note that is none counts for half a minute only. */
  put(symbol: string, group: string, notes: Partial<Record<Locale, AlertNote>>): Promise<void>;
  /** These readers have their note. Returns whether others wait; if none does, the next may lead. */
  served(symbol: string, group: string, readers: readonly NoteReader[]): Promise<boolean>;
  /** He waits no more; false when he had his note. */
  leave(symbol: string, group: string, reader: NoteReader): Promise<boolean>;
}

const MINUTE_MS = 60_000;
/** A market-wide bark takes minutes to reach ten thousand chats. */
const KEEP_MS = 15 * MINUTE_MS;
/** What failed may work a little later. */
const NONE_MS = 30_000;

/** KEYS groups of the minute before, this, the next; ARGV time, new group, keep ms, how far apart (ms). */
const GROUP = defineScript(`
for i = 1, 3 do
  local found = redis.call('GET', KEYS[i])
  if found then
    local time, group = found:match('^(%d+) (.+)$')
    if math.abs(tonumber(time) - tonumber(ARGV[1])) <= tonumber(ARGV[4]) then return group end
  end
end
redis.call('SET', KEYS[2], ARGV[1] .. ' ' .. ARGV[2], 'PX', ARGV[3])
return ARGV[2]`);

/** KEYS calls; ARGV window ms. Returns how many there were in it. */
const COUNT = defineScript(`
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return count`);

/** KEYS made, readers, flight; ARGV language, reader, flight ms, keep ms, may he lead (1 or 0). Returns the note, or who is to make it. */
const JOIN = defineScript(`
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local made = redis.call('HGET', KEYS[1], ARGV[1])
if made then
  local until_, note = made:match('^(%d+) (.+)$')
  if tonumber(until_) > now then return {'made', note} end
end
if ARGV[5] == '0' and redis.call('EXISTS', KEYS[3]) == 0 then return {'none'} end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
if redis.call('SET', KEYS[3], '1', 'NX', 'PX', ARGV[3]) then return {'lead'} end
return {'wait'}`);

/** KEYS made; ARGV keep ms, then language, how long it counts (ms), note … */
const PUT = defineScript(`
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
for i = 2, #ARGV, 3 do
  redis.call('HSET', KEYS[1], ARGV[i], string.format('%d', now + ARGV[i + 1]) .. ' ' .. ARGV[i + 2])
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1`);

/** KEYS readers, flight; ARGV readers. Returns how many are left. */
const SERVED = defineScript(`
if #ARGV > 0 then redis.call('HDEL', KEYS[1], unpack(ARGV)) end
local left = redis.call('HLEN', KEYS[1])
if left == 0 then redis.call('DEL', KEYS[2]) end
return left`);

const alertNote = z.discriminatedUnion('state', [
  z.object({
    state: z.literal('made'),
    why: z.string(),
    unusual: z.array(z.object({ feature: z.string(), value: z.number() })),
    model: z.string(),
    madeAt: z.number(),
  }),
  z.object({ state: z.literal('none'), reason: z.enum(NO_NOTES) }),
]) satisfies z.ZodType<AlertNote>;

/** Notes over a store; its methods throw what Redis threw. */
export function createNotes(store: Store): Notes {
  const field = ({ uid, eventId }: NoteReader) => `${uid} ${eventId}`;
  return {
    async turn(uid, eventId) {
      const key = keys.rate(`note:${uid}`, MINUTE_MS);
      const isFirst = (await store.set(key, eventId, 'PX', MINUTE_MS, 'NX')) !== null;
      return isFirst || (await store.get(key)) === eventId;
    },

    async call(perMinute) {
      return Number(await COUNT.run(store, [keys.rate('note', MINUTE_MS)], [MINUTE_MS])) <= perMinute;
    },

    async group({ symbol, kind, direction, window, time }) {
      const minute = Math.floor(time / MINUTE_MS);
      const around = [minute - 1, minute, minute + 1];
      return String(
        await GROUP.run(
          store,
          around.map((each) => keys.noteGroup(symbol, `${kind}:${direction}:${window}:${each}`)),
          [time, longId(), KEEP_MS, MINUTE_MS],
        ),
      );
    },

    async join(symbol, group, reader, mayLead, flightMs) {
      const parts = (['made', 'readers', 'flight'] as const).map((part) => keys.note(symbol, group, part));
      const args = [reader.locale, field(reader), flightMs, KEEP_MS, mayLead ? 1 : 0];
      const reply = await JOIN.run(store, parts, args);
      const [type, note] = Array.isArray(reply) ? reply.map(String) : [];
      if (type === 'made') return { type, note: alertNote.parse(JSON.parse(note ?? '')) };
      return { type: type === 'lead' || type === 'none' ? type : 'wait' };
    },

    async waiting(symbol, group) {
      const found = await store.hgetall(keys.note(symbol, group, 'readers'));
      return Object.entries(found).flatMap(([name, language]) => {
        const [uid = '', eventId = ''] = name.split(' ', 2);
        const locale = LOCALES.find((each) => each === language);
        return locale ? [{ uid, eventId, locale }] : [];
      });
    },

    async put(symbol, group, notes) {
      const entries = LOCALES.flatMap((locale) => {
        const note = notes[locale];
        return note ? [locale, note.state === 'made' ? KEEP_MS : NONE_MS, JSON.stringify(note)] : [];
      });
      await PUT.run(store, [keys.note(symbol, group, 'made')], [KEEP_MS, ...entries]);
    },

    async served(symbol, group, readers) {
      const parts = [keys.note(symbol, group, 'readers'), keys.note(symbol, group, 'flight')];
      return Number(await SERVED.run(store, parts, readers.map(field))) > 0;
    },

    async leave(symbol, group, reader) {
      return (await store.hdel(keys.note(symbol, group, 'readers'), field(reader))) === 1;
    },
  };
}
