import { WINDOW_MS, type Window } from '../../market/brief.ts';
import type { AlertNotice, WithheldNotice } from '../../notice/notice.ts';
import type { ChartInterval, Picture } from '../../notice/picture.ts';
import { chartPicture } from '../chart-picture.ts';
import type { Formats } from '../format.ts';
import type { Catalogue } from '../locale/en.ts';

/** The finest candles of which 120 hold the whole window with what came before it. */
const INTERVALS: Readonly<Record<Window, ChartInterval>> = {
  '1m': '1m',
  '5m': '1m',
  '15m': '1m',
  '1h': '1m',
  '4h': '5m',
  '24h': '15m',
};

/** The chart of an alert: where it fired, the level that was crossed, and the window that the rule looked at. */
export function alertPicture(notice: AlertNotice, t: Catalogue, f: Formats): Picture {
  const { rule, firing, source, tickSize, from, to } = notice;
  const { symbol, time } = firing;
  const fell =
    rule.kind === 'price' ? rule.direction === 'down' : from ? from.price > to.price : firing.value < 0;
  const level = levelOf(notice);
  return {
    ...chartPicture({ symbol, interval: INTERVALS[rule.window], tickSize, source, at: time }, t, f),
    trigger: { time: to.time, price: to.price, direction: fell ? 'down' : 'up' },
    ...(rule.kind === 'price' ? {} : { window: { from: time - WINDOW_MS[rule.window], to: time } }),
    ...(level === undefined ? {} : { level }),
  };
}

/** Stands for the market where no rule names a symbol. */
const LEADER = 'BTCUSDT';

/**
 * The alert whose chart a message of several shows: the first that barked, and of a move of the whole market its leader's,
 * if that is among them. `alerts`: the newest first.
 */
export function alertToChart(
  alerts: readonly AlertNotice[],
  form: 'barks' | 'wide',
): AlertNotice | undefined {
  // Of a symbol that never traded there are no candles.
  const priced = alerts.filter(({ to }) => to.price > 0);
  const leader = form === 'wide' ? priced.find(({ firing }) => firing.symbol === LEADER) : undefined;
  return leader ?? priced.at(-1) ?? alerts.at(-1);
}

/** The chart of a night, with its quiet hours marked: of the symbol whose rule fired most, else of the market's leader. */
export function nightPicture(
  { rules, night, source }: WithheldNotice,
  knownTick: (symbol: string) => number,
  t: Catalogue,
  f: Formats,
): Picture | undefined {
  if (!night) return undefined;
  const [busiest] = rules;
  const symbol = busiest?.rule.symbol ?? LEADER;
  const tickSize = busiest?.tickSize ?? knownTick(symbol);
  const { from, to } = night;
  return {
    ...chartPicture({ symbol, interval: '5m', tickSize, source, at: to }, t, f),
    window: { from, to },
  };
}

/** The price at which the rule fires: its own, or so many % from the extreme that the move began at. */
function levelOf({ rule, firing, from, tickSize }: AlertNotice): number | undefined {
  if (rule.kind === 'price') return rule.threshold;
  if (rule.kind !== 'move' || rule.unit !== undefined || !from) return undefined;
  const sign = firing.value < 0 || rule.direction === 'down' ? -1 : 1;
  const level = from.price * (1 + (sign * rule.threshold) / 100);
  return Number((Math.round(level / tickSize) * tickSize).toPrecision(12));
}
