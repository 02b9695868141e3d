import { describe, expect, it } from 'vitest';
import { dataDueMs, Liveness } from '../../src/feed/liveness.ts';

function watch(streams: string[]) {
  const frames = new Map<string, number>();
  const liveness = new Liveness({
    framesOf: (stream) => frames.get(stream) ?? 0,
    isLiquid: () => false,
    scale: 1,
  });
  liveness.acknowledged(streams, 0);
  return { liveness, send: (stream: string) => frames.set(stream, (frames.get(stream) ?? 0) + 1) };
}

describe('liveness', () => {
  it('expects data by what a stream is, and nothing of quiet symbols', () => {
    expect(dataDueMs('btcusdt@markPrice@1s', false)).toBe(3_000);
    expect(dataDueMs('!miniTicker@arr', false)).toBe(5_000);
    expect(dataDueMs('btcusdt@aggTrade', true)).toBe(10_000);
    expect(dataDueMs('btcusdt@kline_1m', true)).toBe(60_000);
    expect(dataDueMs('omgusdt@aggTrade', false)).toBeUndefined();
    expect(dataDueMs('!contractInfo', true)).toBeUndefined();
    // Nothing comes when nothing happens.
    expect(dataDueMs('!forceOrder@arr', true)).toBeUndefined();
  });

  it('learns the rhythm of a quiet symbol, and calls only an unusual pause a silence', () => {
    const { liveness, send } = watch(['omgusdt@aggTrade', 'tradingSession']);
    let now = 0;
    const pass = (ms: number) => {
      for (const end = now + ms; now < end; now += 250) {
        send('tradingSession');
        liveness.look(now);
      }
    };
    pass(120_000);
    expect(liveness.silent).toEqual([]);
    for (let trade = 0; trade < 40; trade++) {
      send('omgusdt@aggTrade');
      pass(2_000);
    }
    pass(30_000);
    expect(liveness.silent).toEqual([]);
    pass(15_000);
    expect(liveness.silent).toEqual(['omgusdt@aggTrade']);
    send('omgusdt@aggTrade');
    pass(500);
    expect(liveness.silent).toEqual([]);
  });

  it('asks for a silent stream again, each time after twice the time', () => {
    const { liveness, send } = watch(['a@markPrice@1s', 'tradingSession']);
    const woken: number[] = [];
    for (let now = 0; now <= 30_000; now += 500) {
      send('tradingSession');
      const { wake, dead } = liveness.look(now);
      if (wake.length > 0) woken.push(now);
      expect(dead).toBe(false);
    }
    expect(woken).toEqual([3_000, 9_000, 21_000]);
    expect(liveness.silent).toEqual(['a@markPrice@1s']);
    send('a@markPrice@1s');
    liveness.look(31_000);
    expect(liveness.silent).toEqual([]);
  });

  it('calls a connection dead when nothing with a cadence sends', () => {
    const { liveness } = watch(['a@markPrice@1s', 'tradingSession']);
    expect(liveness.look(3_000)).toEqual({ wake: ['a@markPrice@1s'], dead: false });
    expect(liveness.look(5_000)).toEqual({ wake: ['tradingSession'], dead: true });
  });

  it('expects nothing between a loss and the next acknowledgement', () => {
    const { liveness } = watch(['tradingSession']);
    liveness.disconnected();
    expect(liveness.look(60_000)).toEqual({ wake: [], dead: false });
    liveness.acknowledged(['tradingSession'], 60_000);
    expect(liveness.look(64_000).wake).toEqual([]);
    expect(liveness.look(65_000).wake).toEqual(['tradingSession']);
  });

  it('forgets what is not carried any more', () => {
    const { liveness } = watch(['a@markPrice@1s']);
    liveness.keep(new Set());
    expect(liveness.look(60_000)).toEqual({ wake: [], dead: false });
  });
});
