import type { WithheldNotice } from '../notice/notice.ts';
import type { Block, Button } from '../notice/text.ts';
import type { Chat } from '../store/chat-model.ts';
import { isMuted } from '../store/quiet.ts';
import { packAction } from './actions.ts';
import type { Formats } from './format.ts';
import type { Catalogue } from './locale/en.ts';
import { conditionWords, ruleTag, shortName } from './rule-words.ts';

const HOUR_MS = 3_600_000;

/** The two buttons under an alert: an hour, until morning. */
export function muteButtons(t: Catalogue, f: Formats): Button[] {
  return [
    { label: `🔕 ${t.mute.button(f.duration(HOUR_MS))}`, action: packAction('mute', '1h') },
    { label: `🌙 ${t.mute.untilMorning}`, action: packAction('mute', 'morning') },
  ];
}

/** What keeps a chat's alerts from being told at this time, as lines; empty: nothing. */
export function quietBlocks(chat: Chat, now: number, t: Catalogue, f: Formats): Block[] {
  const words =
    chat.alertSound === 'off'
      ? t.mute.switchedOff
      : chat.mutedUntil !== undefined && isMuted(chat, now)
        ? t.mute.until(f.dateTime(chat.mutedUntil))
        : undefined;
  return words === undefined ? [] : [{ type: 'text', line: [`🔕 ${words}`] }];
}

/** What was withheld, in one line and a line for each of the busiest rules. */
export function withheldBlocks({ count, rules }: WithheldNotice, t: Catalogue, f: Formats): Block[] {
  return [
    { type: 'title', line: [`🔔 ${t.mute.withheld(count)}`] },
    ...(rules.length === 0
      ? []
      : [
          {
            type: 'list',
            items: rules.map(({ rule, tickSize, count: times, last }) => [
              { code: ruleTag(rule.id) },
              ` ${shortName(rule.symbol)} ${conditionWords(rule, tickSize, t, f)} · `,
              t.mute.row(f.count(times), f.clock(last)),
            ]),
          } as const,
        ]),
  ];
}
