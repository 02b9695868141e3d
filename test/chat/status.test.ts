import { describe, expect, it } from 'vitest';
import { asker, type House, NOW, useHouse, words } from './support.ts';

let house: House;
useHouse((built) => {
  house = built;
});

const korean = asker({ language: 'ko' });

describe('/status', () => {
  it('tells feed, delay, queues, roles, spend and version', async () => {
    const text = await words(house, asker(), '/status');
    expect(text).toContain('Market stream: live · 12 streams · data 1 sec old');
    expect(text).toContain('Public stream: silent · 3 streams');
    expect(text).toContain('Delay: 42 ms');
    expect(text).toContain('Symbols: BTC ETH · warming: ETH');
    expect(text).toContain('Queue: analyses: 1 waiting · 2 active · 0 failed');
    expect(text).toContain('Roles: feed ×1');
    expect(text).toContain('AI today: $0.00 of $0.05');
    expect(text).toContain('Version: 0.1.0');
  });

  it('says when the market is out of sight, and why', async () => {
    await house.writeHealth({ blindSince: NOW - 120_000, refused: 'HTTP 451' });
    const text = await words(house, korean, '/status');
    expect(text).toContain('2분 동안 시장 데이터가 없습니다');
    expect(text).toContain('거래소가 이 서버를 거부합니다: HTTP 451');
  });

  it('counts the prints that were not believed, and the gaps', async () => {
    await house.writeHealth({ rejected: 1_203, gaps: 2 });
    expect(await words(house, asker(), '/status')).toContain(
      'Faulty data: bad prints left out: 1,203 · gaps: 2',
    );
  });

  it('says that no feed runs', async () => {
    house.clock.advanceBy(60_000);
    expect(await words(house, asker(), '/status')).toContain('Feed: not running');
  });
});
