import { LOCALES, type Locale } from './chat-model.ts';
import { keys } from './keys.ts';
import { defineScript, type Store } from './redis.ts';

/** What is found when a question is about to be put: it goes along with another, or takes others along. */
export type Company =
  /** Another question that is under way brings the answer. */
  | { type: 'taken' }
  /** Questions about the same in other languages, which this one answers with its own. */
  | { type: 'lead'; others: readonly { locale: Locale; analysisId: string }[] };

/** Questions about the same symbol that wait at the same moment, one a language: they are put as one. */
export interface Asking {
  /** A question waits; of those in one language the first counts. */
  open(symbol: string, locale: Locale, analysisId: string): Promise<void>;
  /** It waits no more. */
  drop(symbol: string, locale: Locale, analysisId: string): Promise<void>;
  /** The question is put now; each question is either taken along once or put by itself. */
  take(symbol: string, analysisId: string): Promise<Company>;
}

/** Nobody waits for an answer for so long. */
const KEEP_MS = 60_000;

/** KEYS open, taken; ARGV analysis id, keep ms. Returns that it was taken along, or all that wait: language, id … */
const TAKE = defineScript(`
if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 1 then return {'taken'} end
local waiting = redis.call('HGETALL', KEYS[1])
redis.call('DEL', KEYS[1])
for i = 2, #waiting, 2 do
  if waiting[i] ~= ARGV[1] then redis.call('HSET', KEYS[2], waiting[i], ARGV[1]) end
end
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return waiting`);

/** KEYS open; ARGV language, analysis id. */
const DROP = defineScript(`
if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then redis.call('HDEL', KEYS[1], ARGV[1]) end
return 1`);

/** Over a store; throws what Redis threw. */
export function createAsking(store: Store): Asking {
  return {
    async open(symbol, locale, analysisId) {
      const key = keys.asking(symbol, 'open');
      await Promise.all([store.hsetnx(key, locale, analysisId), store.pexpire(key, KEEP_MS)]);
    },
    async drop(symbol, locale, analysisId) {
      await DROP.run(store, [keys.asking(symbol, 'open')], [locale, analysisId]);
    },
    async take(symbol, analysisId) {
      const pair = [keys.asking(symbol, 'open'), keys.asking(symbol, 'taken')];
      const reply = await TAKE.run(store, pair, [analysisId, KEEP_MS]);
      const flat = Array.isArray(reply) ? reply.map(String) : [];
      if (flat[0] === 'taken') return { type: 'taken' };
      const others = LOCALES.flatMap((locale) => {
        const at = flat.indexOf(locale);
        const waiting = at < 0 ? undefined : flat[at + 1];
        return waiting === undefined || waiting === analysisId ? [] : [{ locale, analysisId: waiting }];
      });
      return { type: 'lead', others };
    },
  };
}
