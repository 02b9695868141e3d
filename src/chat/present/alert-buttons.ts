import { ALL_SYMBOLS } from '../../alerts/rule.ts';
import type { AlertNotice } from '../../notice/notice.ts';
import type { Button } from '../../notice/text.ts';
import type { ChatType } from '../../store/chat-model.ts';
import { packAction } from '../actions.ts';
import { openAction } from '../commands/subscribe-screens.ts';
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
      { label: t.alert.why, action: on('why', firing.symbol) },
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
      { label: `✕ ${t.edit.remove}`, action: on('rm') },
    ],
  ];
}

/** What the readers of a channel can do, who are not alone there: each of it goes on in private. */
export function readersButtons({ rule, firing }: AlertNotice, t: Catalogue): Button[][] {
  const base = shortName(firing.symbol);
  const own = ownRule(rule, rule.all ? ALL_SYMBOLS : firing.symbol);
  return [
    [
      { label: t.alert.analyze(base), action: packAction('analyze', firing.symbol) },
      { label: t.alert.chart, action: packAction('chart', firing.symbol) },
    ],
    own === '' ? [] : [{ label: `➕ ${t.alert.meToo}`, action: own, via: 'private' }],
  ];
}

/** Opens a rule like this one, prefilled; '' where a button cannot say all of it. */
function ownRule(
  { kind, direction, threshold, unit, window, and }: AlertNotice['rule'],
  symbol: string,
): string {
  return openAction({
    symbolText: symbol,
    kind,
    direction,
    threshold,
    unit,
    window,
    preset: undefined,
    and: and && { ...and, preset: undefined },
  });
}

/** Under a message that tells of several rules: seen, and peace. */
export function severalAlertsButtons(newest: AlertNotice, t: Catalogue, f: Formats): Button[][] {
  return [[ackButton(newest, t), ...muteButtons(t, f)]];
}

function ackButton({ eventId }: AlertNotice, t: Catalogue): Button {
  return { label: `✓ ${t.alert.ack}`, action: packAction('ack', eventId) };
}
