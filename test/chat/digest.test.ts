import { describe, expect, it } from 'vitest';
import { presentNotices } from '../../src/chat/present/present.ts';
import { asOfNow } from '../../src/courier/late.ts';
import type { Notice } from '../../src/notice/notice.ts';
import { LOCALES, type Locale } from '../../src/store/chat-model.ts';
import { alert } from '../courier/support.ts';
import { storedChat } from '../support/stored-chat.ts';

const NOW = Date.UTC(2026, 0, 2, 15, 0);

describe('late alerts in words', () => {
  const words = (notices: readonly Notice[], locale: Locale = 'en') => {
    return JSON.stringify(presentNotices(notices, storedChat({ locale }), false, true, () => 0.1).text);
  };
  const aged = (n: number, minutes: number) => {
    const bark = alert(n, 'abc234');
    const time = NOW - minutes * 60_000;
    return { ...bark, decidedAt: time, firing: { ...bark.firing, time } };
  };

  it('say how long they waited, in every language', () => {
    expect(words(asOfNow([aged(1, 20)], NOW))).toMatch(/late: it waited 20 min to be sent/);
    for (const locale of LOCALES) expect(words(asOfNow([aged(1, 20)], NOW), locale)).toMatch(/20/);
  });

  it('become one list of rules, with how often and when last', () => {
    const text = words(asOfNow([aged(1, 150), aged(2, 120), aged(3, 90)], NOW));
    expect(text).toMatch(/3 alerts could not be sent in time \(Jan 2, 12:30 UTC – Jan 2, 13:30 UTC\)/);
    expect(text).toMatch(/#abc234.*3×, last at 13:30 UTC/);
    for (const locale of LOCALES) expect(words(asOfNow([aged(1, 90)], NOW), locale)).toMatch(/#abc234/);
  });

  it('name a platform that refuses everybody', () => {
    const args = { uid: 'u', chat: 'x', platform: 'telegram', reason: 'Forbidden' };
    const notice: Notice = { type: 'operator', eventId: 'e', code: 'everybody-refused', args };
    for (const locale of LOCALES) expect(words([notice], locale)).toMatch(/telegram.*Forbidden/);
  });
});
