import { describe, expect, it } from 'vitest';
import { createChat } from '../../src/chat/chat.ts';
import { OperationalError } from '../../src/kit/errors.ts';
import type { DrawnPicture } from '../../src/notice/picture.ts';
import { drawnPicture, stubPictures } from '../support/pictures.ts';
import { actionOf, asker, type House, NOW, say, useHouse, words } from './support.ts';

let house: House;
let outcome: () => Promise<DrawnPicture | undefined>;
let pictures: ReturnType<typeof stubPictures>;
useHouse((built) => {
  house = built;
  outcome = async () => drawnPicture();
  pictures = stubPictures(() => outcome());
  house.chat = createChat({ ...house.deps, pictures });
});

describe('/chart', () => {
  it('understands an interval in every language, before or after the symbol, and takes 15 minutes without one', async () => {
    for (const [line, interval] of [
      ['/chart btc', '15m'],
      ['/chart btc 1h', '1h'],
      ['/chart 4H btc', '4h'],
      ['/chart 비트 5분', '5m'],
      ['/chart 비트 15분봉', '15m'],
      ['/chart 비트 1시간봉', '1h'],
      ['/chart 비트 일봉', '1d'],
      ['/chart 比特币 1小时', '1h'],
      ['/chart 比特币 日线', '1d'],
      ['/chart ビットコイン 4時間足', '4h'],
      ['/chart ビットコイン 日足', '1d'],
      ['/chart btc 24h', '1d'],
    ] as const) {
      const reply = await say(house, asker(), line);
      expect(reply?.picture, line).toMatchObject({ symbol: 'BTCUSDT', interval });
    }
    const call = { name: 'chart', words: [], options: { symbol: 'eth', interval: '1m' } };
    expect((await house.chat.command(asker(), call))?.picture).toMatchObject({
      symbol: 'ETHUSDT',
      interval: '1m',
    });
  });

  it('takes a coin that begins with a number for a coin', async () => {
    expect((await say(house, asker(), '/chart 1000pepe 5m'))?.picture).toMatchObject({
      symbol: '1000PEPEUSDT',
      interval: '5m',
    });
  });

  it('names the wrong interval and the right ones', async () => {
    for (const line of ['/chart btc 3m', '/chart btc 2h']) {
      const said = await words(house, asker(), line);
      expect(said).toContain(line.slice(-2));
      expect(said).toContain('/chart BTC 15m');
    }
    expect(pictures.asked).toEqual([]);
  });

  it('offers symbols when none is named', async () => {
    const reply = await say(house, asker(), '/chart');
    expect(reply?.picture).toBeUndefined();
    const pressed = await house.chat.press(asker(), actionOf(reply, 'BTC'));
    expect(pressed?.picture).toMatchObject({ symbol: 'BTCUSDT' });
    expect(pressed?.replace).toBe(true);
  });

  it('has the chat’s language, figures and zone in the picture', async () => {
    const reply = await say(house, asker({ language: 'ko' }), '/chart btc 5m');
    expect(reply?.picture).toMatchObject({
      language: 'ko-KR',
      timezone: 'UTC',
      tickSize: 0.1,
      source: 'live',
      words: { title: 'BTCUSDT · 5분', volume: '거래량, USDT', zone: 'UTC', source: '' },
    });
    expect(reply?.picture?.alt).toContain('BTCUSDT');
  });

  it('says across the picture that the market is simulated', async () => {
    await house.writeHealth({ source: 'simulated' });
    house.clock.advanceBy(5_000);
    await house.writeHealth({ source: 'simulated' });
    await house.writeBrief({ source: 'simulated' });
    await say(house, asker(), '/status');
    const reply = await say(house, asker(), '/chart btc');
    expect(reply?.picture).toMatchObject({ source: 'simulated', words: { source: 'SIMULATED' } });
  });

  it('says since when there is history, when that is short', async () => {
    outcome = async () => drawnPicture({ candles: 25, from: NOW - 24 * 3_600_000 });
    expect(await words(house, asker(), '/chart btc 1h')).toContain('History so far begins at Nov 23');
  });

  it('has words in place of a picture that is not there yet, or failed', async () => {
    outcome = async () => undefined;
    const none = await say(house, asker(), '/chart btc');
    expect(none?.picture).toBeUndefined();
    expect(await words(house, asker(), '/chart btc')).toContain('There are no candles of BTCUSDT yet');
    outcome = async () => {
      throw new OperationalError('wait', 'busy', { waitMs: 1 });
    };
    const failed = await say(house, asker(), '/chart btc');
    expect(failed?.picture).toBeUndefined();
    expect(actionOf(failed, 'Refresh')).toBe('v1:chart:BTCUSDT:15m');
    expect(await words(house, asker(), '/chart btc')).toContain('could not be drawn');
  });

  it('leads from one interval to the others', async () => {
    const reply = await say(house, asker(), '/chart btc 15m');
    const labels = reply?.buttons?.[0]?.map(({ label }) => label);
    expect(labels).toEqual(['1 min', '5 min', '1 hr', '4 hr', '1 day']);
    const pressed = await house.chat.press(asker(), actionOf(reply, '1 day'));
    expect(pressed).toMatchObject({ replace: true, picture: { interval: '1d' } });
    expect(await house.chat.press(asker(), 'v1:chart:BTCUSDT:3m')).not.toHaveProperty('picture');
  });
});

describe('/analyze', () => {
  it('has its chart drawn before the AI is asked, and carries it with and without a reading', async () => {
    const asked: number[] = [];
    const { analyze } = house.deps.desk;
    const desk = {
      ...house.deps.desk,
      analyze(...query: Parameters<typeof analyze>) {
        asked.push(pictures.asked.length);
        return analyze(...query);
      },
    };
    house.chat = createChat({ ...house.deps, pictures, desk });
    const read = await say(house, asker(), '/analyze btc');
    expect(asked).toEqual([1]);
    expect(read?.picture).toEqual(pictures.asked[0]);
    house.analysis = { ...house.analysis, reading: undefined, noReading: 'no-key' };
    expect((await say(house, asker(), '/analyze btc'))?.picture).toMatchObject({ symbol: 'BTCUSDT' });
  });

  it('is answered whatever becomes of its chart', async () => {
    outcome = async () => {
      throw new Error('no ink');
    };
    expect(await words(house, asker(), '/analyze btc')).toContain('72/100');
  });
});
