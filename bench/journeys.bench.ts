import { setTimeout as sleep } from 'node:timers/promises';
import { PROMPT_VERSION } from '../src/desk/prompt.ts';
import { keys } from '../src/store/keys.ts';
import { createMarketRepository } from '../src/store/market.ts';
import { startWorld, type World } from '../test/journeys/house.ts';
import { wordsOf } from '../test/world/discord.ts';
import type { Bench, BenchResult } from './model.ts';
import { percentile } from './percentile.ts';

const JUMPS = 30;
const SYMBOLS = ['BTC', 'ETH', 'BNB', 'SOL', 'DOGE', 'XRP'];
const QUESTIONS = 50;
const AI_MS = 1_500;

/** Everything in one process, the fakes included: what they cost counts against us. */
export const benches: readonly Bench[] = [
  { name: 'alert.latency', run: () => inWorld({}, alertLatency) },
  {
    name: 'analyze',
    run: () =>
      inWorld(
        {
          AI_DAILY_BUDGET_USD: 'unlimited',
          AI_CHAT_DAILY_BUDGET_USD: 'unlimited',
          AI_MAX_CALLS_PER_SECOND: '1000',
        },
        analyze,
      ),
  },
];

async function inWorld<T>(env: NodeJS.ProcessEnv, run: (world: World) => Promise<T>): Promise<T> {
  const world = await startWorld();
  try {
    await world.startSheepdog({ LOG_LEVEL: 'warn', ...env });
    return await run(world);
  } finally {
    await world.stop();
  }
}

/** A 2 % jump in one frame → the message at the fake platform, p95; a chat of its own for each jump on either platform. */
async function alertLatency(world: World): Promise<BenchResult[]> {
  const { telegram, discord, exchange } = world;
  const market = createMarketRepository(world.redis.connect());
  let price = 80_000;
  exchange.market.setPrice('BTCUSDT', price);
  while ((await market.brief('BTCUSDT'))?.last !== price) await sleep(50);

  const stages = [];
  for (let i = 1; i <= JUMPS; i++) {
    const level = Math.round(80_000 * 1.02 ** i);
    const person = telegram.addUser();
    const chat = telegram.privateChat(person);
    const channel = discord.addChannel(discord.guild, { name: `alerts-${i}` });
    telegram.say(chat, `/subscribe btc price ${level}`, person);
    await telegram.said(chat, /#[a-z0-9]{6}/);
    // A person may give 20 commands a minute.
    const chief = discord.addUser({ permissions: discord.admin.permissions });
    await discord.answered(
      discord.command(
        'subscribe',
        { symbol: 'btc', kind: 'price', threshold: String(level) },
        { channel, user: chief },
      ),
    );
    stages.push({ level, chat, channel });
  }

  const onTelegram: number[] = [];
  const onDiscord: number[] = [];
  for (const { level, chat, channel } of stages) {
    // The mark price follows once a second; jumps on its heels would be taken for bad prints.
    await sleep(1_100);
    price = level + 10;
    const at = performance.now();
    exchange.market.setPrice('BTCUSDT', price);
    await Promise.all([
      telegram.said(chat, /^(🔺|🔻|↕)/u).then(() => onTelegram.push(performance.now() - at)),
      discord.posted(channel).then(() => onDiscord.push(performance.now() - at)),
    ]);
  }
  const value = percentile([...onTelegram, ...onDiscord], 0.95);
  return [
    { name: 'alert.latency', value, unit: 'ms p95' },
    { name: 'alert.latency.telegram', value: percentile(onTelegram, 0.95), unit: 'ms p95' },
    { name: 'alert.latency.discord', value: percentile(onDiscord, 0.95), unit: 'ms p95' },
  ];
}

/** `/analyze` by different users in waves of different symbols, the AI taking 1.5 s: acknowledged, and answered after its last byte. */
async function analyze(world: World): Promise<BenchResult[]> {
  const { telegram, discord, gateway } = world;
  gateway.latencyMs = AI_MS;
  // Symbols in use first: a question about a new one also waits for its warm-up.
  for (const symbol of SYMBOLS) {
    await discord.answered(discord.command('price', { symbol }, { user: discord.addUser() }), 10_000);
  }

  const store = world.redis.connect();
  const acks: number[] = [];
  const overheads: number[] = [];
  const overhead = (symbol: string, from: number, answeredAt: number) => {
    const call = gateway.requests.find(
      (request, i) =>
        i >= from && request.body?.messages.some(({ content }) => content.includes(`${symbol}USDT`)),
    );
    if (call?.answeredAt !== undefined) overheads.push(answeredAt - call.answeredAt);
  };

  for (let asked = 0; asked < QUESTIONS * 2; asked += SYMBOLS.length) {
    const platform = (asked / SYMBOLS.length) % 2 === 0 ? 'telegram' : 'discord';
    const from = gateway.requests.length;
    // Each wave is to make calls of its own: the answers of the one before must not stand for them.
    await Promise.all(
      SYMBOLS.map((symbol) => store.del(keys.freshAnalysis(`${symbol}USDT`, 'en', PROMPT_VERSION))),
    );
    await Promise.all(
      SYMBOLS.map(async (symbol) => {
        if (platform === 'telegram') {
          const person = telegram.addUser();
          const chat = telegram.privateChat(person);
          const at = performance.now();
          telegram.say(chat, `/analyze ${symbol}`, person);
          await telegram.waitFor('sendChatAction', (payload) => String(payload.chat_id) === String(chat.id));
          acks.push(performance.now() - at);
          await telegram.said(chat, new RegExp(symbol), 20_000);
          overhead(symbol, from, performance.now());
        } else {
          // A chat may ask 30 times an hour.
          const where = { user: discord.addUser(), channel: discord.addChannel(discord.guild) };
          const at = performance.now();
          const question = discord.command('analyze', { symbol }, where);
          await discord.waitFor('an acknowledgement', () => question.acknowledgedAt !== undefined);
          acks.push(performance.now() - at);
          const answer = await discord.answered(question, 20_000);
          if (wordsOf(answer).includes(symbol)) overhead(symbol, from, performance.now());
        }
      }),
    );
  }
  return [
    { name: 'analyze.ack', value: percentile(acks, 0.95), unit: `ms p95 of ${acks.length}` },
    { name: 'analyze.overhead', value: percentile(overheads, 0.95), unit: `ms p95 of ${overheads.length}` },
  ];
}
