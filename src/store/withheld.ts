import { z } from 'zod';
import type { AlertNotice } from '../notice/notice.ts';
import { keys } from './keys.ts';
import { defineScript, type Store } from './redis.ts';

/** What is remembered of an alert that was not sent because the chat wanted peace. */
export type WithheldAlert = Pick<AlertNotice, 'eventId' | 'rule' | 'tickSize'> & {
  /** Market time of the firing, Unix ms, and the value that fired it. */
  time: number;
  value: number;
};

/** Alerts withheld from chats, until they are told in one digest. */
export interface Withheld {
  /** Remembers alerts; those known already count once. */
  add(uid: string, alerts: readonly AlertNotice[]): Promise<void>;
  /** All that is remembered, the oldest firing first; `count` counts also those that were too many to be kept. */
  read(uid: string): Promise<{ count: number; alerts: WithheldAlert[]; ids: string[] }>;
  /** Forgets what `read` returned; what came since stays. */
  forget(uid: string, read: { count: number; ids: readonly string[] }): Promise<void>;
}

/** Alerts kept for one chat; further ones are only counted. */
const MOST = 500;
/** A chat that nobody unmutes forgets in the end. */
const KEPT_MS = 40 * 86_400_000;
/** Field of the count of those not kept; an event id is never empty. */
const BEYOND = '';

/** KEYS withheld; ARGV most, ms to live, then event id, alert … A counted one may count twice when a script is repeated. */
const ADD = defineScript(`
for i = 3, #ARGV, 2 do
  if redis.call('HEXISTS', KEYS[1], ARGV[i]) == 0 then
    if redis.call('HLEN', KEYS[1]) < tonumber(ARGV[1]) then
      redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
    else
      redis.call('HINCRBY', KEYS[1], '', 1)
    end
  end
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1`);

const kept = z.custom<WithheldAlert>((value) => envelope.safeParse(value).success);
// Written by this program alone: what a digest counts and sorts by is checked.
const envelope = z.looseObject({
  eventId: z.string().min(1),
  rule: z.looseObject({ id: z.string(), symbol: z.string() }),
  tickSize: z.number(),
  time: z.number(),
  value: z.number(),
});

/** Withheld alerts in one hash per chat. */
export function createWithheld(store: Store): Withheld {
  return {
    async add(uid, alerts) {
      if (alerts.length === 0) return;
      const entries = alerts.flatMap(({ eventId, rule, tickSize, firing }) => {
        const alert: WithheldAlert = { eventId, rule, tickSize, time: firing.time, value: firing.value };
        return [eventId, JSON.stringify(alert)];
      });
      await ADD.run(store, [keys.withheld(uid)], [MOST, KEPT_MS, ...entries]);
    },
    async read(uid) {
      const { [BEYOND]: beyond = '0', ...entries } = await store.hgetall(keys.withheld(uid));
      const alerts = Object.values(entries).flatMap((text) => {
        const parsed = kept.safeParse(JSON.parse(text));
        return parsed.success ? [parsed.data] : [];
      });
      const ids = Object.keys(entries);
      return {
        count: ids.length + Number(beyond),
        alerts: alerts.sort((a, b) => a.time - b.time),
        ids,
      };
    },
    async forget(uid, { count, ids }) {
      const beyond = count - ids.length;
      if (ids.length > 0) await store.hdel(keys.withheld(uid), ...ids);
      if (beyond > 0) await store.hincrby(keys.withheld(uid), BEYOND, -beyond);
    },
  };
}
