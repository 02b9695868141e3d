import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Discord } from '../../src/discord/discord.ts';
import { useRedis } from '../support/each-test.ts';
import type { TestRedis } from '../support/redis.ts';
import { type FakeDiscord, type FakeInteraction, startFakeDiscord } from '../world/discord.ts';
import { type StubChat, say, startBot, stubChat } from './support.ts';

describe('acknowledgements on Discord', () => {
  let redis: TestRedis;
  let world: FakeDiscord;
  let chat: StubChat;
  let bot: Discord;

  useRedis((opened) => {
    redis = opened;
  });
  beforeEach(async () => {
    world = await startFakeDiscord();
    chat = stubChat();
    bot = await startBot(world, redis, chat, { stopWithinMs: 100 });
    await world.waitFor('registered commands', () => world.state.commandWrites > 0);
  });
  afterEach(async () => {
    await bot.stop();
    await world.stop();
  });

  const asksSoFar = () => chat.calls.length + chat.presses.length + chat.fills.length;

  it('come before the chat room, and so the store, is asked anything, whatever was done', async () => {
    chat.onCommand = () =>
      say('choose', {
        buttons: [
          [
            { label: 'Go', action: 'v1:go' },
            { label: 'Type', action: 'v1:form:x', via: 'form' },
            { label: 'In private', action: 'v1:open', via: 'private' },
          ],
        ],
        choice: { type: 'role', action: 'v1:role:*', label: 'Role' },
      });
    const message = await world.answered(world.command('subscribe'));
    const typed = world.press(message, 'v1:form:x');
    await world.waitFor('the form', () => typed.form);
    const deeds: (() => FakeInteraction)[] = [
      () => world.command('analyze'),
      () => world.press(message, 'v1:go'),
      () => world.press(message, 'direct:v1:open'),
      () => world.choose(message, '123456789012345678'),
      () => world.fill(typed, 'x'),
    ];
    for (const deed of deeds) {
      const before = asksSoFar();
      const done = deed();
      // Looked at in the moment in which the acknowledgement arrives: its answer is not even sent yet.
      const asked = await world.waitFor('the acknowledgement', () => {
        return done.acknowledgedAt !== undefined && { soFar: asksSoFar() - before };
      });
      expect(asked.soFar).toBe(0);
      await vi.waitFor(() => expect(asksSoFar()).toBe(before + 1));
    }
  });

  it('do not wait until a crowd of answers that are ready together is written', async () => {
    const ready = Promise.withResolvers<void>();
    chat.onCommand = async () => {
      await ready.promise;
      return say('woof');
    };
    const crowd = Array.from({ length: 60 }, () => world.command('analyze', {}, { user: world.addUser() }));
    await vi.waitFor(() => expect(chat.calls).toHaveLength(crowd.length));
    world.fault({ method: 'PATCH', path: /@original$/, times: crowd.length, connection: 'hang' });
    const written = () => crowd.length - (world.state.faults[0]?.times ?? 0);
    ready.resolve();
    await vi.waitFor(() => expect(written()).toBe(32));
    const late = world.command('analyze', {}, { user: world.addUser() });
    await world.waitFor('the acknowledgement', () => late.acknowledgedAt);
    expect(written()).toBe(32);
  });
});
