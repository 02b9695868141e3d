import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { startAnalyst } from '../src/desk/analyst.ts';
import { createDesk, type Desk } from '../src/desk/client.ts';
import { loadPrices } from '../src/desk/prices.ts';
import { composePrompt } from '../src/desk/prompt.ts';
import { systemClock } from '../src/kit/clock.ts';
import { silentLog } from '../src/kit/log.ts';
import { createAnalysesRepository } from '../src/store/analyses.ts';
import { createBudget } from '../src/store/budget.ts';
import { createCallRecord } from '../src/store/record.ts';
import { makeBrief, makeFacts } from '../test/desk/brief.ts';
import { startTestRedis } from '../test/support/redis.ts';
import { type FakeGateway, startFakeGateway } from '../test/world/gateway.ts';
import type { Bench, BenchResult } from './model.ts';
import { percentile } from './percentile.ts';

/**
 * The tutorial's prompt: its last twenty trades as Python prints a list of dicts, with its two figures and its wish for
 * sentiment, reading and risk. Written after its form, and a little shorter than the original, which counts 979 tokens:
 * the ratio errs against us. Twenty trades of a busy book are about two seconds of market.
 */
function tutorialPrompt(): string {
  const start = Date.parse('2026-11-22T12:00:00Z');
  const trades = Array.from({ length: 20 }, (_, i) => {
    const price = (67_450.2 + ((i * 37) % 23) / 10).toFixed(1);
    const quantity = (0.002 + ((i * 61) % 97) / 1000).toFixed(3);
    const side = i % 3 === 0 ? 'SELL' : 'BUY';
    return `{'symbol': 'BTCUSDT', 'price': ${price}, 'quantity': ${quantity}, 'side': '${side}', 'timestamp': ${start + i * 94}}`;
  });
  return [
    'You are a professional cryptocurrency analyst. Analyse the following real-time trade data.',
    'Symbol: BTCUSDT',
    `Recent trades: [${trades.join(', ')}]`,
    'Current volatility: 1.2345',
    'Buy/sell ratio: 1.3809',
    'Give: 1. market sentiment (0-100) 2. a short-term outlook in at most 50 characters 3. the risk level. Answer in JSON.',
  ].join('\n');
}

const QUESTIONS = 200;
const WARM_UP = 20;
const CROWD = 1_000;
const AI_MS = 50;

/** A desk on a real Redis with a loopback gateway, all in this process; money unlimited, as many calls as wanted. */
async function withDesk<T>(run: (world: { desk: Desk; gateway: FakeGateway }) => Promise<T>): Promise<T> {
  const redis = await startTestRedis();
  const gateway = await startFakeGateway();
  const store = redis.connect();
  const analyses = createAnalysesRepository(store);
  const common = { address: redis.address, analyses, budget: createBudget(store), clock: systemClock };
  const analyst = await startAnalyst({
    ...common,
    market: { brief: async (symbol) => makeBrief({ symbol }), candles: async () => [] },
    record: createCallRecord(store),
    prices: loadPrices(),
    post: { post: async () => undefined },
    config: {
      apiKey: gateway.apiKey,
      baseUrl: gateway.baseUrl,
      models: ['deepseek/deepseek-chat-v3-0324'],
      limits: { bot: undefined, chat: undefined },
      timezone: 'UTC',
      maxCallsPerSecond: 10_000,
    },
    tellOperators: async () => undefined,
    log: silentLog(),
  });
  const desk = await createDesk({
    ...common,
    off: undefined,
    timezone: 'UTC',
    locale: 'en',
    log: silentLog(),
  });
  try {
    return await run({ desk, gateway });
  } finally {
    await desk.close();
    await analyst.close();
    await gateway.close();
    await redis.stop();
  }
}

function ask(desk: Desk, symbol: string, payer: string) {
  const asked = { symbol, locale: 'en', payer, operator: false, trigger: 'interactive' } as const;
  return desk.analyze({ ...asked, deadlineMs: 20_000 });
}

/** Question → answer, less what the gateway took for it, p95 of questions that come one after another. */
function overhead(): Promise<BenchResult> {
  return withDesk(async ({ desk, gateway }) => {
    gateway.latencyMs = AI_MS;
    const overheads: number[] = [];
    for (let i = 0; i < WARM_UP; i++) await ask(desk, `W${i}USDT`, 'chat');
    for (let i = 0; i < QUESTIONS; i++) {
      const start = performance.now();
      const { reading } = await ask(desk, `S${i}USDT`, 'chat');
      const ms = performance.now() - start;
      const call = gateway.requests.at(-1);
      if (reading && call?.answeredAt !== undefined) overheads.push(ms - (call.answeredAt - call.receivedAt));
    }
    return {
      name: 'desk.overhead',
      value: percentile(overheads, 0.95),
      unit: `ms p95 of ${overheads.length}`,
    };
  });
}

/** A thousand chats ask the same at once: until the last has its answer, and how many calls it cost. */
function crowd(): Promise<BenchResult[]> {
  return withDesk(async ({ desk, gateway }) => {
    gateway.latencyMs = AI_MS;
    const start = performance.now();
    await Promise.all(Array.from({ length: CROWD }, (_, i) => ask(desk, 'BTCUSDT', `chat-${i}`)));
    const ms = Number((performance.now() - start).toFixed(1));
    return [
      { name: 'desk.crowd', value: ms, unit: `ms until the last of ${CROWD} is answered`, baseline: AI_MS },
      { name: 'desk.crowd.calls', value: gateway.requests.length, unit: 'calls', baseline: CROWD },
    ];
  });
}

export const benches: readonly Bench[] = [
  { name: 'desk.overhead', run: overhead },
  { name: 'desk.crowd', run: crowd },
  {
    name: 'desk.tokens',
    async run() {
      const prompt = composePrompt(makeFacts(), ['en']);
      const value = encode(prompt.map((message) => message.content).join('\n')).length;
      const baseline = encode(tutorialPrompt()).length;
      return {
        name: 'desk.tokens',
        value,
        unit: 'tokens',
        baseline,
        ratio: Number((value / baseline).toFixed(3)),
      };
    },
  },
];
