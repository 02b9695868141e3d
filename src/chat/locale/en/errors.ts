import type { ErrorArgs } from '../error-args.ts';

/** What a person is told who was misunderstood. */
export const errors = {
  error: {
    'symbol-unknown': (a: ErrorArgs) => `I do not know “${a.word}”. Nearest: ${a.nearest}.`,
    'symbol-second': (a: ErrorArgs) => `“${a.word}” is a second symbol: I take one at a time.`,
    'symbol-closed': (a: ErrorArgs) => `${a.word} is not traded at the moment.`,
    'feed-missing': () => 'The market feed is not there yet. Try again in a few seconds.',
    'admin-only': () => 'Only administrators of this chat may do that.',
    'channel-unknown': (a: ErrorArgs) =>
      `I cannot see “${a.word}”. Add me there as an administrator, and write its @name.`,
    'channel-not-admin': (a: ErrorArgs) => `You are not an administrator of “${a.word}”.`,
    'channel-missing': (a: ErrorArgs) => `I cannot post in “${a.word}”. Missing there: ${a.missing}.`,
    'rule-unknown': (a: ErrorArgs) => `There is no alert “${a.word}” here. See /alerts for the ids.`,
    'rule-limit': (a: ErrorArgs) =>
      `This chat has reached its limit: ${a.limit} alerts at most. Remove one first.`,
    'interval-unknown': (a: ErrorArgs) =>
      `“${a.word}” is not a candle interval. Possible: 1m, 5m, 15m, 1h, 4h and 1d.`,
    'hours-invalid': (a: ErrorArgs) => `“${a.word}” is not a span of hours. Write it as HH:MM-HH:MM.`,
    'language-unknown': (a: ErrorArgs) =>
      `“${a.word}” is not a language I speak. Possible: en, ko, zh and ja.`,
    'zone-unknown': (a: ErrorArgs) => `I know no time zone “${a.word}”. Nearest: ${a.nearest}.`,
    'sound-unknown': (a: ErrorArgs) => `“${a.word}” is not a sound setting. Possible: on, silent and off.`,
    'setting-unknown': (a: ErrorArgs) =>
      `There is no setting “${a.word}”. Possible: language, tz, alerts, reports, funding and each other kind, notes, letter, barks, rules and role.`,
    'period-unknown': (a: ErrorArgs) =>
      `“${a.word}” is neither a period nor a time of day. Periods: today, 7d, 30d.`,
    'time-invalid': (a: ErrorArgs) =>
      `“${a.word}” is not a time of day. Write it as HH:MM, from 00:00 to 23:59.`,
    word: (a: ErrorArgs) => `I do not understand “${a.word}” here.`,
    kind: (a: ErrorArgs) =>
      `“${a.word}” is not a kind of alert. Possible: volatility, move, price, volume, ratio, funding, oi, liquidation, sentiment and listing.`,
    'kind-on-all': (a: ErrorArgs) =>
      `“${a.word}” (${a.kind}) cannot be watched on all symbols at once. Possible: move, price, volatility, volume, funding, liquidation and listing.`,
    'sigma-kind': (a: ErrorArgs) =>
      `“${a.word}”: ${a.kind} is not measured in deviations (σ). Move and volatility are.`,
    'listing-bare': (a: ErrorArgs) =>
      `A listing has no threshold and no window: “${a.word}” has no place here.`,
    'and-missing': (a: ErrorArgs) =>
      `After “${a.word}” a second condition must follow, with its kind and threshold.`,
    'and-listing': (a: ErrorArgs) => `A listing (“${a.word}”) cannot be joined to another condition.`,
    threshold: (a: ErrorArgs) =>
      a.kind === undefined
        ? `“${a.word}” is not a threshold. Write 1%, +2%, -2%, or a price such as 70000.`
        : `“${a.word}” is not a threshold for ${a.kind}.`,
    'threshold-bounds': (a: ErrorArgs) =>
      `The threshold “${a.word}” is out of bounds: from ${a.min} to ${a.max}.`,
    window: (a: ErrorArgs) => `“${a.word}” is not a window. Possible: 1m, 5m, 15m, 1h, 4h and 24h.`,
    'window-short': (a: ErrorArgs) =>
      `“${a.word}” is too short for ${a.kind}: the exchange tells it only when asked. The shortest is ${a.min}.`,
    twice: (a: ErrorArgs) => `“${a.word}” repeats or contradicts what was said before it.`,
    option: (a: ErrorArgs) =>
      `“${a.word}” is not an option. Possible: once, repeat, cooldown, for, until and “and”.`,
    duration: (a: ErrorArgs) => `“${a.word}” is not a duration. Write it like 30s, 10m or 1h.`,
    'duration-bounds': (a: ErrorArgs) =>
      `The duration “${a.word}” is out of bounds: from ${a.min} to ${a.max}.`,
    date: (a: ErrorArgs) => `“${a.word}” is not a date. Write it as YYYY-MM-DD.`,
    'until-past': (a: ErrorArgs) => `“${a.word}” is over already.`,
    'kind-missing': () =>
      'Say what to watch: volatility, move, price, volume, ratio, funding, oi, liquidation, sentiment or listing.',
    'price-sign': (a: ErrorArgs) =>
      `“${a.word}”: a price has no sign. The alert comes when the price crosses it, from whichever side: write ${a.level}.`,
    'price-missing': () => 'A price alert needs a price.',
    'price-unknown': (a: ErrorArgs) => `The price of ${a.word} is not known yet. Try again in a few seconds.`,
    'price-too-near': (a: ErrorArgs) =>
      `“${a.word}” is too near the current price (${a.last}): it must be at least ${a.distance} away.`,
    channel: (a: ErrorArgs) => `“${a.word}” is not a channel. Write its @name.`,
    'choice-unknown': (a: ErrorArgs) => `I cannot take “${a.word}” here. Possible: ${a.choices}.`,
    'not-here': () => 'That setting does not exist in this kind of chat.',
    'role-everyone': () => 'I do not call everyone. Choose another role.',
  } satisfies Record<string, (args: ErrorArgs) => string>,
};

export type ErrorsWords = typeof errors;
