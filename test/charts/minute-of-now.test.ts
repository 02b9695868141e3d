import { describe, expect, it } from 'vitest';
import { withMinuteOfNow } from '../../src/charts/minute-of-now.ts';
import { makeMinutes, NOON } from './support.ts';

describe('the minute that is not over', () => {
  const minutes = makeMinutes(3);
  const close = minutes.at(-1)?.close ?? 0;
  const brief = { time: NOON + 75_000, last: close + 50 };

  it('is drawn from the last close to the price of now, through that at which an alert fired', () => {
    const trigger = { time: NOON + 70_000, price: close - 30, direction: 'down' } as const;
    expect(withMinuteOfNow(minutes, brief, trigger).slice(0, 3)).toEqual(minutes);
    expect(withMinuteOfNow(minutes, brief, trigger)[3]).toMatchObject({
      openTime: NOON + 60_000,
      open: close,
      high: close + 50,
      low: close - 30,
      close: close + 50,
      quoteVolume: 0,
    });
    const earlier = { ...trigger, time: NOON - 60_000 };
    expect(withMinuteOfNow(minutes, brief, earlier)[3]).toMatchObject({ low: close });
  });

  it('is left out where it is stored already, and where there is no price or no history', () => {
    expect(withMinuteOfNow(minutes, { ...brief, time: NOON + 59_999 }, undefined)).toBe(minutes);
    expect(withMinuteOfNow(minutes, { ...brief, last: undefined }, undefined)).toBe(minutes);
    expect(withMinuteOfNow(minutes, undefined, undefined)).toBe(minutes);
    expect(withMinuteOfNow([], brief, undefined)).toEqual([]);
  });
});
