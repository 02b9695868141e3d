import { describe, expect, it, vi } from 'vitest';
import type { RuleKind } from '../../src/alerts/rule.ts';
import { localDay } from '../../src/kit/local-time.ts';
import type { Window } from '../../src/market/brief.ts';
import { createNotes } from '../../src/store/notes.ts';
import { makeBrief } from './brief.ts';
import { LIMITS } from './house.ts';
import { bark, chat, useNoted } from './noted.ts';

describe('notes on barks', () => {
  const desk = useNoted();

  it('say why now and what is unusual, with figures that were measured, on the bot’s account', async () => {
    await desk.openDesk();
    expect(await desk.openCounter().explain(chat('c1'), [bark('BTCUSDT', 'aaaaaa')])).toBe(true);
    await vi.waitFor(() => expect(desk.posted).toHaveLength(1));
    expect(desk.posted[0]).toEqual({
      uid: 'c1',
      amendment: {
        type: 'amendment',
        what: 'note',
        eventId: 'note:aaaaaa:BTCUSDT.1',
        of: 'aaaaaa:BTCUSDT.1',
        dueAt: 0,
        note: {
          state: 'made',
          why: 'Buyers lead while the range stays calm',
          unusual: [
            { feature: 'change_1m', value: makeBrief().windows['1m'].change },
            { feature: 'change_5m', value: makeBrief().windows['5m'].change },
          ],
          model: 'deepseek/deepseek-chat-v3-0324',
          madeAt: expect.any(Number),
        },
      },
    });
    const question = desk.gateway.requests[0]?.body?.messages.at(-1)?.content;
    expect(question).toContain('alert move up within 5m measured 2.4% at');
    const day = localDay(Date.now(), 'UTC');
    expect(await desk.budget.summary(day, day, 'UTC', 'bot', LIMITS)).toMatchObject({
      calls: 1,
      reservedNano: 0,
    });
  });

  it('are made of figures that know the move: a brief from before it is waited out', async () => {
    const alert = bark('BTCUSDT', 'aaaaaa');
    const before = makeBrief({ time: alert.firing.time - 1 });
    const after = makeBrief({ time: alert.firing.time });
    after.windows['1m'].change = 2.2;
    let looked = 0;
    await desk.openDesk({ brief: () => (++looked < 3 ? before : after) });
    await desk.openCounter().explain(chat('c1'), [alert]);
    await vi.waitFor(() => expect(desk.posted).toHaveLength(1));
    expect(desk.notes().c1).toMatchObject({ unusual: [{ feature: 'change_1m', value: 2.2 }, {}] });
  });

  it('do without, where none such comes', async () => {
    const alert = bark('BTCUSDT', 'aaaaaa');
    await desk.openDesk({ brief: () => makeBrief({ time: alert.firing.time - 1 }) });
    await desk.openCounter().explain(chat('c1'), [alert]);
    await vi.waitFor(() => expect(desk.notes().c1?.state).toBe('made'));
  });

  it('are one for all who were told of the same by any process, each in his language, for one call', async () => {
    await desk.openDesk();
    const [here, there] = [desk.openCounter(), desk.openCounter()];
    const locales = ['en', 'ko', 'zh', 'ja'] as const;
    desk.gateway.latencyMs = 50;
    await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        (i % 2 ? here : there).explain(chat(`c${i}`, locales[i % 4]), [
          bark('BTCUSDT', `rule${i}`, 2 + i / 10),
        ]),
      ),
    );
    await vi.waitFor(() => expect(desk.posted).toHaveLength(40), { timeout: 5_000 });
    expect(desk.gateway.requests).toHaveLength(1);
    const made = desk.notes();
    expect([made.c0, made.c1, made.c2, made.c3].map((note) => note?.state === 'made' && note.why)).toEqual([
      'Buyers lead while the range stays calm',
      '매수세가 우세하고 변동성은 낮음',
      '买盘占优，波动平稳',
      '買いが優勢で値幅は穏やか',
    ]);
    // Who is told of it later gets it at once; the fall after the rise is another event.
    await here.explain(chat('late', 'ja'), [bark('BTCUSDT', 'later')]);
    expect(desk.notes().late).toEqual(made.c3);
    await here.explain(chat('other'), [bark('BTCUSDT', 'fallen', -2.4)]);
    await vi.waitFor(() => expect(desk.notes().other?.state).toBe('made'));
    expect(desk.gateway.requests).toHaveLength(2);
    expect(await desk.spent()).toMatchObject({ calls: 2 });
  });

  it('are another for another window: what is remarkable within an hour has reasons of its own', async () => {
    await desk.openDesk();
    const counter = desk.openCounter();
    const within = (window: Window, rule: string, kind: RuleKind = 'move') => {
      const alert = bark('BTCUSDT', rule);
      return { ...alert, rule: { ...alert.rule, kind, window } };
    };
    await counter.explain(chat('c1'), [within('5m', 'rule1')]);
    await counter.explain(chat('c2'), [within('1h', 'rule2')]);
    await counter.explain(chat('c3'), [within('1h', 'rule3')]);
    await counter.explain(chat('c4'), [within('15m', 'rule4', 'price')]);
    await vi.waitFor(() => expect(desk.posted).toHaveLength(4));
    const asked = desk.gateway.requests.map(({ body }) =>
      /alert .* measured/.exec(body?.messages[1]?.content ?? ''),
    );
    expect(asked.map((match) => match?.[0]).sort()).toEqual([
      'alert move up within 1h measured',
      'alert move up within 5m measured',
      'alert price up measured',
    ]);
  });

  it('reach also whoever is told in another language while one is being made, by a call more', async () => {
    await desk.openDesk();
    const counter = desk.openCounter();
    desk.gateway.latencyMs = 200;
    await counter.explain(chat('c1'), [bark('BTCUSDT', 'rule1')]);
    await vi.waitFor(() => expect(desk.gateway.requests).toHaveLength(1));
    await counter.explain(chat('c2', 'ko'), [bark('BTCUSDT', 'rule2')]);
    await counter.explain(chat('c3'), [bark('BTCUSDT', 'rule3')]);
    await vi.waitFor(() => expect(desk.posted).toHaveLength(3), { timeout: 5_000 });
    expect(Object.values(desk.notes()).map((note) => note.state)).toEqual(['made', 'made', 'made']);
    expect(desk.gateway.requests).toHaveLength(2);
    expect(desk.notes().c2).toMatchObject({ why: '매수세가 우세하고 변동성은 낮음' });
  });

  it('are made once a minute for a chat, on the strongest of its barks; the next message says that it has none', async () => {
    await desk.openDesk();
    const counter = desk.openCounter();
    const move = ['AUSDT', 'BUSDT', 'CUSDT'].map((symbol, i) => bark(symbol, `rule${i}`, [2.1, -7.5, 3][i]));
    expect(await counter.explain(chat('c1'), move)).toBe(true);
    expect(await counter.explain(chat('c1'), [bark('DUSDT', 'rule9', 20)])).toBe(true);
    await vi.waitFor(() => expect(desk.posted).toHaveLength(2));
    const notes = new Map(
      desk.posted.map(({ amendment }) => [amendment.of, amendment.what === 'note' && amendment.note]),
    );
    expect(notes.get('rule1:BUSDT.1')).toMatchObject({ state: 'made' });
    expect(notes.get('rule9:DUSDT.1')).toEqual({ state: 'none', reason: 'turn' });
    expect(desk.gateway.requests).toHaveLength(1);
  });

  it('that are made for others come to a chat beyond its one a minute, for they cost nothing', async () => {
    await desk.openDesk();
    const counter = desk.openCounter();
    desk.gateway.latencyMs = 200;
    await counter.explain(chat('c1'), [bark('AUSDT', 'rule1')]);
    await counter.explain(chat('c2'), [bark('BUSDT', 'rule2')]);
    // While it is made, and after.
    await counter.explain(chat('c1'), [bark('BUSDT', 'rule3')]);
    await vi.waitFor(() => expect(desk.posted).toHaveLength(3));
    await counter.explain(chat('c2'), [bark('AUSDT', 'rule4')]);
    const notes = desk.posted.map(({ amendment }) => amendment.what === 'note' && amendment.note.state);
    expect(notes).toEqual(['made', 'made', 'made', 'made']);
    expect(desk.gateway.requests).toHaveLength(2);
  });

  it('are asked for again where a courier died in asking: the minute is still that message’s', async () => {
    await desk.openDesk();
    const alert = bark('AUSDT', 'rule1');
    await createNotes(desk.redis.connect()).turn('c1', alert.eventId);
    await desk.openCounter().explain(chat('c1'), [alert]);
    await vi.waitFor(() => expect(desk.notes().c1?.state).toBe('made'));
  });

  it('are bounded for the whole bot: a crash of everything is a few calls, and the rest is told so', async () => {
    await desk.openDesk({ notesPerMinute: 3 });
    const counter = desk.openCounter();
    await Promise.all(
      Array.from({ length: 12 }, (_, i) => counter.explain(chat(`c${i}`), [bark(`S${i}USDT`, `rule${i}`)])),
    );
    await vi.waitFor(() => expect(desk.posted).toHaveLength(12), { timeout: 5_000 });
    const states = Object.values(desk.notes()).map((note) => (note.state === 'none' ? note.reason : 'made'));
    expect(states.filter((state) => state === 'made')).toHaveLength(3);
    expect(states.filter((state) => state === 'busy')).toHaveLength(9);
    expect(desk.gateway.requests).toHaveLength(3);
  });

  it('are not asked for without AI, without approval, where nobody wants them, or on what is no figure of now', async () => {
    const counter = desk.openCounter();
    const listing = bark('NEWUSDT', 'rule1');
    expect(await desk.openCounter({ aiOn: false }).explain(chat('c1'), [bark('BTCUSDT', 'rule1')])).toBe(
      false,
    );
    for (const unwanted of [{ approved: false }, { noNotes: true }])
      expect(await counter.explain({ ...chat('c1'), ...unwanted }, [bark('BTCUSDT', 'rule1')])).toBe(false);
    expect(
      await counter.explain(chat('c1'), [
        bark('AUSDT', 'rule2', 2.4, { late: true }),
        bark('BUSDT', 'rule3', 2.4, { decidedAt: Date.now() - 600_000 }),
        { ...listing, rule: { ...listing.rule, kind: 'listing' } },
      ]),
    ).toBe(false);
    expect(await desk.redis.connect().keys('sheepdog:*note*')).toEqual([]);
  });

  it('that nobody makes in time are said to have been too slow, and cost nothing when a desk opens', async () => {
    await desk.openCounter({ waitMs: 150 }).explain(chat('c1'), [bark('BTCUSDT', 'rule1')]);
    await vi.waitFor(() => expect(desk.notes().c1).toEqual({ state: 'none', reason: 'timeout' }));
    await desk.openDesk();
    await vi.waitFor(async () =>
      expect(await desk.redis.connect().zcard('{sheepdog}:note:completed')).toBe(1),
    );
    expect(desk.posted).toHaveLength(1);
    expect(desk.gateway.requests).toEqual([]);
  });
});
