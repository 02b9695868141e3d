import { describe, expect, it } from 'vitest';
import type { AlertNotice, Notice } from '../../src/notice/notice.ts';
import type { Chat } from '../../src/store/chat-model.ts';
import { isExtreme, isSilent, quietHours, quietReason, sleeps } from '../../src/store/quiet.ts';
import { alert, word } from '../courier/support.ts';
import { storedChat } from '../support/stored-chat.ts';

const NOW = Date.parse('2026-11-24T15:30:00Z');

/** An alert with a threshold of 2 %. */
const moved = (value: number): AlertNotice => {
  const notice = alert(1);
  return { ...notice, firing: { ...notice.firing, value } };
};
const level = (): AlertNotice => {
  const notice = alert(1);
  return { ...notice, rule: { ...notice.rule, kind: 'price', threshold: 70_000 } };
};
const cost = { type: 'cost', eventId: 'cost:u:1' } as Notice;

describe('quiet hours', () => {
  it('are read as they are kept; anything else is none', () => {
    expect(quietHours('23:00-07:30')).toEqual({ from: 1_380, to: 450 });
    for (const wrong of [undefined, '', '23:00', '24:00-07:00', '07:00-07:00', 'x23:00-07:00'])
      expect(quietHours(wrong)).toBeUndefined();
  });

  it('are those of the chat’s zone, also over midnight', () => {
    // 15:30 UTC is 00:30 in Seoul.
    expect(sleeps(storedChat({ sleep: '23:00-07:00', timezone: 'Asia/Seoul' }), NOW)).toBe(true);
    expect(sleeps(storedChat({ sleep: '23:00-07:00' }), NOW)).toBe(false);
    expect(sleeps(storedChat({ sleep: '15:30-16:00' }), NOW)).toBe(true);
    expect(sleeps(storedChat({ sleep: '15:00-15:30' }), NOW)).toBe(false);
  });
});

describe('what a chat does not want to hear now', () => {
  it('is every alert while it is muted, and nothing when that is over', () => {
    expect(quietReason(storedChat({ mutedUntil: NOW + 1 }), level(), NOW)).toBe('mute');
    expect(quietReason(storedChat({ mutedUntil: NOW }), level(), NOW)).toBeUndefined();
    expect(quietReason(storedChat({ mutedUntil: NOW + 1 }), word(1), NOW)).toBeUndefined();
  });

  it('is all but extremes while it sleeps: twice the threshold and crossed levels wake it', () => {
    const asleep = storedChat({ sleep: '15:00-16:00' });
    expect(quietReason(asleep, moved(-3.9), NOW)).toBe('sleep');
    expect(quietReason(asleep, moved(-4), NOW)).toBeUndefined();
    expect(quietReason(asleep, level(), NOW)).toBeUndefined();
    expect(isExtreme(moved(4))).toBe(true);
  });

  it('is a kind that is switched off', () => {
    expect(quietReason(storedChat({ alertSound: 'off' }), level(), NOW)).toBe('off');
    expect(quietReason(storedChat({ reportSound: 'off' }), cost, NOW)).toBe('off');
    expect(quietReason(storedChat({ alertSound: 'off' }), cost, NOW)).toBeUndefined();
    const but = storedChat({ alertSound: 'off', sounds: { price: 'silent' } });
    expect(quietReason(but, level(), NOW)).toBeUndefined();
    expect(quietReason(but, moved(3), NOW)).toBe('off');
    const night = { type: 'withheld', eventId: 'n' } as Notice;
    expect(quietReason(storedChat({ sounds: { digests: 'off' } }), night, NOW)).toBe('off');
    expect(quietReason(storedChat({ noLetter: true }), { type: 'letter' } as Notice, NOW)).toBe('off');
  });
});

it('sounds for alerts and not for reports, unless the chat says otherwise', () => {
  const both = (who: Chat) => [isSilent(who, 'hi', [alert(1)]), isSilent(who, 'lo', [cost])];
  expect(both(storedChat())).toEqual([false, true]);
  const turned = storedChat({ alertSound: 'silent', reportSound: 'on' });
  expect(both(turned)).toEqual([true, false]);
  expect(isSilent(turned, 'lo', [{ type: 'operator' } as Notice])).toBe(true);
  const levels = storedChat({ alertSound: 'silent', sounds: { price: 'on', letters: 'on' } });
  expect(isSilent(levels, 'hi', [moved(3)])).toBe(true);
  // Of several told in one message the loudest counts.
  expect(isSilent(levels, 'hi', [moved(3), level()])).toBe(false);
  expect(isSilent(levels, 'lo', [{ type: 'letter' } as Notice])).toBe(false);
});
