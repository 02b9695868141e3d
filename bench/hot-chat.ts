import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Amendment } from '../src/notice/amendment.ts';
import { createChatsRepository } from '../src/store/chats.ts';
import { createDeliveries } from '../src/store/deliveries.ts';
import { createMailbox } from '../src/store/mailbox.ts';
import { createPost } from '../src/store/post.ts';
import { alert, makeChat } from '../test/courier/support.ts';
import { startRedisServer } from '../test/support/redis-server.ts';
import { startBenchCourier } from './bench-courier.ts';
import { startFloodingPlatform } from './flooding-platform.ts';
import type { BenchResult } from './model.ts';
import { percentile } from './percentile.ts';

/** Telegram's rates: what one slot more would cost is 40 ms. */
const PER_SECOND = 25;
const CHAT_MS = 1_000;
const OTHERS = 100;
/** Barks to the others in each phase, one every `EVERY_MS`: two thirds of the rate. */
const BARKS = 400;
const EVERY_MS = 60;
/** Of each phase the median is told. */
const ROUNDS = process.argv.includes('--full') ? 3 : 1;
/** What waits for the hot chat: barks, or changes of as many messages. */
const WAITING = 320;
const CHANGES = 30;

/** How soon barks come to other chats: alone, beside a chat with hundreds of barks, and beside one whose messages are all to be changed as well. */
export async function hotChat(): Promise<BenchResult[]> {
  const redis = await startRedisServer();
  const asked = new Map<string, number>();
  let late: number[] = [];
  const platform = await startFloodingPlatform(PER_SECOND, (_, text, at) => {
    for (const event of text.split('\n')) {
      const from = asked.get(event);
      if (from !== undefined) late.push(at - from);
      asked.delete(event);
    }
  });
  const store = redis.connect();
  const chats = createChatsRepository(store);
  const mailbox = createMailbox(store);
  const post = createPost({ store, connection: store });
  const courier = await startBenchCourier(redis, platform, { allMs: 1_000 / PER_SECOND, chatMs: CHAT_MS });
  try {
    const hot = await makeChat(chats, '1');
    const changed = await makeChat(chats, '2');
    await chats.update(hot.uid, { barksPerHour: 100_000 });
    const others = await Promise.all(
      Array.from({ length: OTHERS }, (_, i) => makeChat(chats, String(100 + i))),
    );
    await Promise.all(others.map(({ uid }) => chats.update(uid, { barksPerHour: 100_000 })));

    const p99 = async (phase: string): Promise<number> => {
      late = [];
      for (let n = 0; n < BARKS; n++) {
        const chat = others[n % OTHERS];
        if (!chat) continue;
        const bark = alert(n, `${phase}-${n}`);
        asked.set(bark.eventId, performance.now());
        await post.post(chat.uid, 'hi', [bark]);
        await sleep(EVERY_MS);
      }
      while (late.length < BARKS) await sleep(10);
      return percentile(late, 0.99);
    };

    await p99('warm');
    const rounds: { alone: number; barks: number; both: number }[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const alone = await p99(`alone${round}`);
      await fill(round);
      const barks = await p99(`barks${round}`);
      await settled();
      await fill(round + ROUNDS);
      await toChange(round);
      rounds.push({ alone, barks, both: await p99(`both${round}`) });
      await settled();
    }
    const of = (phase: 'alone' | 'barks' | 'both') =>
      percentile(
        rounds.map((each) => each[phase]),
        0.5,
      );
    return [
      result('courier.hot', of('barks'), of('alone'), `a chat with ${WAITING} barks`),
      result('courier.hot.changes', of('both'), of('alone'), `such a chat, and one with ${CHANGES} changes`),
      { name: 'courier.hot.refused', value: platform.refused(), unit: 'answers 429' },
    ];

    async function fill(round: number): Promise<void> {
      const barks = Array.from({ length: WAITING }, (_, n) => alert(n, `hot-${round}-${n}`));
      await post.post(hot.uid, 'hi', barks);
    }

    /** Messages of the second chat that were told, and are all to be changed. */
    async function toChange(round: number): Promise<void> {
      const { uid } = changed;
      const acks: Amendment[] = [];
      for (let n = 0; n < CHANGES; n++) {
        const bark = alert(n, `told-${round}-${n}`);
        const { eventId: of } = bark;
        const messageId = String(100_000 * (round + 1) + n);
        await mailbox.told.write(uid, messageId, { notices: [bark], form: 'barks' });
        await createDeliveries(store).remember([of], { chat: uid, batch: messageId, messageId });
        acks.push({ type: 'amendment', eventId: `ack:${of}`, of, dueAt: 0, what: 'ack', by: 'anna', at: n });
      }
      await post.post(uid, 'am', acks);
    }

    async function settled(): Promise<void> {
      while ((await mailbox.size(hot.uid)) + (await mailbox.amendments.waiting(changed.uid)).length > 0) {
        await sleep(50);
      }
    }
  } finally {
    courier.kill('SIGTERM');
    await once(courier, 'exit');
    await post.close();
    await platform.close();
    await redis.stop();
  }
}

function result(name: string, value: number, baseline: number, what: string): BenchResult {
  const round = (ms: number) => Number(ms.toFixed(2));
  return {
    name,
    value: round(value),
    unit: `ms p99 to other chats beside ${what}`,
    baseline: round(baseline),
    ratio: round(value / baseline),
  };
}
