import type { AlertNotice, Notice } from '../notice/notice.ts';
import type { Told } from '../store/told.ts';
import type { CourierLimits } from './limits.ts';

/** So many symbols in one message, and this share of those that the chat has rules on, are a move of the whole market. */
const WIDE = { least: 5, share: 0.3 } as const;

/**
 * Which way the price goes that an alert tells of, as far as alerts of several symbols may be one and the same move:
 * `move` and `volatility`. A level that a person set is a bark of its own, whatever else moves.
 */
export function sideOf({ rule, firing, from, to, test }: AlertNotice): 'up' | 'down' | undefined {
  if (test) return undefined;
  if (rule.kind === 'move') return firing.value < 0 || rule.direction === 'down' ? 'down' : 'up';
  if (rule.kind === 'volatility' && from) return from.price > to.price ? 'down' : 'up';
  return undefined;
}

/** The newest of these messages that an alert may join by a change without a sound; undefined: it barks by itself. */
export function messageToJoin(
  alert: AlertNotice,
  messages: readonly Told[],
  now: number,
  limits: Pick<CourierLimits, 'joinWithinMs' | 'joinAtMostMs'>,
): Told | undefined {
  return messages.find((message) => {
    // Told by it already, before a crash: once more changes nothing.
    if (message.notices.some(({ eventId }) => eventId === alert.eventId)) return !message.closed;
    const isOpen = !message.closed && message.form !== 'rest' && now - message.firstAt <= limits.joinAtMostMs;
    if (!isOpen) return false;
    return (
      isAftershock(alert, message) || (now - message.lastAt <= limits.joinWithinMs && belongs(alert, message))
    );
  });
}

/** What a rule of a market-wide move says further in its time, a rebound too, is that move's newest value. */
function isAftershock(alert: AlertNotice, { notices, form }: Told): boolean {
  return form === 'wide' && sideOf(alert) !== undefined && sameRule(alert, notices) !== undefined;
}

function belongs(alert: AlertNotice, { notices, form }: Told): boolean {
  const alerts = notices.filter((notice) => notice.type === 'alert');
  const side = sideOf(alert);
  const same = sameRule(alert, alerts);
  // The same rule once more is its newest value, unless it went the other way or is a level.
  if (same) return alert.rule.kind !== 'price' && !alert.test && sideOf(same) === side;
  if (side === undefined || alerts.length === 0) return false;
  // Of the whole market some may have turned already; and a second rule on a symbol is a figure.
  if (form === 'wide') return alerts.some((each) => sideOf(each) === side);
  // A second rule on a symbol is a step further, and worth its own bark.
  return alerts.every((each) => sideOf(each) === side && each.firing.symbol !== alert.firing.symbol);
}

/** The alert of the same rule, on the same symbol. */
function sameRule(alert: AlertNotice, notices: readonly Notice[]): AlertNotice | undefined {
  return notices
    .filter((notice) => notice.type === 'alert')
    .find(({ rule, firing }) => rule.id === alert.rule.id && firing.symbol === alert.firing.symbol);
}

/** Are these alerts, told in one message, one move of the whole market of a chat with rules on so many symbols? */
export function isWide(alerts: readonly AlertNotice[], chatSymbols: number): boolean {
  const [first] = alerts;
  const side = first && sideOf(first);
  return (
    side !== undefined &&
    alerts.every((alert) => sideOf(alert) === side) &&
    symbolsIn(alerts) >= Math.max(WIDE.least, Math.ceil(WIDE.share * chatSymbols))
  );
}

/** May these alerts be a move of the whole market, whatever the chat's rules are on? */
export function mayBeWide(alerts: readonly AlertNotice[]): boolean {
  return isWide(alerts, 0);
}

function symbolsIn(alerts: readonly AlertNotice[]): number {
  return new Set(alerts.map(({ firing }) => firing.symbol)).size;
}
