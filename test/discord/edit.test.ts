import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Edition, Sender } from '../../src/courier/sender.ts';
import { createDiscordSender } from '../../src/discord/sender.ts';
import { createLimiter, type Limiter } from '../../src/store/limiter.ts';
import { useRedis } from '../support/each-test.ts';
import { BARS } from '../support/pictures.ts';
import type { TestRedis } from '../support/redis.ts';
import { buttonsOf, type FakeDiscord, pings, startFakeDiscord, wordsOf } from '../world/discord.ts';
import { alert, chatAt } from './support.ts';

const mentions = z.looseObject({
  content: z.string().optional(),
  allowed_mentions: z
    .object({ parse: z.array(z.enum(['everyone', 'roles', 'users'])), roles: z.array(z.string()).optional() })
    .optional(),
});
const ROLE = '123456789012345678';

describe('a told message on Discord', () => {
  let redis: TestRedis;
  let world: FakeDiscord;
  let sender: Sender;
  let words: string;
  /** So many pictures cannot be drawn. */
  let failing: number;
  let limiter: Pick<Limiter, 'take' | 'giveBack'>;

  useRedis((opened) => {
    redis = opened;
  });
  beforeEach(async () => {
    world = await startFakeDiscord();
    words = 'woof';
    failing = 0;
    limiter = createLimiter(redis.connect());
    sender = createDiscordSender({
      token: world.token,
      apiUrl: world.apiUrl,
      chat: {
        present: () => ({
          text: [{ type: 'title', line: [words] }],
          buttons: [[{ label: 'Seen', action: 'v1:ack:1' }]],
          picture: BARS,
        }),
      },
      pictures: {
        async draw() {
          if (failing-- > 0) throw new Error('64 charts are waiting already');
          return { png: Buffer.from('89504e47', 'hex') };
        },
      },
      timeoutMs: 1_000,
      limiter: {
        take: (...slot) => limiter.take(...slot),
        giveBack: (...slot) => limiter.giveBack(...slot),
      },
    });
  });
  afterEach(async () => {
    await world.stop();
    expect(world.violations).toEqual([]);
  });

  let sent = 0;
  const send = (change: Partial<ReturnType<typeof chatAt>> = {}, silent = false) =>
    sender.send({ ...chatAt(world.channel.id), ...change }, [alert('up')], {
      nonce: `n${++sent}`,
      silent,
      mayRepeat: false,
    });
  const edit = (messageId: string, edition: Partial<Edition> = {}) =>
    sender.edit(chatAt(world.channel.id), messageId, {
      notices: [alert('up')],
      additions: [],
      form: 'barks',
      mayRepeat: false,
      pictured: undefined,
      words: true,
      ...edition,
    });

  it('is changed in its words, then gets its picture, and keeps it', async () => {
    await send();
    const message = await world.posted(world.channel);
    words = 'woof, and more';
    expect(await edit(message.id)).toEqual({ type: 'edited', pictured: undefined });
    expect(wordsOf(message)).toContain('woof, and more');
    expect(buttonsOf(message)).toHaveLength(1);
    const additions = [{ what: 'picture', of: 'e' }] as const;
    expect(await edit(message.id, { additions, words: false })).toEqual({ type: 'edited', pictured: 'in' });
    expect(message).toMatchObject({ files: 1, embeds: [{ image: { url: 'attachment://chart.png' } }] });
    words = 'woof, and what came';
    expect(await edit(message.id, { pictured: 'in' })).toEqual({ type: 'edited', pictured: 'in' });
    expect(message).toMatchObject({ files: 1, embeds: [{ image: { url: 'attachment://chart.png' } }] });
    expect(wordsOf(message)).toContain('what came');
  });

  it('says that its picture is missing when it could not be drawn, and what it says in words all the same', async () => {
    await send();
    const message = await world.posted(world.channel);
    const additions = [{ what: 'picture', of: 'e' }] as const;
    failing = 2;
    words = 'woof, and why';
    expect(await edit(message.id, { additions })).toMatchObject({ undrawn: true });
    expect(wordsOf(message)).toContain('woof, and why');
    expect(await edit(message.id, { additions, words: false })).toMatchObject({ undrawn: true });
    expect(await edit(message.id, { additions, words: false })).toEqual({ type: 'edited', pictured: 'in' });
    // It has one: the next words lose nothing when it cannot be drawn anew.
    failing = 1;
    expect(await edit(message.id, { additions, pictured: 'in' })).toEqual({ type: 'edited', pictured: 'in' });
  });

  it('that was deleted stays as it is', async () => {
    await send();
    const message = await world.posted(world.channel);
    message.deleted = true;
    expect(await edit(message.id)).toMatchObject({ type: 'no-message' });
  });

  it('calls the chat’s role, and nobody else, at most once in ten minutes; never when it is silent or changed', async () => {
    await send({ pingRole: ROLE }, true);
    await send({ pingRole: ROLE });
    await send({ pingRole: ROLE });
    await send();
    await edit(world.state.messages[1]?.id ?? '');
    expect(world.state.messages.map(({ content }) => content)).toEqual(['', `<@&${ROLE}>`, '', '']);
    const called = world.state.requests.flatMap(({ body }) => {
      const { content = '', allowed_mentions: allowed } = mentions.parse(body ?? {});
      return pings(content, allowed);
    });
    expect(called).toEqual([`<@&${ROLE}>`]);
  });

  it('leaves the call to the next alert when this one was not sent', async () => {
    world.fault({
      method: 'POST',
      path: /messages/,
      respond: { status: 403, body: { code: 50001, message: 'no' } },
    });
    expect(await send({ pingRole: ROLE })).toMatchObject({ type: 'gone' });
    await send({ pingRole: ROLE });
    expect((await world.posted(world.channel)).content).toBe(`<@&${ROLE}>`);
  });

  it.each([
    ['its answer was lost, which the same nonce makes safe', 4, { status: 500, body: 'oops' }],
    ['it came as plain words', 1, { status: 400, body: { code: 50035, message: 'Invalid Form Body' } }],
  ])('calls with the next attempt or alert when %s', async (_, times, respond) => {
    world.fault({ method: 'POST', path: /messages/, times, respond });
    await send({ pingRole: ROLE });
    await send({ pingRole: ROLE });
    expect(world.state.messages.at(-1)?.content).toBe(`<@&${ROLE}>`);
  });

  it('is told without a call while nobody can count the calls', async () => {
    const broken = () => Promise.reject(new Error('down'));
    limiter = { take: broken, giveBack: broken };
    expect(await send({ pingRole: ROLE })).toMatchObject({ type: 'sent' });
    expect((await world.posted(world.channel)).content).toBe('');
  });
});
