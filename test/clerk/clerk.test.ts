import { getNextMillis } from 'bullmq';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { nightOf } from '../../src/clerk/morning.ts';
import { usdToNano } from '../../src/kit/money.ts';
import { alert } from '../courier/support.ts';
import { useRedis } from '../support/each-test.ts';
import type { TestRedis } from '../support/redis.ts';
import { makeHealth, makeRule } from '../support/samples.ts';
import { assemble, NOW } from './support.ts';

describe('the clerk', () => {
  let redis: TestRedis;
  useRedis((opened) => {
    redis = opened;
  });

  let parts: Awaited<ReturnType<typeof assemble>>;
  beforeEach(async () => {
    parts = await assemble(redis);
  });
  afterEach(() => parts.close());

  it('posts the summary of the day before to a chat that asked for it, once, however often the job runs', async () => {
    const chat = await parts.newChat('-100');
    await parts.chats.update(chat.uid, { costAt: '09:00' });
    await parts.spend(chat.uid, '2026-11-23', usdToNano(0.0042));

    await parts.queue.add('cost', { v: 1, task: 'cost', chat: chat.uid });
    await parts.queue.add('cost', { v: 1, task: 'cost', chat: chat.uid });

    const batch = await parts.nextBatch(chat.uid);
    expect(batch?.notices).toMatchObject([
      { type: 'cost', day: '2026-11-23', late: false, summary: { calls: 1, costNano: usdToNano(0.0042) } },
    ]);
    await vi.waitFor(async () => expect(await parts.queue.getCompletedCount()).toBe(2));
    expect(await parts.mailbox.size(chat.uid)).toBe(1);
  });

  it('says nothing to a chat that has switched it off meanwhile', async () => {
    const chat = await parts.newChat('-101');
    await parts.queue.add('cost', { v: 1, task: 'cost', chat: chat.uid });
    await vi.waitFor(async () => expect(await parts.queue.getCompletedCount()).toBe(1));
    expect(await parts.mailbox.size(chat.uid)).toBe(0);
  });

  it('schedules in the zone of the chat and brings schedules back after the queue was lost', async () => {
    const chat = await parts.newChat('-102', 'Asia/Seoul');
    await parts.schedules.change(chat.uid, { costAt: '09:30' });
    await parts.queue.obliterate({ force: true });
    for (const scheduler of await parts.queue.getJobSchedulers())
      await parts.queue.removeJobScheduler(scheduler.key);

    await parts.schedules.reconcile({ symbols: ['BTCUSDT', 'ETHUSDT'], everyMs: 3_600_000 });
    const schedulers = await parts.queue.getJobSchedulers();
    expect(schedulers.map(({ key }) => key).toSorted()).toEqual(
      [`analysis-BTCUSDT`, `analysis-ETHUSDT`, `cost-${chat.uid}`, 'letters'].toSorted(),
    );
    const cost = schedulers.find(({ key }) => key.startsWith('cost-'));
    // 09:30 in Seoul is 00:30 UTC.
    expect(new Date(cost?.next ?? 0).toISOString()).toMatch(/T00:30:00/);

    await parts.schedules.change(chat.uid, { costAt: undefined });
    await parts.schedules.reconcile(undefined);
    expect((await parts.queue.getJobSchedulers()).map(({ key }) => key)).toEqual(['letters']);
  });

  it('tells chats with rules once that the market is out of sight, and once that it is back', async () => {
    const chat = await parts.newChat('-103');
    const idle = await parts.newChat('-104');
    await parts.rules.save(makeRule({ chat: chat.uid }), 200);
    await parts.market.writeHealth(makeHealth({ at: NOW }));

    // The feed dies; a minute later it is told, and not again.
    parts.clock.advanceBy(70_000);
    const told = await parts.nextBatch(chat.uid);
    expect(told?.notices).toMatchObject([{ type: 'feed', state: 'degraded', since: NOW }]);
    parts.clock.advanceBy(70_000);

    // It comes back.
    await parts.market.writeHealth(makeHealth({ at: parts.clock.now() }));
    await vi.waitFor(async () => expect(await parts.mailbox.size(chat.uid)).toBe(2));
    const all = await parts.waiting(chat.uid);
    expect(all).toMatchObject([
      { state: 'degraded' },
      { state: 'recovered', since: NOW, until: parts.clock.now() },
    ]);
    expect(await parts.mailbox.size(idle.uid)).toBe(0);
  });

  it('tells once, after a start, from when to when nobody saw the market', async () => {
    const chat = await parts.newChat('-105');
    await parts.rules.save(makeRule({ chat: chat.uid }), 200);
    const before = NOW - 9_000_000;
    await parts.blindness.saw(before);
    await parts.market.writeHealth(makeHealth({ startedAt: NOW - 1_000, at: NOW }));
    await vi.waitFor(async () => expect(await parts.mailbox.size(chat.uid)).toBe(1));
    expect(await parts.waiting(chat.uid)).toMatchObject([{ state: 'recovered', since: before, until: NOW }]);
    expect(await parts.blindness.within(before, NOW)).toBe(9_000_000);
  });

  it('gives the feed its minute after a start before it tells of a blindness', async () => {
    const chat = await parts.newChat('-106');
    await parts.rules.save(makeRule({ chat: chat.uid }), 200);
    const before = NOW - 9_000_000;
    await parts.market.writeHealth(makeHealth({ startedAt: before - 1_000, at: before }));
    await vi.waitFor(async () => expect(await parts.blindness.now()).toMatchObject({ since: before }));
    expect(await parts.mailbox.size(chat.uid)).toBe(0);
    parts.clock.advanceBy(70_000);
    await vi.waitFor(async () => expect(await parts.mailbox.size(chat.uid)).toBe(1));
    expect(await parts.waiting(chat.uid)).toMatchObject([{ state: 'degraded', since: before }]);
  });

  describe('at the end of a mute', () => {
    const alertOf = (rule: string, n: number) => alert(n, rule);

    it('tells in one notice what was withheld, once, and forgets it', async () => {
      const chat = await parts.newChat('-103');
      await parts.withheld.add(chat.uid, [alertOf('r1', 1), alertOf('r2', 1), alertOf('r1', 2)]);
      const until = NOW - 1;
      await parts.queue.add('unmute', { v: 1, task: 'unmute', chat: chat.uid, until });
      await parts.queue.add('unmute', { v: 1, task: 'unmute', chat: chat.uid, until });
      const batch = await parts.nextBatch(chat.uid);
      expect(batch?.notices).toMatchObject([
        {
          type: 'withheld',
          count: 3,
          rules: [
            { rule: { id: 'r1' }, count: 2 },
            { rule: { id: 'r2' }, count: 1 },
          ],
        },
      ]);
      await vi.waitFor(async () => expect(await parts.queue.getCompletedCount()).toBe(2));
      expect(await parts.mailbox.size(chat.uid)).toBe(1);
      expect((await parts.withheld.read(chat.uid)).count).toBe(0);
    });

    it('says nothing when nothing was withheld, and waits when the chat is muted anew', async () => {
      const quiet = await parts.newChat('-104');
      const anew = await parts.newChat('-105');
      await parts.chats.update(anew.uid, { mutedUntil: NOW + 60_000 });
      await parts.withheld.add(anew.uid, [alertOf('r1', 1)]);
      for (const { uid } of [quiet, anew])
        await parts.queue.add('unmute', { v: 1, task: 'unmute', chat: uid, until: NOW });
      await vi.waitFor(async () => expect(await parts.queue.getCompletedCount()).toBe(2));
      expect([await parts.mailbox.size(quiet.uid), await parts.mailbox.size(anew.uid)]).toEqual([0, 0]);
      expect((await parts.withheld.read(anew.uid)).count).toBe(1);
    });

    it('is woken by a job of its own, also after the queue was lost', async () => {
      const chat = await parts.newChat('-106');
      await parts.schedules.change(chat.uid, { mutedUntil: NOW + 3_600_000 });
      await parts.queue.obliterate({ force: true });
      await parts.schedules.reconcile(undefined);
      await parts.schedules.reconcile(undefined);
      const [job, ...more] = (await parts.queue.getDelayed()).filter(({ name }) => name === 'unmute');
      expect(job?.data).toEqual({ v: 1, task: 'unmute', chat: chat.uid, until: NOW + 3_600_000 });
      expect(job?.delay).toBe(3_602_000);
      expect(more).toEqual([]);
    });
  });

  describe('the daily market report', () => {
    it('is posted once a local day, however often the job runs or its time changes', async () => {
      const chat = await parts.newChat('-107', 'Asia/Seoul');
      await parts.schedules.change(chat.uid, { reportAt: '18:00' });
      const run = () => parts.queue.add('report', { v: 1, task: 'report', chat: chat.uid });
      await run();
      await run();
      await vi.waitFor(async () => expect(await parts.queue.getCompletedCount()).toBe(2));
      expect(await parts.mailbox.size(chat.uid)).toBe(1);
      const batch = await parts.nextBatch(chat.uid);
      expect(batch?.notices).toMatchObject([{ type: 'report', day: '2026-11-24', late: false }]);

      // 15:10 UTC is the next day in Seoul.
      parts.clock.advanceTo(Date.parse('2026-11-24T15:10:00Z'));
      await run();
      await vi.waitFor(async () => expect(await parts.queue.getCompletedCount()).toBe(3));
      expect(await parts.mailbox.size(chat.uid)).toBe(2);
    });

    it('is not posted to a chat that has ended it meanwhile', async () => {
      const chat = await parts.newChat('-108');
      await parts.queue.add('report', { v: 1, task: 'report', chat: chat.uid });
      await vi.waitFor(async () => expect(await parts.queue.getCompletedCount()).toBe(1));
      expect(await parts.mailbox.size(chat.uid)).toBe(0);
    });

    it('follows the chat to another zone, and keeps its hour when the clocks change', async () => {
      const chat = await parts.newChat('-109');
      await parts.schedules.change(chat.uid, { reportAt: '08:00' });
      await parts.schedules.change(chat.uid, { timezone: 'America/New_York' });
      const [scheduler] = await parts.queue.getJobSchedulers();
      expect(scheduler).toMatchObject({ key: `report-${chat.uid}`, tz: 'America/New_York' });
      const next = (from: string) =>
        new Date(
          getNextMillis(Date.parse(from), { pattern: scheduler?.pattern ?? '', tz: scheduler?.tz ?? '' }) ??
            0,
        ).toISOString();
      expect(next('2026-03-07T13:00:30Z')).toBe('2026-03-08T12:00:00.000Z');
      expect(next('2026-10-31T12:00:30Z')).toBe('2026-11-01T13:00:00.000Z');
    });
  });

  describe('the end of quiet hours', () => {
    it('is told once a day: what was withheld, and how long of them there was no data', async () => {
      // 18:00 in Seoul; the night was from 15:30 to 17:45 UTC+9.
      const chat = await parts.newChat('-110', 'Asia/Seoul');
      await parts.schedules.change(chat.uid, { sleep: '15:30-17:45' });
      const [scheduler] = await parts.queue.getJobSchedulers();
      expect(scheduler).toMatchObject({ pattern: '2 45 17 * * *', tz: 'Asia/Seoul' });
      const blindFrom = Date.parse('2026-11-24T08:00:00Z');
      await parts.blindness.end({ since: blindFrom, told: true }, blindFrom + 90_000);
      await parts.withheld.add(chat.uid, [alert(1, 'r1'), alert(2, 'r1')]);
      const run = () => parts.queue.add('morning', { v: 1, task: 'morning', chat: chat.uid });
      await run();
      await run();
      await vi.waitFor(async () => expect(await parts.queue.getCompletedCount()).toBe(2));
      expect(await parts.mailbox.size(chat.uid)).toBe(1);
      expect((await parts.nextBatch(chat.uid))?.notices).toMatchObject([
        {
          type: 'withheld',
          count: 2,
          rules: [{ rule: { id: 'r1' }, count: 2 }],
          night: {
            from: Date.parse('2026-11-24T06:30:00Z'),
            to: Date.parse('2026-11-24T08:45:00Z'),
            blindMs: 90_000,
          },
        },
      ]);
      expect((await parts.withheld.read(chat.uid)).count).toBe(0);
    });

    it('tells for a mute that ended in them', async () => {
      const chat = await parts.newChat('-111');
      await parts.chats.update(chat.uid, { sleep: '08:00-10:00' });
      await parts.withheld.add(chat.uid, [alert(1, 'r1')]);
      await parts.queue.add('unmute', { v: 1, task: 'unmute', chat: chat.uid, until: NOW });
      await vi.waitFor(async () => expect(await parts.queue.getCompletedCount()).toBe(1));
      expect(await parts.mailbox.size(chat.uid)).toBe(0);
      expect((await parts.withheld.read(chat.uid)).count).toBe(1);
    });

    it('is nothing to a chat without them', async () => {
      const chat = await parts.newChat('-112');
      await parts.queue.add('morning', { v: 1, task: 'morning', chat: chat.uid });
      await vi.waitFor(async () => expect(await parts.queue.getCompletedCount()).toBe(1));
      expect(await parts.mailbox.size(chat.uid)).toBe(0);
    });

    it('belongs to a night over midnight and over a change of clocks', () => {
      const night = nightOf('2026-03-08', { from: 23 * 60, to: 7 * 60 }, 'America/New_York');
      expect(night.to - night.from).toBe(7 * 3_600_000);
      expect(new Date(night.from).toISOString()).toBe('2026-03-08T04:00:00.000Z');
    });
  });

  it('remembers when the feed was blind, that of now included', async () => {
    const { blindness } = parts;
    await blindness.end({ since: 1_000, told: false }, 3_000);
    await blindness.end({ since: 1_000, told: false }, 3_000);
    await blindness.write({ since: 9_000, told: false });
    expect(await blindness.within(0, 10_000)).toBe(3_000);
    expect(await blindness.within(2_500, 9_500)).toBe(1_000);
    expect(await blindness.within(4_000, 8_000)).toBe(0);
  });

  it('queues a scheduled analysis', async () => {
    await parts.queue.add('analysis', { v: 1, task: 'analysis', symbol: 'BTCUSDT' });
    await vi.waitFor(() => expect(parts.analysed).toEqual(['BTCUSDT']));
  });
});
