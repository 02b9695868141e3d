import { RULE_KINDS, type RuleKind } from '../alerts/rule.ts';
import type { WithheldNotice } from '../notice/notice.ts';
import type { Block, Button, Line } from '../notice/text.ts';
import type { Chat } from '../store/chat-model.ts';
import { isMuted, sleeps } from '../store/quiet.ts';
import { soundOf } from '../store/sounds.ts';
import { packAction } from './actions.ts';
import type { Formats } from './format.ts';
import type { Catalogue } from './locale/en.ts';
import { conditionWords, ruleTag, shortName } from './rule-words.ts';

const HOUR_MS = 3_600_000;

/** The two buttons under an alert: an hour, until morning. */
export function muteButtons(
  t: Catalogue,
  f: Formats,
  pack: (name: string, word: string) => string = packAction,
): [hour: Button, morning: Button] {
  return [
    { label: `🔕 ${t.mute.button(f.duration(HOUR_MS))}`, action: pack('mute', '1h') },
    { label: `🌙 ${t.mute.untilMorning}`, action: pack('mute', 'morning') },
  ];
}

/** What keeps a chat's alerts, or those of some kinds, from being told at this time, as lines; empty: nothing. */
export function quietBlocks(
  chat: Chat,
  now: number,
  t: Catalogue,
  f: Formats,
  about: readonly RuleKind[] = RULE_KINDS,
): Block[] {
  const isOff = (kind: RuleKind) => soundOf(chat, kind) === 'off';
  const off = about.filter(isOff);
  if (RULE_KINDS.every(isOff)) return [{ type: 'text', line: [`🔕 ${t.mute.switchedOff}`] }];
  const words =
    chat.mutedUntil !== undefined && isMuted(chat, now)
      ? t.mute.until(f.dateTime(chat.mutedUntil))
      : sleeps(chat, now)
        ? t.mute.sleeping(chat.sleep?.split('-')[1] ?? '')
        : undefined;
  const kinds = off.map((kind) => t.kinds[kind]).join(', ');
  return [...(words === undefined ? [] : [words]), ...(off.length === 0 ? [] : [t.mute.kindsOff(kinds)])].map(
    (line) => ({ type: 'text', line: [`🔕 ${line}`] }),
  );
}

/** What was withheld, in one line and a line for each of the busiest rules; of a night also how it was. */
export function withheldBlocks({ count, rules, night }: WithheldNotice, t: Catalogue, f: Formats): Block[] {
  const items = rules.map(({ rule, tickSize, count: times, last }): Line => {
    const condition = conditionWords(rule, tickSize, t, f);
    const often = t.mute.row(f.count(times), f.clock(last));
    return [{ code: ruleTag(rule.id) }, ` ${shortName(rule.symbol)} ${condition} · ${often}`];
  });
  const lines: Line[] = night
    ? [
        [count === 0 ? t.mute.quietNight : t.mute.withheld(count)],
        ...(night.blindMs > 0 ? [[`⚠️ ${t.mute.blind(f.span(Math.max(1_000, night.blindMs)))}`]] : []),
      ]
    : [];
  return [
    {
      type: 'title',
      line: night
        ? [`🌅 ${t.mute.night(f.clock(night.from), f.clock(night.to))}`]
        : [`🔔 ${t.mute.withheld(count)}`],
    },
    ...lines.map((line) => ({ type: 'text', line }) as const),
    ...(items.length === 0 ? [] : [{ type: 'list', items } as const]),
  ];
}
