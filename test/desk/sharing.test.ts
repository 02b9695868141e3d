import { describe, expect, it, vi } from 'vitest';
import { localDay } from '../../src/kit/local-time.ts';
import type { Locale } from '../../src/store/chat-model.ts';
import { keys } from '../../src/store/keys.ts';
import { makeBrief } from './brief.ts';
import { LIMITS } from './house.ts';
import { useRoom } from './room.ts';

describe('a question that others ask, too', () => {
  const room = useRoom();

  it('asks once for equal questions that are open together, and the first asker pays', async () => {
    room.gateway.latencyMs = 150;
    const { desk } = await room.openDesk();
    const first = room.ask(desk, { payer: 'chat-1' });
    await vi.waitFor(() => expect(room.gateway.requests).toHaveLength(1));
    const other = await room.openCounter();
    const answers = await Promise.all([
      first,
      room.ask(desk, { payer: 'chat-2' }),
      room.ask(other, { payer: 'chat-3' }),
    ]);
    expect(new Set(answers.map((analysis) => analysis.id)).size).toBe(1);
    expect(room.gateway.requests).toHaveLength(1);
    const day = localDay(Date.now(), 'UTC');
    expect(await room.budget.summary(day, day, 'UTC', 'chat-1', LIMITS)).toMatchObject({
      calls: 1,
      sharedAnalyses: 0,
    });
    expect(await room.budget.summary(day, day, 'UTC', 'chat-2', LIMITS)).toMatchObject({
      calls: 0,
      sharedAnalyses: 1,
    });
  });

  it('answers a question asked again within a minute with the earlier answer, at no cost and marked', async () => {
    const { desk } = await room.openDesk({ freshMs: 400 });
    const first = await room.ask(desk, { payer: 'chat-1' });
    const again = await room.ask(desk, { payer: 'chat-2' });
    expect(first.shared).toBeUndefined();
    expect(again).toEqual({ ...first, shared: true });
    // Another language is another answer.
    await room.ask(desk, { locale: 'ko' });
    expect(room.gateway.requests).toHaveLength(2);
    await vi.waitFor(async () => expect((await room.ask(desk)).id).not.toBe(first.id));
    expect(room.gateway.requests).toHaveLength(3);
    expect(await room.spent()).toMatchObject({ calls: 3 });
  });

  it('answers a thousand chats that ask at once with one call', async () => {
    const { desk } = await room.openDesk();
    const other = await room.openCounter();
    await room.openDesk();
    const answers = await Promise.all(
      Array.from({ length: 1000 }, (_, i) =>
        room.ask(i % 2 ? desk : other, { payer: `chat-${i}`, deadlineMs: 20_000 }),
      ),
    );
    expect(answers.filter((one) => one.reading).length).toBe(1000);
    expect(answers.filter((one) => !one.shared).length).toBe(1);
    expect(room.gateway.requests).toHaveLength(1);
    expect(await room.spent()).toMatchObject({ calls: 1, sharedAnalyses: 999, reservedNano: 0 });
  });

  it('answers those who ask at the same moment in several languages with one call, each in his own', async () => {
    const desk = await room.openCounter();
    const answers = (['ko', 'en', 'ja'] as const).flatMap((locale, i) =>
      [0, 1].map((k) => room.ask(desk, { locale, payer: `chat-${i}-${k}` })),
    );
    await vi.waitFor(async () => expect(await room.store.llen('{sheepdog}:analysis:wait')).toBe(3));
    await room.openDesk();
    const told = await Promise.all(answers);
    expect(room.gateway.requests).toHaveLength(1);
    expect(told.map((one) => [one.locale, one.reading?.summary])).toEqual([
      ...Array(2).fill(['ko', '매수세가 우세하고 변동성은 낮음']),
      ...Array(2).fill(['en', 'Buyers lead while the range stays calm']),
      ...Array(2).fill(['ja', '買いが優勢で値幅は穏やか']),
    ]);
    // One paid for all.
    expect(told.filter((one) => !one.shared)).toHaveLength(1);
    expect(await room.spent()).toMatchObject({ calls: 1, sharedAnalyses: 5, reservedNano: 0 });
    // The fresh answer is there in each of them, and in no other.
    await room.ask(desk, { locale: 'ja' });
    expect(room.gateway.requests).toHaveLength(1);
    expect((await room.ask(desk, { locale: 'zh' })).reading?.summary).toBe('买盘占优，波动平稳');
    expect(room.gateway.requests).toHaveLength(2);
    expect(JSON.stringify(room.gateway.requests[1]?.body)).not.toContain('Korean');
  });

  it('asks by himself for whom another’s question brought only the refusal of that one', async () => {
    const desk = await room.openCounter();
    const limits = { bot: LIMITS.bot, chat: 650_000 };
    await room.store.hset(keys.payerSpend(localDay(Date.now(), 'UTC'), 'poor'), 'cost', 650_000);
    const poor = room.ask(desk, { payer: 'poor', locale: 'ko' });
    await vi.waitFor(async () => expect(await room.store.llen('{sheepdog}:analysis:wait')).toBe(1));
    const rich = room.ask(desk, { payer: 'rich', locale: 'en' });
    await vi.waitFor(async () => expect(await room.store.llen('{sheepdog}:analysis:wait')).toBe(2));
    await room.openDesk({ config: { limits } });
    expect((await poor).noReading).toBe('budget-chat');
    expect((await rich).reading).toBeDefined();
    expect(room.gateway.requests).toHaveLength(1);
  });

  it('lets a crowd of chats without money not multiply the calls of those who have some', async () => {
    const { desk } = await room.openDesk({ config: { limits: { bot: LIMITS.bot, chat: 650_000 } } });
    for (let i = 0; i < 50; i++)
      await room.store.hset(keys.payerSpend(localDay(Date.now(), 'UTC'), `poor-${i}`), 'cost', 650_000);
    const askers = Array.from({ length: 100 }, (_, i) => (i < 50 ? `poor-${i}` : `rich-${i}`));
    const answers = await Promise.all(askers.map((payer) => room.ask(desk, { payer, deadlineMs: 10_000 })));
    expect(answers.slice(50).filter((one) => one.reading)).toHaveLength(50);
    expect(room.gateway.requests).toHaveLength(1);
  });

  it('does not answer one chat with the refusal of another', async () => {
    const { desk } = await room.openDesk({
      config: { limits: { bot: LIMITS.bot, chat: 650_000 } },
      timings: { briefWaitMs: 2_000 },
      freshMs: 0,
    });
    expect((await room.ask(desk, { payer: 'poor' })).noReading).toBeUndefined();
    room.briefs.delete('BTCUSDT');
    const answers = [room.ask(desk, { payer: 'poor' }), room.ask(desk, { payer: 'rich' })];
    await vi.waitFor(async () => expect(await room.store.llen('{sheepdog}:analysis:active')).toBe(1));
    room.briefs.set('BTCUSDT', makeBrief());
    const [poor, rich] = await Promise.all(answers);
    expect(poor?.noReading).toBe('budget-chat');
    expect(rich?.noReading).toBeUndefined();
    expect(room.gateway.requests).toHaveLength(2);
  });

  it('makes what nobody asked for in the languages in which it is read', async () => {
    const { desk } = await room.openDesk();
    await room.analyses.markReader('BTCUSDT', 'ko');
    await room.analyses.markReader('BTCUSDT', 'ja');
    await room.analyses.markReader('ETHUSDT', 'zh');
    await desk.schedule('BTCUSDT', 'scheduled');
    await vi.waitFor(async () => expect(await room.analyses.latest('BTCUSDT')).toBeDefined());
    expect(room.gateway.requests).toHaveLength(1);
    const told = async (locale: Locale) => (await room.analyses.latest('BTCUSDT', locale))?.reading?.summary;
    expect([await told('en'), await told('ko'), await told('ja'), await told('zh')]).toEqual([
      'Buyers lead while the range stays calm',
      '매수세가 우세하고 변동성은 낮음',
      '買いが優勢で値幅は穏やか',
      'Buyers lead while the range stays calm',
    ]);
    // Who asks within the minute is answered with it.
    expect(await room.ask(desk, { locale: 'ja' })).toMatchObject({ shared: true, locale: 'ja' });
    expect(room.gateway.requests).toHaveLength(1);
  });
});
