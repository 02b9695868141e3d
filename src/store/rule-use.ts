import type { Clock } from '../kit/clock.ts';
import { addDays, localDay } from '../kit/local-time.ts';
import { keys } from './keys.ts';
import { defineScript, type Store } from './redis.ts';

/** What happens to a rule that tells how useful and how noisy it is. */
export const RULE_USES = [
  /** Barks told of it, and those that a mute or quiet hours withheld. */
  'fired',
  'withheld',
  /** What somebody did about one of its barks. */
  'ack',
  'quieter',
  'louder',
  'mute',
  'why',
  'analyze',
  'meToo',
  'removed',
] as const;
export type RuleUseKind = (typeof RULE_USES)[number];

/** How often each happened; what never did is absent. */
export type RuleUseCounts = Readonly<Partial<Record<RuleUseKind, number>>>;

/** How the rules of a chat are used, counted by UTC day. Figures to rank by, not to bill by: a crash may lose or double one. */
export interface RuleUse {
  count(uid: string, ruleId: string, what: RuleUseKind, times?: number): Promise<void>;
  /** Sums of the days from `from` up to, not including, `to` (both YYYY-MM-DD), by rule; rules without any use are absent. */
  between(uid: string, from: string, to: string): Promise<ReadonlyMap<string, RuleUseCounts>>;
}

/** A letter reads the last week, and may be late by days. */
const KEPT_SECONDS = 35 * 86_400;
/** Fields of one day: more are not counted, however many rules are set and removed. */
const MOST_FIELDS = 5_000;

/** KEYS day; ARGV field, times, seconds to live, most fields. */
const COUNT = defineScript(`
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 or redis.call('HLEN', KEYS[1]) < tonumber(ARGV[4]) then
  redis.call('HINCRBY', KEYS[1], ARGV[1], ARGV[2])
  redis.call('EXPIRE', KEYS[1], ARGV[3])
end
return 1`);

/** Use of rules in one hash per chat and UTC day: `<ruleId>:<what>` → how often. */
export function createRuleUse(store: Store, clock: Clock): RuleUse {
  return {
    async count(uid, ruleId, what, times = 1) {
      const key = keys.ruleUse(uid, utcDay(clock.now()));
      await COUNT.run(store, [key], [`${ruleId}:${what}`, times, KEPT_SECONDS, MOST_FIELDS]);
    },
    async between(uid, from, to) {
      const sums = new Map<string, Partial<Record<RuleUseKind, number>>>();
      const days = await Promise.all(
        daysBetween(from, to).map((day) => store.hgetall(keys.ruleUse(uid, day))),
      );
      for (const [field, text] of days.flatMap((day) => Object.entries(day))) {
        const [ruleId = '', name] = field.split(':');
        const what = RULE_USES.find((one) => one === name);
        if (what === undefined) continue;
        const counts = sums.get(ruleId) ?? {};
        counts[what] = (counts[what] ?? 0) + Number(text);
        sums.set(ruleId, counts);
      }
      return sums;
    },
  };
}

/** The day by which uses are counted, YYYY-MM-DD. */
export function utcDay(time: number): string {
  return localDay(time, 'UTC');
}

function daysBetween(from: string, to: string): string[] {
  const days: string[] = [];
  for (let day = from; day < to; day = addDays(day, 1)) days.push(day);
  return days;
}
