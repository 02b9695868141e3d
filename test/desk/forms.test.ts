import { describe, expect, it } from 'vitest';
import { loadPrices } from '../../src/desk/prices.ts';
import { FIRST, SECOND, useUntrusted } from './untrusted.ts';

describe('how a model is asked', () => {
  const desk = useUntrusted();

  /** Whatever it is called, the gateway serves it and it has a price. */
  const askOf = (model: string) => {
    desk.gateway.models.push(model);
    const prices = loadPrices();
    const priced = { ...prices, find: () => prices.find(FIRST, Date.now()) };
    return desk.put(desk.makeAsk({ models: [model], prices: priced }));
  };

  it('remembers what form a model refused, from schema by JSON mode to plain words', async () => {
    desk.gateway.always({ type: 'refuse-format', formats: ['json_schema', 'json_object'] });
    const ask = desk.makeAsk({ models: [SECOND] });
    expect((await desk.put(ask)).reading).toBeDefined();
    expect((await desk.put(desk.makeAsk({ models: [SECOND] }))).reading).toBeDefined();
    expect(desk.gateway.requests.map((request) => request.body?.response_format?.type)).toEqual([
      'json_schema',
      'json_object',
      undefined,
      undefined,
    ]);
    const [form = ''] = await desk.store.keys('sheepdog:ai:form:*');
    expect(await desk.store.pttl(form)).toBeGreaterThan(86_390_000);
  });

  it('is asked without the parameters that a model refused, by every process, for a day', async () => {
    desk.gateway.always({ type: 'refuse-parameters', parameters: ['thinking', 'temperature', 'max_tokens'] });
    for (const _ of [1, 2]) {
      expect((await askOf('deepseek/deepseek-v4')).reading).toBeDefined();
    }
    expect(
      desk.gateway.requests.map(({ body = { model: '', messages: [] } }) =>
        ['thinking', 'temperature', 'max_tokens', 'max_completion_tokens'].filter((name) => name in body),
      ),
    ).toEqual([
      ['thinking', 'temperature', 'max_tokens'],
      ['temperature', 'max_tokens'],
      ['max_tokens'],
      ['max_completion_tokens'],
      ['max_completion_tokens'],
    ]);
    const [mark = ''] = await desk.store.keys('sheepdog:ai:refused:*');
    expect(await desk.store.pttl(mark)).toBeGreaterThan(86_390_000);
  });

  it.each([
    ['gemini-2.5-flash', { reasoning_effort: 'none' }, 320],
    ['google/gemini-2.5-pro', { reasoning_effort: 'low' }, 2_320],
    ['deepseek/deepseek-v4-pro', { thinking: { type: 'disabled' } }, 320],
    ['deepseek/deepseek-chat-v3-0324', {}, 320],
    ['openai/gpt-5-mini', { reasoning_effort: 'minimal' }, 320],
    ['gpt-5.1', { reasoning_effort: 'none' }, 320],
    ['gpt-5.3-codex-spark', {}, 2_320],
    ['o4-mini', { reasoning_effort: 'low' }, 2_320],
    ['gpt-4.1', {}, 320],
    ['claude-sonnet-4.5', {}, 320],
  ])(
    'is kept from thinking where it can be, and else has the tokens for it: %s',
    async (model, said, tokens) => {
      await askOf(model);
      const { thinking, reasoning_effort, max_tokens, max_completion_tokens } =
        desk.gateway.requests[0]?.body ?? {};
      expect({ thinking, reasoning_effort }).toEqual(said);
      expect(max_tokens ?? max_completion_tokens).toBe(tokens);
    },
  );

  it('has the tokens to think where it cannot be kept from it', async () => {
    desk.gateway.always({ type: 'refuse-parameters', parameters: ['reasoning_effort'] });
    expect((await askOf('gemini-2.5-flash')).reading).toBeDefined();
    expect(desk.gateway.requests.map(({ body }) => [body?.reasoning_effort, body?.max_tokens])).toEqual([
      ['none', 320],
      [undefined, 2_320],
    ]);
  });

  it('is told what was wrong in the one repair, and given more room when an answer was cut', async () => {
    desk.gateway.next({ type: 'content', content: '{"mood":"great"}' });
    await desk.put();
    expect(desk.gateway.requests[1]?.body?.messages.at(-1)?.content).toMatch(/Not valid: sentiment/);
    desk.gateway.next({ type: 'content', content: '{"senti', finishReason: 'length' });
    await desk.put();
    expect(desk.gateway.requests[3]?.body?.max_tokens).toBe(
      2 * Number(desk.gateway.requests[2]?.body?.max_tokens),
    );
  });
});
