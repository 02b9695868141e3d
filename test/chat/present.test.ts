import { describe, expect, it } from 'vitest';
import { presentNotices } from '../../src/chat/present/present.ts';
import type { AlertNotice, CostSummary, Notice } from '../../src/notice/notice.ts';
import { plainText } from '../../src/notice/text.ts';
import type { Chat, Locale } from '../../src/store/chat-model.ts';
import { storedChat } from '../support/stored-chat.ts';

const AT = Date.parse('2026-11-24T12:34:00Z');

function chat(locale: Locale = 'en', timezone = 'Asia/Seoul'): Chat {
  return storedChat({ locale, timezone });
}

/** A fall of 1.2 % within five minutes, as a rule on moves tells it. */
function fall(change: Partial<AlertNotice> = {}): AlertNotice {
  return {
    type: 'alert',
    eventId: 'a2b3c4:BTCUSDT.1',
    rule: {
      id: 'a2b3c4',
      symbol: 'BTCUSDT',
      kind: 'move',
      direction: 'either',
      threshold: 1,
      window: '5m',
      mode: 'repeat',
      cooldownMs: 300_000,
      preset: undefined,
    },
    firing: {
      eventId: 'a2b3c4:BTCUSDT.1',
      ruleId: 'a2b3c4',
      symbol: 'BTCUSDT',
      episode: 1,
      why: 'cross',
      time: AT,
      value: -1.2,
      suppressed: 0,
    },
    source: 'live',
    tickSize: 0.1,
    from: { price: 64_980, time: AT - 240_000 },
    to: { price: 64_200, time: AT },
    volumeRatio: 3.1,
    late: false,
    decidedAt: AT + 40,
    ...change,
  };
}

function present(notices: readonly Notice[], where: Chat = chat(), mayRepeat = false, operatorChat = false) {
  return presentNotices(notices, where, mayRepeat, operatorChat, () => 0.1);
}
const lines = (...args: Parameters<typeof present>) => plainText(present(...args).text).split('\n');

describe('an alert on another figure', () => {
  const of = (
    rule: Partial<AlertNotice['rule']>,
    value: number,
    locale: Locale = 'en',
    change: Partial<AlertNotice> = {},
  ): string => {
    const base = fall();
    const notice = fall({
      rule: { ...base.rule, ...rule },
      firing: { ...base.firing, value },
      from: undefined,
      ...change,
    });
    return (
      plainText(presentNotices([notice], chat(locale), false, false, () => 0.1).text).split('\n')[0] ?? ''
    );
  };
  it.each<[Partial<AlertNotice['rule']>, number, Locale, string]>([
    [{ kind: 'volume', direction: 'up' }, 5.23, 'en', '📊 BTC volume 5.2× usual · 5 min · now 64,200'],
    [{ kind: 'ratio' }, 3.2, 'en', '⚖️ BTC taker buys 3.2× the sells · 5 min · now 64,200'],
    [{ kind: 'ratio' }, -3.2, 'en', '⚖️ BTC taker sells 3.2× the buys · 5 min · now 64,200'],
    [{ kind: 'funding' }, -0.0612, 'en', '💸 BTC funding −0.0612 % · now 64,200'],
    [
      { kind: 'liquidation', direction: 'up' },
      1_234_000,
      'en',
      '💥 BTC liquidations seen: 1.23M USDT · 5 min · now 64,200',
    ],
    [{ kind: 'ratio' }, -3.2, 'ko', '⚖️ BTC 시장가 매도가 매수의 3.2× · 5분 · 지금 64,200'],
    [{ kind: 'funding' }, 0.05, 'zh', '💸 BTC 资金费率 +0.05 % · 现价 64,200'],
    [{ kind: 'volume', direction: 'up' }, 5, 'ja', '📊 BTC 出来高は通常の 5 倍 · 5 分 · 現在 64,200'],
  ])('says it in a line that reads alone: %j %d %s', (rule, value, locale, expected) => {
    expect(of(rule, value, locale)).toBe(expected);
  });
});

describe('an alert', () => {
  it('says in the first line what happened, then the volume, then the rule with its id and the local time', () => {
    expect(lines([fall()])).toEqual([
      '🔻 BTC −1.2 % · 4 min · 64,980 → 64,200',
      'volume 3.1× usual',
      'rule #a2b3c4 moves 1 % either way within 5 min · 21:34 KST',
    ]);
  });

  it.each([
    [
      'ko',
      [
        '🔻 BTC −1.2 % · 4분 · 64,980 → 64,200',
        '거래량 평소의 3.1배',
        '규칙 #a2b3c4 5분 안에 위아래로 1 % 움직이면 · 21:34 KST',
      ],
    ],
    [
      'zh',
      [
        '🔻 BTC −1.2 % · 4分钟 · 64,980 → 64,200',
        '成交量为平时的 3.1 倍',
        '规则 #a2b3c4 5分钟内涨跌 1 % · 21:34 KST',
      ],
    ],
    [
      'ja',
      [
        '🔻 BTC −1.2 % · 4 分 · 64,980 → 64,200',
        '出来高は通常の 3.1 倍',
        'ルール #a2b3c4 5 分以内に上下 1 % 動いたら · 21:34 KST',
      ],
    ],
  ] as const)('speaks %s', (locale, expected) => {
    expect(lines([fall()], chat(locale))).toEqual(expected);
  });

  it('tells a rise from a fall by sign and shape, not by colour', () => {
    const rise = fall({
      firing: { ...fall().firing, value: 2.345 },
      from: { price: 0.10201, time: AT - 59_000 },
      to: { price: 0.1044, time: AT },
      tickSize: 0.00001,
      volumeRatio: undefined,
    });
    expect(lines([rise])[0]).toBe('🔺 BTC +2.35 % · 59 sec · 0.10201 → 0.10440');
  });

  it('has its own first line for ranges and for prices', () => {
    const range = fall({
      rule: { ...fall().rule, kind: 'volatility', direction: 'up' },
      firing: { ...fall().firing, value: 1.31 },
    });
    expect(lines([range])[0]).toBe('↕️ BTC range 1.31 % · 5 min · 64,980 → 64,200');
    const level = fall({
      rule: { ...fall().rule, kind: 'price', direction: 'up', threshold: 70_000, mode: 'once' },
      firing: { ...fall().firing, value: 70_012.5 },
      from: undefined,
      to: { price: 70_012.5, time: AT },
      volumeRatio: undefined,
    });
    expect(lines([level])).toEqual([
      '🔺 BTC above 70,000 · now 70,012.5',
      'rule #a2b3c4 rises above 70,000 · 21:34 KST · this rule has ended',
    ]);
    const below = { ...level, rule: { ...level.rule, direction: 'down' as const } };
    expect(lines([below])[0]).toBe('🔻 BTC below 70,000 · now 70,012.5');
  });

  it('says when it still holds, what was suppressed, and that it is late', () => {
    const notice = fall({ firing: { ...fall().firing, why: 'still', suppressed: 2 }, late: true });
    expect(lines([notice])[1]).toBe(
      'volume 3.1× usual · still beyond it since the last alert · 2 crossings suppressed meanwhile · detected late (21:34 KST), while a gap in the data was repaired',
    );
  });

  it('carries the moment, so that a platform can show it in the reader’s own zone', () => {
    expect(present([fall()], chat('en', 'America/New_York')).text.at(-1)).toMatchObject({
      line: expect.arrayContaining([{ time: AT, text: '07:34 EST' }]),
    });
  });

  it.each([
    ['simulated', 'SIMULATED'],
    ['replay', 'REPLAY'],
  ] as const)('of a %s market says so', (source, label) => {
    expect(lines([fall({ source })]).at(-1)).toContain(label);
  });

  it('marks what may be a repeat', () => {
    expect(lines([fall()], chat(), true)).toContain('↻ may be a repeat');
    // Under a chart that is posted once more there is nothing else.
    expect(lines([], chat(), true)).toEqual(['↻ may be a repeat']);
  });

  it('can be seen to, asked about, muted, tuned and removed with one tap, in three rows', () => {
    const rows = present([fall()]).buttons.map((row) => row.map(({ label, action }) => `${label} ${action}`));
    expect(rows).toEqual([
      [
        '✓ Seen v1:ack:a2b3c4:BTCUSDT.1',
        'Analyze BTC v1:on:a2b3c4:analyze:BTCUSDT',
        'Why v1:on:a2b3c4:why:BTCUSDT',
      ],
      ['🔕 Mute 1 hr v1:on:a2b3c4:mute:1h', '🌙 Until morning v1:on:a2b3c4:mute:morning'],
      ['🔉 Quieter v1:on:a2b3c4:quieter', '🔊 Louder v1:on:a2b3c4:louder', '✕ Remove v1:on:a2b3c4:rm'],
    ]);
  });

  it('can be taken along by the members of a group; a rule that barks once has no volume', () => {
    const labels = (notice: AlertNotice, type: 'private' | 'group') =>
      present([notice], { ...chat(), type })
        .buttons.flat()
        .map(({ label }) => label);
    expect(labels(fall(), 'group')).toContain('➕ Me too');
    expect(labels(fall(), 'private')).not.toContain('➕ Me too');
    const once = fall({ rule: { ...fall().rule, mode: 'once' } });
    expect(labels(once, 'private')).not.toContain('🔉 Quieter');
  });
});

describe('several notices in one message', () => {
  it('tells the newest of each rule, the newest first, and how many it stands for', () => {
    const older = fall();
    const newer = fall({
      eventId: 'a2b3c4:BTCUSDT.3',
      firing: { ...fall().firing, episode: 3, time: AT + 1_000, value: -3 },
    });
    const other = fall({
      eventId: 'zzzzzz:ETHUSDT.1',
      rule: { ...fall().rule, id: 'zzzzzz', symbol: 'ETHUSDT' },
      firing: { ...fall().firing, ruleId: 'zzzzzz', symbol: 'ETHUSDT', time: AT + 5_000 },
      volumeRatio: undefined,
    });
    const presented = present([older, newer, other]);
    const said = plainText(presented.text).split('\n');
    expect(said.filter((line) => line.includes('→'))).toEqual([
      '🔻 ETH −1.2 % · 4 min · 64,980 → 64,200',
      '🔻 BTC −3 % · 4 min · 64,980 → 64,200',
    ]);
    expect(said).toContain('volume 3.1× usual · 1 earlier alert of this rule');
    expect(presented.buttons.flat().map(({ action }) => action)).toEqual([
      'v1:ack:zzzzzz:ETHUSDT.1',
      'v1:mute:1h',
      'v1:mute:morning',
    ]);
  });
});

describe('other notices', () => {
  const summary: CostSummary = {
    from: '2026-11-23',
    to: '2026-11-23',
    timezone: 'UTC',
    calls: 12,
    estimatedCalls: 1,
    failedCalls: 0,
    sharedAnalyses: 4,
    deniedByBudget: 2,
    promptTokens: 7_200,
    completionTokens: 960,
    costNano: 2_400_000,
    reservedNano: 0,
    budgetNano: 300_000_000,
    perModel: [
      { model: 'm/one', calls: 12, promptTokens: 7_200, completionTokens: 960, costNano: 2_400_000 },
    ],
  };

  it('a daily cost summary', () => {
    const notice: Notice = {
      type: 'cost',
      eventId: 'c',
      day: '2026-11-23',
      timezone: 'UTC',
      summary,
      source: 'live',
      late: true,
    };
    expect(lines([notice])).toEqual([
      'AI cost of 2026-11-23',
      'Spent: $0.0024 of $0.30',
      'Calls: 12',
      'Tokens in + out: 7,200 + 960',
      'Of these estimated: 1',
      'Shared readings: 4',
      'Denied by budget: 2',
      'Days in UTC',
      'Late: it could not be posted on time.',
    ]);
    expect(lines([notice], chat(), false, true)).toContain('m/one: 12 · $0.0024');
    expect(lines([notice], chat('ko'))[1]).toBe('사용: $0.0024 (한도 $0.30)');
  });

  it('the feed going blind and seeing again', () => {
    const blind: Notice = { type: 'feed', eventId: 'f', state: 'degraded', since: AT, until: undefined };
    expect(lines([blind])).toEqual([
      '⚠️ No market data since 21:34 KST. Alerts cannot fire until it is back; I will say when.',
    ]);
    const back: Notice = { type: 'feed', eventId: 'g', state: 'recovered', since: AT, until: AT + 600_000 };
    expect(lines([back])).toEqual(['✅ Market data is back. I was blind from 21:34 KST to 21:44 KST.']);
  });

  it('that the rule is on every symbol, where one of them fired and where it ended', () => {
    const rule = { ...fall().rule, all: true } as const;
    const bark = lines([fall({ rule })]);
    expect(bark[0]).toContain('BTC −1.2 %');
    expect(bark.at(-1)).toMatch(/^rule #a2b3c4 every symbol moves 1 % either way/);
    expect(lines([fall({ rule: { ...rule, mode: 'once' } })]).at(-1)).toMatch(/ended for this symbol$/);
    const whole = { ...fall().rule, symbol: 'all' };
    const ended: Notice = { type: 'rule-ended', eventId: 'r', rule: whole, reason: 'expired' };
    expect(lines([ended])[1]).toContain('#a2b3c4 every symbol moves');
  });

  it('a rule that ended by itself', () => {
    const ended: Notice = { type: 'rule-ended', eventId: 'r', rule: fall().rule, reason: 'delisted' };
    expect(lines([ended])).toEqual([
      '⏹ Alert ended: the symbol is no longer traded',
      'rule #a2b3c4 BTC moves 1 % either way within 5 min',
    ]);
  });

  it('words to the operators', () => {
    const paused: Notice = {
      type: 'operator',
      eventId: 'o',
      code: 'chat-paused',
      args: { chat: 'Traders\u202E', reason: 'kicked' },
    };
    expect(lines([paused])).toEqual(['🛠 I cannot post in Traders any more and have paused it: kicked']);
  });
});

describe('the buttons of an alert in a channel', () => {
  it('are what its readers may do, each for himself', () => {
    const { buttons } = present([fall()], { ...chat(), type: 'channel' });
    expect(buttons.flat().map(({ action }) => action)).toEqual([
      'v1:analyze:BTCUSDT',
      'v1:chart:BTCUSDT',
      'v1:open:BTCUSDT:m:5m:1%:',
    ]);
    expect(buttons.flat().at(-1)?.via).toBe('private');
  });
});

describe('the chart of an alert', () => {
  it('marks the level that was crossed, the window and the moment', () => {
    expect(present([fall()]).picture).toMatchObject({
      symbol: 'BTCUSDT',
      interval: '1m',
      timezone: 'Asia/Seoul',
      words: { zone: 'KST', source: '' },
      // 1 % below where the fall began, to the tick.
      level: 64_330.2,
      window: { from: AT - 300_000, to: AT },
      trigger: { time: AT, price: 64_200, direction: 'down' },
    });
  });

  it('of a price has that price and no window', () => {
    const rule = { ...fall().rule, kind: 'price', direction: 'up', threshold: 64_000 } as const;
    const { picture } = present([fall({ rule, from: undefined })]);
    expect(picture).toMatchObject({ level: 64_000, trigger: { direction: 'up' } });
    expect(picture).not.toHaveProperty('window');
  });

  it('has candles of which the whole window has room', () => {
    for (const [window, interval] of [
      ['15m', '1m'],
      ['1h', '1m'],
      ['4h', '5m'],
      ['24h', '15m'],
    ] as const) {
      expect(present([fall({ rule: { ...fall().rule, window } })]).picture).toMatchObject({ interval });
    }
  });

  /** A fall of another symbol, so many seconds after the first. */
  const fallOf = (symbol: string, seconds: number, change: Partial<AlertNotice> = {}) => {
    const { rule, firing } = fall();
    const id = symbol.toLowerCase().slice(0, 6);
    return fall({
      eventId: `${id}:${symbol}.1`,
      rule: { ...rule, id, symbol },
      firing: { ...firing, ruleId: id, symbol, time: AT + seconds * 1_000 },
      ...change,
    });
  };

  it('of several is that of the first, whatever order they come in; one that never traded has none to show', () => {
    const listed = fallOf('NEWUSDT', -60, { to: { price: 0, time: AT } });
    const several = [fallOf('ETHUSDT', 5), fallOf('SOLUSDT', 0), listed];
    expect(present(several).picture).toMatchObject({ type: 'chart', symbol: 'SOLUSDT' });
  });

  it('of a move of the whole market is that of Bitcoin, if it is part of it', () => {
    const telling = { form: 'wide' } as const;
    const pictureOf = (...symbols: string[]) =>
      presentNotices(
        symbols.map((symbol, i) => fallOf(symbol, i)),
        chat(),
        false,
        false,
        () => 0.1,
        telling,
      ).picture;
    expect(pictureOf('ETHUSDT', 'BTCUSDT', 'SOLUSDT')).toMatchObject({ symbol: 'BTCUSDT' });
    expect(pictureOf('ETHUSDT', 'SOLUSDT')).toMatchObject({ symbol: 'ETHUSDT' });
  });

  it('is not there where the rest of an hour is listed, nor with words about anything else', () => {
    expect(
      presentNotices([fall()], chat(), false, false, () => 0.1, { form: 'rest' }).picture,
    ).toBeUndefined();
    const word = { type: 'feed', eventId: 'f', state: 'degraded', since: AT, until: undefined } as const;
    expect(present([word]).picture).toBeUndefined();
  });
});
