import { REST } from 'discord.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPublisher } from '../../src/discord/publish.ts';
import { createLimiter, type Limiter } from '../../src/store/limiter.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { CROSSPOSTED } from '../world/discord/model.ts';
import { CHANNEL_TYPES, type FakeChannel, type FakeDiscord, startFakeDiscord } from '../world/discord.ts';
import { chatAt } from './support.ts';

describe('publishing to the followers of a channel', () => {
  let world: FakeDiscord;
  let rest: REST;
  let news: FakeChannel;
  let redis: TestRedis;
  let limiter: Limiter;
  let turn = 0;
  beforeAll(async () => {
    redis = await startTestRedis();
    limiter = createLimiter(redis.connect());
    world = await startFakeDiscord({ rateLimit: { limit: 100, windowMs: 1_000 } });
    rest = new REST({ api: world.apiUrl, version: '10', rejectOnRateLimit: () => true }).setToken(
      world.token,
    );
    news = world.addChannel(world.guild, { name: 'news', type: CHANNEL_TYPES.announcement });
  });
  afterAll(async () => {
    await world.stop();
    await redis.stop();
  });
  beforeEach(() => redis.clear());

  async function post(channel: FakeChannel): Promise<string> {
    await rest.post(`/channels/${channel.id}/messages`, { body: { content: 'woof' } });
    return world.state.messages.at(-1)?.id ?? '';
  }
  const isPublished = (id: string) =>
    ((world.state.messages.find((message) => message.id === id)?.flags ?? 0) & CROSSPOSTED) !== 0;

  it('is done only where the chat wants it, and ten times an hour at most, whoever sends', async () => {
    const publishers = [createPublisher(rest, limiter), createPublisher(rest, limiter)];
    const publish: (typeof publishers)[number] = async (...args) => await publishers[turn++ % 2]?.(...args);
    const wants = { ...chatAt(news.id), type: 'channel', publish: true } as const;
    const silent = await post(news);
    await publish({ ...wants, publish: false }, silent);
    expect(isPublished(silent)).toBe(false);
    const done: boolean[] = [];
    for (let i = 0; i < 7; i++) {
      const id = await post(news);
      await publish(wants, id);
      done.push(isPublished(id));
    }
    // Five at once, and one in twelve minutes: never more than ten in an hour.
    expect(done).toEqual([true, true, true, true, true, false, false]);
  });

  it('that fails is no failure of the message', async () => {
    const publish = createPublisher(rest, limiter);
    const ordinary = { ...chatAt(world.channel.id), type: 'channel', publish: true } as const;
    await publish(ordinary, await post(world.channel));
    world.fault({ path: /crosspost$/, connection: 'reset', times: 5 });
    await publish({ ...chatAt(news.id), type: 'channel', publish: true }, await post(news));
    expect(world.violations).toEqual([]);
  });
});
