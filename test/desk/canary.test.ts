import { beforeEach, describe, expect, it, vi } from 'vitest';
import { type Canary, startCanary } from '../../src/desk/canary.ts';
import { createPaidDialogue } from '../../src/desk/paid-dialogue.ts';
import { loadPrices } from '../../src/desk/prices.ts';
import { silentLog } from '../../src/kit/log.ts';
import { ManualClock } from '../support/clock.ts';
import { useHouse } from './house.ts';

const MODEL = 'gpt-4.1';
const LIMITS = { bot: 10_000_000, chat: undefined };
const DAY_MS = 86_400_000;

describe('the canary', () => {
  const house = useHouse();
  let clock: ManualClock;
  let told: string[];
  beforeEach(() => {
    clock = new ManualClock(Date.parse('2026-11-24T12:00:00Z'));
    told = [];
  });

  function start(limits = LIMITS): Canary {
    const { store, budget } = house;
    const { baseUrl, apiKey } = house.gateway;
    const common = { store, clock, baseUrl, timezone: 'UTC' };
    const paid = createPaidDialogue(
      { ...common, apiKey, models: [MODEL], limits, maxCallsPerSecond: 1_000 },
      { ...common, prices: loadPrices(), budget },
    );
    const canary = startCanary({
      ...common,
      ...paid,
      log: silentLog(),
      everyMs: 10,
      onChanged: async (model, before, now, day) => void told.push(`${day} ${model} ${before} → ${now}`),
    });
    house.closing({ close: () => canary.stop() });
    return canary;
  }

  const counts = (tokens: number) =>
    house.gateway.always({ type: 'reading', usage: { prompt_tokens: tokens, completion_tokens: 2 } });
  /** The model answers on the next day, and the canary has looked at what the gateway counts. */
  async function nextDay(canary: Canary): Promise<void> {
    const calls = house.gateway.requests.length;
    clock.advanceBy(DAY_MS);
    canary.answered(MODEL);
    await vi.waitFor(() => expect(house.gateway.requests.length).toBe(calls + 1));
    await settled();
  }
  const day = () => new Date(clock.now()).toISOString().slice(0, 10);
  const spent = () => house.budget.summary(day(), day(), 'UTC', 'bot', LIMITS);
  const settled = () =>
    vi.waitFor(async () => expect(await spent()).toMatchObject({ calls: 1, reservedNano: 0 }));

  it('says when the gateway counts otherwise for the same text than ever before, and only then', async () => {
    const canary = start();
    counts(120);
    await nextDay(canary);
    await nextDay(canary);
    counts(131);
    await nextDay(canary);
    await vi.waitFor(() => expect(told).toEqual([`2026-11-27 ${MODEL} 120 → 131`]));
    counts(120);
    await nextDay(canary);
    counts(99);
    await nextDay(canary);
    await vi.waitFor(() => expect(told.slice(1)).toEqual([`2026-11-29 ${MODEL} 120,131 → 99`]));
    const texts = house.gateway.requests.map(({ body }) => body?.messages[0]?.content);
    expect(new Set(texts).size).toBe(1);
  });

  it('is one small call a day, of all processes, on the bot’s account, and no analysis', async () => {
    const [one, other] = [start(), start()];
    for (const canary of [one, other, one, other]) canary.answered(MODEL);
    await settled();
    one.answered(MODEL);
    other.answered(MODEL);
    // A look of each has passed when another model was looked at after it.
    for (const canary of [one, other]) canary.answered('gemini-2.5-flash');
    await vi.waitFor(() => expect(house.gateway.requests).toHaveLength(2));
    expect(house.gateway.requests.map(({ body }) => body?.model)).toEqual([MODEL, 'gemini-2.5-flash']);
    expect((await house.budget.detail(day(), day())).answered).toBe(0);
    expect((await spent()).costNano).toBeLessThan(2_000_000);
  });

  it('is not paid for where there is no money for it, and asks nothing of what never answered', async () => {
    const canary = start({ bot: 0, chat: undefined });
    canary.answered(MODEL);
    await vi.waitFor(async () => expect((await spent()).deniedByBudget).toBe(1));
    expect(house.gateway.requests).toEqual([]);
    expect(told).toEqual([]);
  });
});
