/** What is told unasked, and when it is not. */
export const telling = {
  alert: {
    volatility: (range: string) => `range ${range}`,
    buyers: (ratio: string) => `taker buys ${ratio} the sells`,
    sellers: (ratio: string) => `taker sells ${ratio} the buys`,
    funding: (rate: string) => `funding ${rate}`,
    liquidation: (notional: string) => `liquidations seen: ${notional}`,
    oi: (change: string) => `open interest ${change}`,
    sentiment: (value: string) => `AI sentiment ${value}`,
    listed: 'is listed',
    settling: 'is being settled',
    delisted: 'is delisted',
    above: (level: string) => `above ${level}`,
    below: (level: string) => `below ${level}`,
    now: (price: string) => `now ${price}`,
    volume: (ratio: string) => `volume ${ratio}× usual`,
    still: 'still beyond it since the last alert',
    suppressed: (count: number) =>
      count === 1 ? '1 crossing suppressed meanwhile' : `${count} crossings suppressed meanwhile`,
    late: (time: string) => `detected late (${time}), while a gap in the data was repaired`,
    waited: (span: string) => `late: it waited ${span} to be sent`,
    earlier: (count: number) =>
      count === 1 ? '1 earlier alert of this rule' : `${count} earlier alerts of this rule`,
    repeat: 'may be a repeat',
    rule: 'rule',
    ended: 'this rule has ended',
    endedHere: 'this rule has ended for this symbol',
    analyze: (base: string) => `Analyze ${base}`,
    chart: 'Chart',
    why: 'Why',
    ack: 'Seen',
    acked: 'Marked as seen.',
    somebody: 'somebody',
    quieter: 'Quieter',
    louder: 'Louder',
    quietest: 'It cannot be quieter.',
    loudest: 'It cannot be louder.',
    meToo: 'Me too',
    test: 'TEST: nothing has happened, this is what the alert looks like',
  },

  told: {
    since: (change: string, low: string, high: string) =>
      `since then ${change}, lowest ${low}, highest ${high}`,
    sinceShort: (change: string) => `since then ${change}`,
    normal: (clock: string) => `back to normal ${clock}`,
    seen: (by: string, clock: string) => `seen by ${by} ${clock}`,
    wide: (count: string) => `${count} symbols`,
    more: (count: string) => `+${count} more`,
    rest: (count: number) => (count === 1 ? '1 more alert this hour' : `${count} more alerts this hour`),
    limit: (messages: number) =>
      `After ${messages} messages with alerts in an hour the rest comes together here, without a sound. /settings changes the number.`,
  },

  feed: {
    degraded: (clock: string) =>
      `No market data since ${clock}. Alerts cannot fire until it is back; I will say when.`,
    recovered: (from: string, to: string) => `Market data is back. I was blind from ${from} to ${to}.`,
    back: 'Market data is back.',
  },

  ended: {
    expired: 'Alert ended: its time is over',
    delisted: 'Alert ended: the symbol is no longer traded',
  },

  digest: {
    title: (count: string, from: string, to: string) =>
      `${count} alerts could not be sent in time (${from} – ${to})`,
    row: (count: string, last: string) => `${count}×, last at ${last}`,
  },

  letter: {
    title: (from: string, to: string) => `Your rules this week, ${from} – ${to}`,
    barks: (count: number) => (count === 1 ? '1 bark in all' : `${count} barks in all`),
    useful: 'Useful: somebody acted on them',
    noisy: 'Noisy: much barking that moved nobody',
    others: 'Now and then',
    silent: 'Silent all week',
    row: (barks: string) => `barked ${barks}×`,
    withheld: (count: string) => `${count} of them withheld`,
    acted: (count: string) => `acted on ${count}×`,
    quieter: (threshold: string) => `try ${threshold}`,
    unnamed: (count: number) =>
      count === 1 ? '1 more rule is not named.' : `${count} more rules are not named.`,
    end: 'No letter any more: /settings',
  },

  mute: {
    choose: 'Mute the alerts of this chat for how long?',
    until: (moment: string) => `Alerts are muted until ${moment}.`,
    switchedOff: 'Alerts are switched off here, see /settings.',
    kindsOff: (kinds: string) => `Switched off here: ${kinds}. See /settings.`,
    sleeping: (to: string) => `Quiet hours until ${to}: only extremes are told.`,
    night: (from: string, to: string) => `Quiet hours ${from} – ${to}`,
    quietNight: 'Nothing was withheld in the quiet hours.',
    blind: (span: string) => `For ${span} of them there was no market data.`,
    digest: 'They are counted meanwhile and told in one message at the end.',
    on: 'Alerts are told again.',
    button: (span: string) => `Mute ${span}`,
    untilMorning: 'Until morning',
    unmute: 'Unmute',
    withheld: (count: number) => (count === 1 ? '1 alert was withheld' : `${count} alerts were withheld`),
    row: (count: string, last: string) => `${count}×, last at ${last}`,
  },

  sleep: {
    none: 'There are no quiet hours here.',
    set: (from: string, to: string, zone: string) => `Quiet hours from ${from} to ${to} (${zone}).`,
    extremes:
      'In them only extremes are told: price levels, and moves of twice their threshold. What was withheld comes in one message at the end.',
    ended: 'No quiet hours any more.',
    end: 'End them',
  },

  operator: {
    budget: (percent: string) => `${percent} of today’s AI budget is used.`,
    'gateway-auth': 'The AI gateway refuses the key. Check HOLYSHEEP_API_KEY.',
    'gateway-balance': 'The account at the AI gateway is empty. Top it up.',
    'gateway-over': (model: string) =>
      `The AI gateway counts more tokens for ${model} than it was allowed. It is charged as counted; check the gateway’s bill.`,
    'gateway-other': (asked: string, served: string) =>
      `Asked for ${asked}, the AI gateway answers with ${served}. It is charged at the price of ${asked}; /accuracy counts ${served} apart.`,
    'gateway-changed': (model: string, before: string, now: string) =>
      `For the same text the AI gateway counts ${now} tokens with ${model}, and always counted ${before}: the model behind the name, its version or the counting has changed. Watch /accuracy and the bill.`,
    'chat-paused': (chat: string, reason: string) =>
      `I cannot post in ${chat} any more and have paused it: ${reason}`,
    'chat-closed': (chat: string, why: string) => {
      if (why === 'deleted') return `${chat} is gone, so its alerts are paused.`;
      const end = 'Its alerts are paused and kept; they go on as soon as I can post there again.';
      if (why === 'removed') return `I was removed from ${chat}. ${end}`;
      if (why === 'rights') return `I am not allowed to post in ${chat} any more. ${end}`;
      return `I cannot post in ${chat} any more. ${end}`;
    },
    'ambiguous-delivery': (chat: string) =>
      `A message to ${chat} may have been delivered twice or not at all.`,
    'everybody-refused': (platform: string, reason: string) =>
      `${platform} refuses every chat: ${reason}. No chat is paused for it; what is to be told waits.`,
    approval: (chat: string) => `A new chat asks for approval: ${chat}`,
    approve: 'Approve',
    approved: (chat: string) => `Approved: ${chat}`,
  },
};

export type TellingWords = typeof telling;
