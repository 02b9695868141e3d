import { describe, expect, it, vi } from 'vitest';
import { localDay } from '../../src/kit/local-time.ts';
import { MODEL } from './house.ts';
import { useRoom } from './room.ts';

describe('the money of the desk', () => {
  const room = useRoom();

  it('stops hard at the budget, counts what it refused, and tells the operators once', async () => {
    const { desk } = await room.openDesk({
      config: { limits: { bot: 3_000_000, chat: undefined } },
      freshMs: 0,
    });
    const answers = [];
    for (let i = 0; i < 12; i++) answers.push(await room.ask(desk, { payer: `chat-${i}` }));
    expect(answers.at(0)?.noReading).toBeUndefined();
    expect(answers.at(-1)?.noReading).toBe('budget-bot');
    const total = await room.spent();
    expect(total.costNano).toBeLessThanOrEqual(2_400_000);
    expect(total.costNano).toBe((room.gateway.billed.prompt + room.gateway.billed.completion) * 420);
    expect(total.calls + total.deniedByBudget).toBe(12);
    await vi.waitFor(() => expect(room.told).toContain(`budget ${localDay(Date.now(), 'UTC')}:80`));
    expect(new Set(room.told).size).toBe(room.told.length);
  });

  it('charges what the gateway counts beyond what it was allowed, and tells the operators', async () => {
    room.gateway.always({ type: 'reading', usage: { prompt_tokens: 900, completion_tokens: 40_000 } });
    const { desk } = await room.openDesk({
      config: { limits: { bot: undefined, chat: undefined } },
      freshMs: 0,
    });
    for (let i = 0; i < 2; i++) expect((await room.ask(desk)).costNano).toBe(40_900 * 420);
    expect(room.told).toEqual(Array(2).fill(`gateway-over ${localDay(Date.now(), 'UTC')}:${MODEL}`));
    const day = localDay(Date.now(), 'UTC');
    expect((await room.budget.detail(day, day)).overCalls).toBe(2);
  });

  it('tells the operators once a day when another model is served than was asked for', async () => {
    const { desk } = await room.openDesk({ freshMs: 0 });
    room.gateway.always({ type: 'other-model', model: 'deepseek-chat-v3-0324' });
    await room.ask(desk);
    expect(room.told).toEqual([]);
    room.gateway.always({ type: 'other-model', model: 'something-cheaper' });
    for (let i = 0; i < 2; i++) expect((await room.ask(desk)).servedModel).toBe('something-cheaper');
    expect(room.told).toEqual([`gateway-other ${localDay(Date.now(), 'UTC')}:${MODEL}`]);
  });

  it('makes no call at all with a budget of nothing', async () => {
    const { desk } = await room.openDesk({ config: { limits: { bot: 0, chat: undefined } } });
    expect((await room.ask(desk)).noReading).toBe('budget-off');
    expect(room.gateway.requests).toEqual([]);
  });
});
