import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { lastLetter, letterBy } from '../../src/clerk/letter-time.ts';
import type { LetterNotice } from '../../src/notice/notice.ts';
import type { RuleUseKind } from '../../src/store/rule-use.ts';
import { useRedis } from '../support/each-test.ts';
import type { TestRedis } from '../support/redis.ts';
import { makeRule } from '../support/samples.ts';
import { assemble } from './support.ts';

const at = (time: string) => Date.parse(time);
const iso = (time: number | undefined) => new Date(time ?? 0).toISOString();

describe('the moment of a letter', () => {
  it('is ten on Sundays by the chat’s clocks, or the time of its daily report', () => {
    const seoul = { timezone: 'Asia/Seoul' };
    expect(letterBy(seoul, at('2026-11-29T01:00:00Z'))).toEqual({
      sunday: '2026-11-29',
      at: at('2026-11-29T01:00:00Z'),
      before: at('2026-11-22T01:00:00Z'),
    });
    expect(letterBy(seoul, at('2026-11-29T00:59:59Z')).sunday).toBe('2026-11-22');
    const early = { timezone: 'Asia/Seoul', reportAt: '07:30' };
    expect(iso(letterBy(early, at('2026-11-29T00:59:59Z')).at)).toBe('2026-11-28T22:30:00.000Z');
  });

  it('keeps its hour when the clocks change, and a week then has an hour less or more', () => {
    const berlin = { timezone: 'Europe/Berlin', reportAt: '02:30' };
    // On 29 March 2026 Berlin has no 02:30.
    const spring = letterBy(berlin, at('2026-03-30T00:00:00Z'));
    expect(iso(spring.at)).toBe('2026-03-29T01:30:00.000Z');
    const autumn = letterBy({ timezone: 'Europe/Berlin' }, at('2026-10-26T00:00:00Z'));
    expect(iso(autumn.at)).toBe('2026-10-25T09:00:00.000Z');
    expect(autumn.at - autumn.before).toBe(169 * 3_600_000);
  });

  it('covers each moment of counting once, week after week, whatever the zone does', () => {
    for (const timezone of ['Australia/Sydney', 'America/New_York', 'Asia/Kathmandu', 'UTC']) {
      let next = letterBy({ timezone }, at('2027-01-05T00:00:00Z'));
      for (let week = 0; week < 60; week++) {
        const letter = letterBy({ timezone }, next.at - 1);
        expect(letter.at).toBe(next.before);
        next = letter;
      }
    }
  });

  it('is past for six days, then the next one is near', () => {
    const utc = { timezone: 'UTC' };
    expect(lastLetter(utc, at('2026-12-05T09:59:00Z'))?.sunday).toBe('2026-11-29');
    expect(lastLetter(utc, at('2026-12-05T10:01:00Z'))).toBeUndefined();
  });
});

describe('the letter on Sundays', () => {
  let redis: TestRedis;
  useRedis((opened) => {
    redis = opened;
  });

  let parts: Awaited<ReturnType<typeof assemble>>;
  beforeEach(async () => {
    parts = await assemble(redis);
    parts.clock.advanceTo(at('2026-11-25T12:00:00Z'));
  });
  afterEach(() => parts.close());

  async function ruleOf(chat: string, id: string, change: Parameters<typeof makeRule>[0] = {}) {
    await parts.rules.save(makeRule({ chat, id, ...change }), 200);
  }

  async function used(uid: string, ruleId: string, counts: Partial<Record<RuleUseKind, number>>) {
    for (const [what, times] of Object.entries(counts)) {
      await parts.ruleUse.count(uid, ruleId, what as RuleUseKind, times);
    }
  }

  /** Lets the job run, and waits until it has. */
  async function run(uid: string) {
    const done = await parts.queue.getCompletedCount();
    await parts.queue.add('letter', { v: 1, task: 'letter', chat: uid });
    await vi.waitFor(async () => expect(await parts.queue.getCompletedCount()).toBe(done + 1));
  }

  async function letterIn(uid: string): Promise<LetterNotice> {
    const batch = await parts.nextBatch(uid);
    const [letter] = batch?.notices ?? [];
    if (letter?.type !== 'letter') throw new Error('no letter');
    return letter;
  }

  it('ranks useful, noisy and silent rules, and knows a quieter threshold for the noisy ones', async () => {
    const { uid } = await parts.newChat('-1');
    await ruleOf(uid, 'useful');
    await ruleOf(uid, 'usualy', { symbol: 'ETHUSDT' });
    await ruleOf(uid, 'noisy1', { kind: 'move', direction: 'either' });
    await ruleOf(uid, 'noisy2', { kind: 'liquidation', threshold: 10_000 });
    await ruleOf(uid, 'noisy3', { symbol: 'ETHUSDT', threshold: 3 });
    await ruleOf(uid, 'silent');
    await ruleOf(uid, 'level1', { kind: 'price', mode: 'once', threshold: 90_000 });
    await ruleOf(uid, 'newone', { createdAt: parts.clock.now() });
    parts.usual.set('BTCUSDT', { threshold: 1.4, perDay: 3.1 });
    parts.usual.set('ETHUSDT', { threshold: 1.6, perDay: 2.9 });
    await used(uid, 'useful', { fired: 12, ack: 2, why: 1, analyze: 1 });
    await used(uid, 'usualy', { fired: 2, quieter: 1 });
    await used(uid, 'noisy1', { fired: 30, withheld: 9, ack: 1, mute: 2 });
    await used(uid, 'noisy2', { fired: 50 });
    await used(uid, 'noisy3', { fired: 20 });
    await used(uid, 'gone12', { fired: 99 });

    parts.clock.advanceTo(at('2026-11-29T10:00:00Z'));
    await run(uid);
    const letter = await letterIn(uid);
    expect(letter).toMatchObject({ from: '2026-11-22', to: '2026-11-28', barks: 123, unnamed: 0 });
    expect(letter.useful).toMatchObject([{ rule: { id: 'useful' }, barks: 12, acted: 4 }]);
    expect(letter.others).toMatchObject([{ rule: { id: 'usualy' }, barks: 2, acted: 0 }]);
    expect(letter.noisy).toMatchObject([
      { rule: { id: 'noisy2' }, barks: 50 },
      {
        rule: { id: 'noisy1' },
        barks: 39,
        withheld: 9,
        acted: 1,
        quieter: { threshold: 1.4, perDay: 3.1 },
      },
      // Already above what would have barked three times a day.
      { rule: { id: 'noisy3' }, barks: 20 },
    ]);
    expect(letter.noisy.map(({ quieter }) => quieter !== undefined)).toEqual([false, true, false]);
    expect(letter.silent.map(({ id }) => id)).toEqual(['silent']);
  });

  it('names a few of each sort and counts the rest', async () => {
    const { uid } = await parts.newChat('-2');
    for (let n = 0; n < 8; n++) {
      await ruleOf(uid, `rule${n}a`, { createdAt: n });
      if (n < 7) await used(uid, `rule${n}a`, { fired: n + 1 });
    }
    parts.clock.advanceTo(at('2026-11-29T10:00:00Z'));
    await run(uid);
    const letter = await letterIn(uid);
    expect(letter.others.map(({ barks }) => barks)).toEqual([7, 6, 5, 4, 3]);
    expect(letter.unnamed).toBe(2);
  });

  it('comes once a week: not again by another job, another time of day, nor when the mailbox has forgotten', async () => {
    const { uid } = await parts.newChat('-3');
    await ruleOf(uid, 'rule12');
    await used(uid, 'rule12', { fired: 1 });
    parts.clock.advanceTo(at('2026-11-29T10:00:00Z'));
    await run(uid);
    await run(uid);
    await parts.chats.update(uid, { reportAt: '08:00' });
    await run(uid);
    for (const key of await redis.connect().keys('*:seen')) await redis.connect().del(key);
    await run(uid);
    expect(await parts.mailbox.size(uid)).toBe(1);

    await used(uid, 'rule12', { fired: 4 });
    parts.clock.advanceTo(at('2026-12-06T10:00:00Z'));
    await run(uid);
    expect(await parts.mailbox.size(uid)).toBe(2);
    const [, second] = await parts.waiting(uid);
    expect(second).toMatchObject({ type: 'letter', from: '2026-11-29', to: '2026-12-05', barks: 4 });
  });

  it('does not come where nothing barked, nor where it is not wanted', async () => {
    const quiet = await parts.newChat('-4');
    await ruleOf(quiet.uid, 'rule12');
    const unwilling = await parts.newChat('-5');
    await ruleOf(unwilling.uid, 'rule34');
    await used(unwilling.uid, 'rule34', { fired: 9 });
    await parts.chats.update(unwilling.uid, { noLetter: true });
    parts.clock.advanceTo(at('2026-11-29T10:00:00Z'));
    await run(quiet.uid);
    await run(unwilling.uid);
    expect(await parts.mailbox.size(quiet.uid)).toBe(0);
    expect(await parts.mailbox.size(unwilling.uid)).toBe(0);
  });

  it('is queued in the hours before it is due for every chat, and not twice', async () => {
    const seoul = await parts.newChat('-6', 'Asia/Seoul');
    await parts.newChat('-7', 'UTC');
    parts.clock.advanceTo(at('2026-11-28T23:30:00Z'));
    const sweep = async (completed: number) => {
      await parts.queue.add('letters', { v: 1, task: 'letters' });
      await vi.waitFor(async () => expect(await parts.queue.getCompletedCount()).toBe(completed));
    };
    await sweep(1);
    await sweep(2);
    const delayed = await parts.queue.getDelayed();
    expect(delayed.map(({ data, delay }) => ({ data, delay }))).toEqual([
      { data: { v: 1, task: 'letter', chat: seoul.uid }, delay: 90 * 60_000 },
    ]);
  });

  it('still comes on the Sunday on which its time was moved into the past', async () => {
    const { uid } = await parts.newChat('-9');
    await ruleOf(uid, 'rule12');
    await parts.schedules.change(uid, { reportAt: '20:00' });
    await used(uid, 'rule12', { fired: 3 });
    parts.clock.advanceTo(at('2026-11-29T12:00:00Z'));
    await parts.schedules.change(uid, { reportAt: '09:00' });
    expect(await letterIn(uid)).toMatchObject({ barks: 3 });
  });

  it('comes late when the clerk or its queue was lost over Sunday', async () => {
    const { uid } = await parts.newChat('-8');
    await ruleOf(uid, 'rule12');
    await used(uid, 'rule12', { fired: 3 });
    parts.clock.advanceTo(at('2026-12-01T15:00:00Z'));
    await parts.schedules.reconcile(undefined);
    expect(await letterIn(uid)).toMatchObject({ barks: 3, to: '2026-11-28' });
    expect((await parts.queue.getJobSchedulers()).map(({ key }) => key)).toEqual(['letters']);
  });
});
