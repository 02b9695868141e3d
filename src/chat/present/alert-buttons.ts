import type { AlertNotice } from '../../notice/notice.ts';
import type { Button } from '../../notice/text.ts';
import type { ChatType } from '../../store/chat-model.ts';
import { packAction } from '../actions.ts';
import type { Formats } from '../format.ts';
import type { Catalogue } from '../locale/en.ts';
import { muteButtons } from '../quiet.ts';
import { hasThreshold } from '../rule-change.ts';
import { shortName } from '../rule-words.ts';

/** What can be done about a bark with one tap: three rows at most, as a phone has room for. */
export function alertButtons(notice: AlertNotice, chat: ChatType, t: Catalogue, f: Formats): Button[][] {
  const { rule, firing } = notice;
  const on = (...args: string[]) => packAction('on', rule.id, ...args);
  const [hour, morning] = muteButtons(t, f, on);
  const tunes = hasThreshold(rule) && rule.kind !== 'price' && rule.mode === 'repeat';
  return [
    [
      ackButton(notice, t),
      { label: t.alert.analyze(shortName(firing.symbol)), action: on('analyze', firing.symbol) },
      { label: t.alert.why, action: on('why') },
    ],
    [
      hour,
      morning,
      // Alone with the bot there is nobody else to take it.
      ...(chat === 'private' ? [] : [{ label: `➕ ${t.alert.meToo}`, action: on('too') }]),
    ],
    [
      ...(tunes
        ? [
            { label: `🔉 ${t.alert.quieter}`, action: on('quieter') },
            { label: `🔊 ${t.alert.louder}`, action: on('louder') },
          ]
        : []),
      { label: `✕ ${t.alert.removeRule}`, action: on('rm') },
    ],
  ];
}

/** Under a message that tells of several rules: seen, and peace. */
export function severalAlertsButtons(newest: AlertNotice, t: Catalogue, f: Formats): Button[][] {
  return [[ackButton(newest, t), ...muteButtons(t, f)]];
}

function ackButton({ eventId }: AlertNotice, t: Catalogue): Button {
  return { label: `✓ ${t.alert.ack}`, action: packAction('ack', eventId) };
}
