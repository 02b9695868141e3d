import type { ChangeShape } from '../alerts/presets.ts';
import type { Rule } from '../alerts/rule.ts';
import { ALL_SYMBOLS } from '../alerts/rule.ts';
import type { Clock } from '../kit/clock.ts';
import { addDays } from '../kit/local-time.ts';
import type { LetterNotice, LetterRow } from '../notice/notice.ts';
import { shownRule } from '../notice/shown-rule.ts';
import type { Chat } from '../store/chat-model.ts';
import type { ChatsRepository } from '../store/chats.ts';
import type { PostedLetters } from '../store/letters.ts';
import type { MarketRepository } from '../store/market.ts';
import type { Post } from '../store/post.ts';
import { type RuleUse, type RuleUseCounts, utcDay } from '../store/rule-use.ts';
import type { RulesRepository } from '../store/rules.ts';
import { type Letter, lastLetter } from './letter-time.ts';

/** Rules named of each sort. */
const NAMED = 5;
/** Barks a week from which a rule is noisy, unless people act on at least so many of them. */
const NOISY_BARKS = 10;
const ACTED_SHARE = 0.1;

export interface LetterDeps {
  chats: Pick<ChatsRepository, 'get'>;
  rules: Pick<RulesRepository, 'list'>;
  ruleUse: Pick<RuleUse, 'between'>;
  market: Pick<MarketRepository, 'universe'>;
  /** The threshold in % that would have fired about three times a day on a symbol's own candles; undefined where they cannot tell. */
  usualThreshold(
    symbol: string,
    shape: ChangeShape,
  ): Promise<{ threshold: number; perDay: number } | undefined>;
  posted: PostedLetters;
  post: Pick<Post, 'post'>;
  clock: Clock;
}

/** Posts the letter that is due in a chat, if one of its rules barked in the week. The same Sunday's is posted once. */
export async function tellLetter(uid: string, deps: LetterDeps): Promise<void> {
  const chat = await deps.chats.get(uid);
  if (!chat || chat.noLetter) return;
  const due = lastLetter(chat, deps.clock.now());
  if (!due || (await deps.posted.has(uid, due.sunday))) return;
  const letter = await composeLetter(chat, due, deps);
  if (!letter) return;
  await deps.post.post(uid, 'lo', [letter]);
  // Marked only when it is in the mailbox, which takes the same event once.
  await deps.posted.add(uid, due.sunday);
}

async function composeLetter(chat: Chat, due: Letter, deps: LetterDeps): Promise<LetterNotice | undefined> {
  const from = utcDay(due.before);
  const until = utcDay(due.at);
  const [rules, use, universe] = await Promise.all([
    deps.rules.list(chat.uid),
    deps.ruleUse.between(chat.uid, from, until),
    deps.market.universe(),
  ]);
  const rows = rules.map((rule) => ({ of: rule, row: rowOf(rule, use.get(rule.id) ?? {}) }));
  const barked = rows.filter(({ row }) => row.barks > 0);
  if (barked.length === 0) return undefined;

  const noisy = barked
    .filter(({ row }) => isNoisy(row))
    .toSorted((a, b) => b.row.barks - a.row.barks || a.row.acted - b.row.acted);
  const rest = barked.filter(({ row }) => !isNoisy(row)).map(({ row }) => row);
  const useful = rest
    .filter(({ acted }) => acted > 0)
    .toSorted((a, b) => b.acted - a.acted || a.barks - b.barks);
  const others = rest.filter(({ acted }) => acted === 0).toSorted((a, b) => b.barks - a.barks);
  const silent = rows
    .filter(({ of, row }) => row.barks === 0 && mightHaveBarked(of, due))
    .map(({ of }) => of)
    .toSorted((a, b) => a.createdAt - b.createdAt);
  return {
    type: 'letter',
    eventId: `letter:${chat.uid}:${due.sunday}`,
    from,
    to: addDays(until, -1),
    barks: barked.reduce((sum, { row }) => sum + row.barks, 0),
    useful: useful.slice(0, NAMED),
    noisy: await Promise.all(
      noisy.slice(0, NAMED).map(async ({ of, row }) => ({ ...row, quieter: await quieterThan(of, deps) })),
    ),
    others: others.slice(0, NAMED),
    silent: silent.slice(0, NAMED).map(shownRule),
    unnamed: [useful, noisy, others, silent].reduce(
      (sum, { length }) => sum + Math.max(0, length - NAMED),
      0,
    ),
    source: universe?.source ?? 'live',
  };
}

function rowOf(rule: Rule, use: RuleUseCounts): LetterRow {
  const { fired = 0, withheld = 0, ack = 0, analyze = 0, why = 0, meToo = 0, louder = 0 } = use;
  return {
    rule: shownRule(rule),
    barks: fired + withheld,
    withheld,
    acted: ack + analyze + why + meToo + louder,
  };
}

function isNoisy({ barks, acted }: LetterRow): boolean {
  return barks >= NOISY_BARKS && acted < barks * ACTED_SHARE;
}

/** A level or a listing is waited for as long as it takes, and a rule that was set in the week or paused had no fair chance. */
function mightHaveBarked({ mode, kind, paused, createdAt }: Rule, due: Letter): boolean {
  return mode === 'repeat' && kind !== 'price' && kind !== 'listing' && !paused && createdAt < due.before;
}

/** Only a threshold in % on one symbol can be counted on candles, and only a higher one makes a rule quieter. */
async function quieterThan(rule: Rule, { usualThreshold }: LetterDeps): Promise<LetterRow['quieter']> {
  const { kind, symbol, direction, window, cooldownMs, holdMs, unit, and } = rule;
  if ((kind !== 'volatility' && kind !== 'move') || symbol === ALL_SYMBOLS || unit || and) return undefined;
  const usual = await usualThreshold(symbol, { kind, direction, window, cooldownMs, holdMs });
  return usual && usual.threshold > rule.threshold ? usual : undefined;
}
