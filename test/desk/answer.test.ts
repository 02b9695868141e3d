import { describe, expect, it } from 'vitest';
import { answerSchema, judgeAnswer } from '../../src/desk/answer.ts';
import type { Languages } from '../../src/desk/wording.ts';
import type { Locale } from '../../src/store/chat-model.ts';

const FEATURES = ['change_5m', 'funding', 'buy_1h'];
const GOOD = {
  sentiment: 62,
  summary: 'Buyers lead',
  drivers: [{ feature: 'change_5m', effect: 'up' }],
  risk: 'medium',
  horizon: '1h',
  abstain: false,
};

function reading(change: object, locales: Languages = ['en']) {
  const judged = judgeAnswer(JSON.stringify({ ...GOOD, ...change }), FEATURES, locales);
  return judged.type === 'reading' ? { ...judged.reading, mended: judged.mended } : judged;
}
const spokenIn = (text: string): Locale =>
  /\p{Script=Hangul}/u.test(text) ? 'ko' : /\p{Script=Han}/u.test(text) ? 'zh' : 'en';
const summary = (text: string, locale: Locale = spokenIn(text)) => {
  const judged = reading({ summary: text }, [locale]);
  return 'summary' in judged ? judged.summary : judged.fault;
};

describe('what the model said', () => {
  it('is taken as it is when it is right', () => {
    expect(reading({})).toEqual({ ...GOOD, mended: [] });
    expect(reading({ sentiment: 0, abstain: true, more: 'fields' })).toMatchObject({
      sentiment: 0,
      abstain: true,
    });
  });

  it('may abstain without saying what drives what it does not see', () => {
    expect(reading({ abstain: true, drivers: [], summary: '' })).toMatchObject({
      abstain: true,
      drivers: [],
    });
  });

  it.each([
    ['fenced', `\`\`\`json\n${JSON.stringify(GOOD)}\n\`\`\``],
    ['with words around it', `Sure! ${JSON.stringify(GOOD)} Hope this helps {really}.`],
    ['after braces in prose', `Set {a, b}: ${JSON.stringify(GOOD)}`],
    ['with braces in its strings', JSON.stringify({ ...GOOD, note: '}"{' })],
  ])('is found %s', (_, content) => {
    expect(judgeAnswer(content, FEATURES, ['en'])).toMatchObject({
      type: 'reading',
      reading: { sentiment: 62 },
    });
  });

  it.each([
    ['', /no JSON object/],
    ['   \n ', /no JSON object/],
    ['neutral, 50', /no JSON object/],
    [JSON.stringify(GOOD).slice(0, -9), /no JSON object/],
    ['{"sentiment": 50}', /summary/],
    [JSON.stringify([GOOD]).replace('[', '').replace('62', '101'), /sentiment/],
    [JSON.stringify({ ...GOOD, sentiment: 62.5 }), /sentiment/],
    [JSON.stringify({ ...GOOD, sentiment: '62' }), /sentiment/],
    [JSON.stringify({ ...GOOD, risk: 'huge' }), /risk/],
    [JSON.stringify({ ...GOOD, drivers: [] }), /drivers/],
    [JSON.stringify({ ...GOOD, drivers: [{ feature: 'moon_phase', effect: 'up' }] }), /drivers/],
    [JSON.stringify({ ...GOOD, summary: '**@everyone** https://a.b' }), /summary/],
  ])('is refused, never taken for neutral: %j', (content, fault) => {
    const judged = judgeAnswer(content, FEATURES, ['en']);
    expect(judged.type).toBe('invalid');
    expect(judged.type === 'invalid' && judged.fault).toMatch(fault);
  });

  it('loses drivers that were not among the figures', () => {
    const drivers = [
      { feature: 'moon_phase', effect: 'up' },
      { feature: 'funding', effect: 'down' },
    ];
    expect(reading({ drivers })).toMatchObject({ drivers: [drivers[1]], mended: ['drivers'] });
  });

  it('is cut at 50 graphemes, not inside one', () => {
    expect([...new Intl.Segmenter().segment(summary(`Up ${'👨‍👩‍👧‍👦'.repeat(60)}`))]).toHaveLength(50);
    expect(summary('가'.repeat(60))).toBe(`${'가'.repeat(49)}…`);
    expect(summary('가'.repeat(50))).toBe('가'.repeat(50));
    expect(reading({ summary: 'x'.repeat(51) })).toMatchObject({ mended: ['cut'] });
  });

  it.each([
    ['<b>Up</b> & <script>alert()</script>calm', 'Up & alert() calm'],
    ['**Bulls** _lead_ `here` ||secret||', 'Bulls lead here secret'],
    ['[Buyers](https://evil.example/x) lead', 'Buyers lead'],
    ['Go to https://evil.example/x now', 'Go to now'],
    ['See t.me/scam or evil.com/x', 'See or'],
    ['See bit.ly/abc or evil.shop now', 'See bit. ly or evil. shop now'],
    ['Join пример.рф via a@evil.finance', 'Join пример. рф via a. finance'],
    ['Go to evil .shop or evil.5shop', 'Go to evil. shop or evil. shop'],
    ['Watch $BTC', 'Watch BTC'],
    ['@everyone wake up', 'wake up'],
    ['<@123456> and <@&9> wake', 'and wake'],
    ['Ask @admin #channel', 'Ask'],
    ['line one\nline\u2028two\u0000', 'line one line two'],
    ['abc\u202Edesrever\u200B\u2066x', 'abc desrever x'],
    ['가격\uFEFF 상승', '가격 상승'],
  ])('comes out plain: %j', (text, plain) => {
    expect(summary(text)).toBe(plain);
  });

  it.each([
    ['Price near 67,450.2 with calm', 'Price near with calm'],
    ['Funding 0.0018% is low', 'Funding is low'],
    ['Up +2.5% on 15m', 'Up on 15m'],
    ['24h range is wide', '24h range is wide'],
    ['15분 변동성 확대', '15분 변동성 확대'],
    ['목표가 7만 돌파', '목표가 돌파'],
    ['成交量3.5亿，偏多', '成交量，偏多'],
    ['$70k is next', 'is next'],
    ['Target ٧٠٠٠٠ soon', 'Target soon'],
    ['USD67450 or 1million', 'USD or million'],
    ['지난 24시간 상승', '지난 24시간 상승'],
  ])('states no figures of the market: %j', (text, plain) => {
    expect(summary(text)).toBe(plain);
  });

  it('keeps its probabilities, and is a reading still when they are none', () => {
    const pUp = { m15: 0.5, h1: 0.61, h4: 1 };
    expect(reading({ p_up: pUp })).toEqual({ ...GOOD, pUp, mended: [] });
    for (const bad of [{ m15: 50, h1: 61, h4: 70 }, { h1: 0.6 }, 'up', null])
      expect(reading({ p_up: bad })).toEqual({ ...GOOD, mended: [] });
  });

  it.each([
    [{ sentiment: 70 }, 0.4, true],
    [{ sentiment: 30 }, 0.6, true],
    [{ sentiment: 70 }, 0.5, false],
    [{ sentiment: 58 }, 0.4, false],
    [{ sentiment: 30 }, 0.4, false],
    [{ sentiment: 70, abstain: true }, 0.4, false],
  ])('is marked when it contradicts itself: %j with %d', (change, h1, conflict) => {
    const judged = reading({ ...change, p_up: { m15: 0.5, h1, h4: 0.5 } });
    expect('mended' in judged && judged.mended.includes('conflict')).toBe(conflict);
  });

  it('is read in every language that was asked for, and in no other', () => {
    const summaries = { en: 'Buyers lead', ko: '**매수세** 우세 3.5%', ja: '買いが優勢', zh: '買いが優勢' };
    const judged = judgeAnswer(
      JSON.stringify({ ...GOOD, summary: { ...summaries, fr: 'Les acheteurs' } }),
      FEATURES,
      ['ko', 'en', 'ja', 'zh'],
    );
    expect(judged).toMatchObject({
      reading: { summary: '매수세 우세' },
      // What claims to be Chinese and is Japanese is left out.
      summaries: { en: 'Buyers lead', ko: '매수세 우세', ja: '買いが優勢' },
      mended: ['digits'],
    });
    expect(judged.type === 'reading' && judged.summaries.zh).toBeUndefined();
  });

  it.each([
    ['ko', 'Buyers lead'],
    ['en', '매수세가 우세'],
    ['zh', 'Buyers lead'],
    ['ja', '매수세가 우세'],
  ] as const)('is refused when it should be in %s and is not: %s', (locale, text) => {
    expect(summary(text, locale)).toMatch(/summary/);
  });

  it('asks by schema for each language that is wanted', () => {
    expect(JSON.stringify(answerSchema(FEATURES, ['ko', 'en']))).toContain('"required":["ko","en"]');
  });

  it('asks by schema for the features that have a value', () => {
    const schema = JSON.stringify(answerSchema(FEATURES, ['en']));
    expect(schema).toContain('"enum":["change_5m","funding","buy_1h"]');
    expect(schema).toContain('"additionalProperties":false');
    expect(schema).toMatch(/"required":\[[^\]]*"p_up"/);
    expect(schema).not.toContain('$schema');
  });
});
