import { describe, expect, it } from 'vitest';
import { asOfNow } from '../../src/courier/late.ts';
import type { AlertNotice } from '../../src/notice/notice.ts';
import { alert, word } from './support.ts';

const MINUTE = 60_000;

describe('what is said of notices that waited', () => {
  const now = Date.now();
  const aged = (n: number, minutes: number, rule?: string): AlertNotice => {
    const bark = alert(n, rule);
    const time = now - minutes * MINUTE;
    return { ...bark, decidedAt: time, firing: { ...bark.firing, time } };
  };

  it('leaves what is fresh, and everything that is no alert, as it is', () => {
    const fresh = [aged(1, 9), word(1)];
    expect(asOfNow(fresh, now)).toEqual(fresh);
  });

  it('says of a late alert how long it waited', () => {
    expect(asOfNow([aged(1, 11)], now)).toMatchObject([{ type: 'alert', waitedMs: 11 * MINUTE }]);
  });

  it('makes one digest of those that are too late, the most frequent rule first, before the rest', () => {
    const notices = [aged(1, 90, 'a'), aged(1, 80, 'b'), aged(2, 70, 'b'), aged(3, 5, 'b')];
    const [digest, ...rest] = asOfNow(notices, now);
    expect(digest).toMatchObject({
      type: 'digest',
      count: 3,
      from: now - 90 * MINUTE,
      to: now - 70 * MINUTE,
      rows: [
        { count: 2, last: { eventId: 'b:BTCUSDT.2' } },
        { count: 1, last: { eventId: 'a:BTCUSDT.1' } },
      ],
    });
    expect(rest).toEqual([notices[3]]);
  });

  it('shows twenty rules of a digest and counts all', () => {
    const notices = Array.from({ length: 300 }, (_, i) => aged(i, 100, `rule${i % 50}`));
    const [digest] = asOfNow(notices, now);
    expect(digest).toMatchObject({ count: 300 });
    expect(digest?.type === 'digest' && digest.rows).toHaveLength(20);
  });
});
