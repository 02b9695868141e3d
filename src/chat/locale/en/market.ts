/** What is said of the market. */
export const market = {
  price: {
    last: 'Last',
    mark: 'Mark',
    index: 'Index',
    funding: 'Funding',
    fundingIn: (rate: string, left: string) => `${rate} in ${left}`,
    moves: 'Moves',
    dayChange: '24 h change',
    dayRange: '24 h range',
    turnover: '24 h turnover',
    bidAsk: 'Bid / ask',
    volatility: 'Volatility',
    volatilityValue: (annual: string, window: string) => `${annual} a year (${window})`,
    range: 'Range',
    ratio: 'Buy/sell',
    openInterest: 'Open interest',
    tickStd20: 'Std of last 20 prices',
    buySell50: 'Buy/sell of last 50 trades',
    fewTrades: (seen: string, needed: string) => `warming (${seen} of ${needed} trades)`,
    age: 'Data age',
    warming: (windows: string) => `Still warming up: ${windows}. Their figures come when they are full.`,
    gap: (windows: string) => `A gap in the data lies within ${windows}.`,
    stale: (age: string) => `STALE: the newest data is ${age} old; the feed is not delivering.`,
    noFeed: 'STALE: no feed is running at the moment.',
    warmingUp: (symbol: string) =>
      `${symbol} is warming up: I have just begun to watch it. Ask again in a few seconds.`,
    refresh: 'Refresh',
  },

  movers: {
    title: (span: string) => `Movers: ${span}`,
    up: 'Strongest up',
    down: 'Strongest down',
    volatile: (span: string) => `Highest volatility (range of ${span})`,
    market: (count: string, turnover: string) => `${count} perpetuals · turnover of 24 h ${turnover}`,
    least: (turnover: string) => `Only those with a turnover of at least ${turnover} in 24 h`,
    warming: (span: string) =>
      `The moves of ${span} are warming: the feed has not watched that long. These are of 24 h.`,
    none: 'Nothing has moved.',
  },

  chart: {
    volume: 'Volume, USDT',
    alt: (symbol: string, interval: string) => `${symbol}, candles of ${interval}`,
    /** Across the picture. */
    source: { simulated: 'SIMULATED', replay: 'REPLAY' },
    none: (symbol: string) =>
      `There are no candles of ${symbol} yet: I have just begun to watch it. Ask again in a minute.`,
    since: (moment: string) => `History so far begins at ${moment}.`,
    failed: 'The picture could not be drawn. Try again in a moment.',
    refresh: 'Refresh',
    button: 'Chart',
  },

  report: {
    title: (day: string) => `Market report of ${day}`,
    fundingHigh: 'Highest funding (longs pay)',
    fundingLow: 'Lowest funding (shorts pay)',
    noView: 'No AI reading of BTC within the last four hours; ask with /analyze btc.',
    yesterday: 'Yesterday here',
    alerts: 'Alerts',
    cost: 'AI cost',
    calls: (count: string) => `${count} calls`,
    scheduled: (time: string, zone: string) => `The market report comes here every day at ${time} (${zone}).`,
    unscheduled: 'No daily market report any more.',
    daily: (time: string) => `Daily ${time}`,
    now: 'Show it now',
    end: 'End the daily report',
  },
};

export type MarketWords = typeof market;
