import { describe, expect, it, vi } from 'vitest';
import type { Locale } from '../../src/store/chat-model.ts';
import type { Behaviour } from '../world/gateway.ts';
import { bark, chat, useNoted, WAIT_MS } from './noted.ts';

describe('notes on barks that cannot be made', () => {
  const desk = useNoted();

  const content = (value: unknown): Behaviour => ({
    type: 'content',
    content: typeof value === 'string' ? value : JSON.stringify(value),
  });
  const why = 'Buyers lead';
  const unusual = ['change_5m'];
  const CASES: {
    name: string;
    answers: Behaviour[];
    expected: string;
    attempts: number;
    locale?: Locale;
  }[] = [
    { name: 'silence', answers: [{ type: 'hang', after: 'nothing' }], expected: 'timeout', attempts: 2 },
    { name: 'half an answer', answers: [{ type: 'hang', after: 'half' }], expected: 'timeout', attempts: 2 },
    { name: 'a form of its own', answers: [content({ reason: 'x' })], expected: 'failed', attempts: 2 },
    {
      name: 'a form of its own, then a good one',
      answers: [content({ reason: 'x' }), content({ why, unusual })],
      expected: why,
      attempts: 2,
    },
    {
      name: 'features that are none',
      answers: [content({ why, unusual: ['moon'] })],
      expected: 'failed',
      attempts: 2,
    },
    {
      name: 'another language',
      answers: [content({ why, unusual })],
      expected: 'failed',
      attempts: 2,
      locale: 'ko',
    },
    {
      name: 'numbers of its own in one of two sentences',
      answers: [content({ why: 'Price broke 70,000. Buyers lead.', unusual })],
      expected: 'Buyers lead.',
      attempts: 1,
    },
    {
      name: 'nothing but numbers of its own',
      answers: [content({ why: 'Price rose 3.2%', unusual })],
      expected: 'failed',
      attempts: 2,
    },
    {
      name: 'markup, mentions and links',
      answers: [content({ why: '<b>@everyone</b> **Buyers** lead /start https://evil.example', unusual })],
      expected: 'Buyers lead',
      attempts: 1,
    },
    {
      name: 'a flood of words',
      answers: [content({ why: 'up '.repeat(300), unusual })],
      expected: `${'up '.repeat(50).slice(0, 99).trimEnd()}…`,
      attempts: 1,
    },
    { name: '500', answers: [{ type: 'status', status: 500 }], expected: 'failed', attempts: 2 },
    { name: '401', answers: [{ type: 'status', status: 401 }], expected: 'refused', attempts: 1 },
    { name: '404', answers: [{ type: 'status', status: 404 }], expected: 'refused', attempts: 1 },
    {
      name: '429 for an hour',
      answers: [{ type: 'status', status: 429, headers: { 'retry-after': '3600' } }],
      expected: 'busy',
      attempts: 1,
    },
  ];

  it.each(CASES)(
    'from a gateway that gives $name end in $expected, in time, with the money settled',
    async (one) => {
      const last = one.answers.at(-1);
      desk.gateway.next(...one.answers.slice(0, -1));
      if (last) desk.gateway.always(last);
      await desk.openDesk({ attemptMs: 400 });
      const started = performance.now();
      await desk.openCounter().explain(chat('c1', one.locale), [bark('BTCUSDT', 'rule1')]);
      await vi.waitFor(() => expect(desk.posted).toHaveLength(1), { timeout: WAIT_MS + 500 });
      expect(performance.now() - started).toBeLessThan(WAIT_MS + 250);
      const note = desk.notes().c1;
      expect(note?.state === 'made' ? note.why : note?.reason).toBe(one.expected);
      expect(desk.gateway.requests).toHaveLength(one.attempts);
      await vi.waitFor(async () => expect(await desk.spent()).toMatchObject({ reservedNano: 0 }));
    },
  );

  it.each([
    ['the budget is zero', { limits: { bot: 0, chat: undefined } }, 'budget'],
    ['the bot’s half is used up', { limits: { bot: 100_000, chat: undefined } }, 'budget'],
    ['the desk has no key', { apiKey: undefined }, 'no-key'],
    ['the model has no price', { models: ['mystery-1'] }, 'refused'],
  ])('say so when %s', async (_, config, reason) => {
    await desk.openDesk(config);
    await desk.openCounter().explain(chat('c1'), [bark('BTCUSDT', 'rule1')]);
    await vi.waitFor(() => expect(desk.notes().c1).toEqual({ state: 'none', reason }));
    expect(desk.gateway.requests).toEqual([]);
  });

  it('say so when nothing is known of the market', async () => {
    await desk.openDesk();
    await desk.openCounter().explain(chat('c1'), [bark('UNSEENUSDT', 'rule1')]);
    await vi.waitFor(() => expect(desk.notes().c1).toEqual({ state: 'none', reason: 'no-data' }));
    expect(desk.gateway.requests).toEqual([]);
  });

  it('tell the operators of a refused key as readings do', async () => {
    desk.gateway.always({ type: 'status', status: 401 });
    await desk.openDesk();
    await desk.openCounter().explain(chat('c1'), [bark('BTCUSDT', 'rule1')]);
    await vi.waitFor(() => expect(desk.told).toEqual(['gateway-auth']));
  });

  it('say so when the gateway is left alone after failures', async () => {
    desk.gateway.always({ type: 'status', status: 500 });
    await desk.openDesk();
    const counter = desk.openCounter();
    for (const n of [1, 2]) await counter.explain(chat(`c${n}`), [bark(`S${n}USDT`, `rule${n}`)]);
    await vi.waitFor(() => expect(desk.posted).toHaveLength(2));
    await counter.explain(chat('c3'), [bark('S3USDT', 'rule3')]);
    await vi.waitFor(() => expect(desk.notes().c3).toEqual({ state: 'none', reason: 'busy' }));
  });
});
