import { describe, expect, it } from 'vitest';
import { createChat } from '../../src/chat/chat.ts';
import { asker, freshAnalysis, type House, say, useHouse, words } from './support.ts';

let house: House;
useHouse((built) => {
  house = built;
});

const korean = asker({ language: 'ko' });

describe('/analyze', () => {
  it('tells the reading, its drivers with values of the brief, model, tokens and cost', async () => {
    const text = await words(house, asker(), '/analyze btc');
    expect(text).toContain('Sentiment: 72/100 bullish · Risk: medium · Horizon: 1 hr');
    expect(text).toContain('🤖 Buyers lead while funding stays calm');
    expect(text).toContain('• change 1 hr −0.17 % – ▲ bullish');
    expect(text).toContain('• funding 0.0085 % – ◆ neutral');
    expect(text).toContain('deepseek/deepseek-chat-v3-0324 · 612 + 88 tokens · $0.000121 · Read just now');
    expect(text).toContain('A machine’s opinion, not financial advice.');
    expect(text).toContain('Last: 67,450.2');
    expect(house.analyses).toEqual([
      expect.objectContaining({ symbol: 'BTCUSDT', locale: 'en', operator: false, trigger: 'interactive' }),
    ]);
  });

  it('is the same in Korean', async () => {
    const text = await words(house, korean, '/analyze 비트');
    expect(text).toContain('심리: 72/100 강세 · 위험: 보통 · 전망 구간: 1시간');
    expect(house.analyses[0]?.locale).toBe('ko');
  });

  it('says which model answered instead', async () => {
    house.analysis = freshAnalysis({ servedModel: 'other/model.shop' });
    expect(await words(house, asker(), '/analyze btc')).toContain(
      'Asked for deepseek/deepseek-chat-v3-0324, served by other/model. shop.',
    );
  });

  it.each([
    ['no-key', 'no HolySheep key'],
    ['budget-chat', 'this chat’s budget for today is used up'],
    ['timeout', 'did not answer in time'],
    ['gateway-balance', 'is empty'],
  ] as const)('gives the facts and the reason without a reading: %s', async (noReading, expected) => {
    house.analysis = freshAnalysis({ reading: undefined, noReading });
    const text = await words(house, asker(), '/analyze btc');
    expect(text).toContain(expected);
    expect(text).toContain('Mark: 67,448.9');
  });

  it('makes nothing of markup in what the model said: strings stay strings', async () => {
    const summary = '<b>@everyone</b> [x](http://evil)';
    house.analysis = freshAnalysis({ reading: { ...reading(), summary } });
    const reply = await say(house, asker(), '/analyze btc');
    expect(JSON.stringify(reply?.text)).toContain(JSON.stringify(summary));
  });

  it('stops asking the desk after so many readings in an hour, and still gives the facts', async () => {
    house.deps.quotas = { commandsPerMinute: 1000, analysesPerHour: 2 };
    house.chat = createChat(house.deps);
    await say(house, asker(), '/analyze btc');
    await say(house, asker(), '/analyze btc');
    const text = await words(house, asker(), '/analyze btc');
    expect(text).toContain('has asked for 2 readings within an hour');
    expect(text).toContain('Mark: 67,448.9');
    expect(house.analyses).toHaveLength(2);
  });
});

function reading() {
  const made = freshAnalysis().reading;
  if (!made) throw new Error('no reading');
  return made;
}
