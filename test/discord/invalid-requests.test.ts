import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDiscordSender } from '../../src/discord/sender.ts';
import { type FakeDiscord, startFakeDiscord } from '../world/discord.ts';
import { alert, chatAt } from './support.ts';

// A file of its own: the library counts for the whole process.
describe('refused requests on Discord', () => {
  let world: FakeDiscord;
  beforeAll(async () => {
    world = await startFakeDiscord();
  });
  afterAll(() => world.stop());

  it('end all sending before they are so many that Discord bans the address', async () => {
    const present = () => ({ text: [], buttons: [] });
    const sender = createDiscordSender({
      token: world.token,
      apiUrl: world.apiUrl,
      chat: { present },
      invalidMost: 3,
    });
    const send = (channelId: string) =>
      sender.send(chatAt(channelId), [alert('up')], { nonce: channelId, silent: false, mayRepeat: false });
    world.fault({
      method: 'POST',
      path: /messages$/,
      times: 3,
      respond: { status: 403, body: { message: 'Missing Access', code: 50_001 } },
    });
    for (const id of ['1', '2', '3']) expect(await send(id)).toMatchObject({ type: 'gone' });
    const asked = world.state.requests.length;
    expect(await send(world.channel.id)).toMatchObject({ type: 'not-sent', scope: 'bot' });
    expect(world.state.requests).toHaveLength(asked);
  });
});
