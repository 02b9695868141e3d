import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Sheepdog, startSheepdog } from '../../src/app/process.ts';
import { loadConfig, ROLES, type Role } from '../../src/config.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { createLog } from '../../src/kit/log.ts';
import { createMailbox } from '../../src/store/mailbox.ts';
import { backUp } from '../../src/tools/backup.ts';
import { restore } from '../../src/tools/restore.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { wordsOf } from '../world/discord.ts';
import type { FakeChat } from '../world/telegram.ts';
import { startWorld, type World } from './house.ts';

describe('a move to another machine', () => {
  let world: World;
  let machines: RedisServer[];
  let dir: string;
  const running: Sheepdog[] = [];
  beforeEach(async () => {
    [world, dir, ...machines] = await Promise.all([
      startWorld(),
      mkdtemp(join(tmpdir(), 'sheepdog-move-')),
      startRedisServer(),
      startRedisServer(),
    ]);
  });
  afterEach(async () => {
    for (const sheepdog of running.splice(0)) await sheepdog.stop();
    await world.stop();
    for (const machine of machines) await machine.stop();
    await rm(dir, { recursive: true });
  });

  const envOf = (machine: RedisServer): NodeJS.ProcessEnv => ({ ...world.env, REDIS_URL: machine.url });

  async function start(machine: RedisServer, roles: readonly Role[] = ROLES): Promise<Sheepdog> {
    const config = loadConfig(envOf(machine));
    const sheepdog = await startSheepdog({
      args: { roles: [...roles], demo: false, tapes: [], speed: 1 },
      config,
      clock: systemClock,
      log: createLog({ level: 'debug', secrets: config.secrets, write: (line) => world.log.push(line) }),
    });
    running.push(sheepdog);
    await vi.waitFor(() => expect(sheepdog.waitingFor()).toEqual([]));
    return sheepdog;
  }
  const stop = async (sheepdog: Sheepdog) => {
    running.splice(running.indexOf(sheepdog), 1);
    await sheepdog.stop();
  };
  const barksIn = (chat: FakeChat) =>
    chat.messages.map(({ text }) => text).filter((text) => /^(🔻|🔺|↕)/u.test(text));

  it('takes one file; nothing is told twice, nothing is lost, and no secret is in the file', async () => {
    const [here, there] = machines;
    if (!here || !there) throw new Error('no machines');
    const { telegram, discord } = world;
    const person = telegram.addUser();
    const chat = telegram.privateChat(person);
    const first = await start(here);
    telegram.say(chat, '/subscribe btc volatility 1% 5m', person);
    telegram.say(chat, '/subscribe eth volatility 1% 5m', person);
    const rules = () => chat.messages.filter(({ text }) => /#[a-z0-9]{6}/.test(text));
    await vi.waitFor(() => expect(rules()).toHaveLength(2));
    await discord.answered(
      discord.command('subscribe', { symbol: 'eth', kind: 'volatility', threshold: '1%' }),
    );
    world.exchange.market.jump('BTCUSDT', 2);
    await telegram.said(chat, /^↕.*BTC/u);
    await stop(first);

    // It barks, and nobody carries it: the bark waits in the mailbox when the machine is left.
    const mute = await start(
      here,
      ROLES.filter((role) => role !== 'courier'),
    );
    world.exchange.market.jump('ETHUSDT', -2);
    const mailbox = createMailbox(here.connect());
    await vi.waitFor(async () => expect((await mailbox.waiting()).hi).toBe(2));
    await stop(mute);
    expect(barksIn(chat)).toHaveLength(1);

    const file = join(dir, 'sheepdog.gz');
    const written = await backUp(envOf(here), file);
    const restored = await restore(envOf(there), file, { force: false });
    expect(restored.keys + restored.expired).toBe(written.keys);
    await here.kill();
    const text = gunzipSync(await readFile(file)).toString();
    for (const secret of [world.telegram.token, world.discord.token, world.gateway.apiKey]) {
      expect(text).not.toContain(secret);
    }

    await start(there);
    await telegram.said(chat, /^↕.*ETH/u);
    expect(wordsOf(await discord.posted(discord.channel))).toMatch(/ETH/);
    // Where the first bark stands is known here too: who saw it is written into it.
    const bark = chat.messages.find(({ text }) => /^↕.*BTC/u.test(text));
    const seen = bark?.keyboard.flat().find(({ text }) => text.includes('Seen'));
    if (!bark || !seen) throw new Error('no button');
    telegram.press(bark, seen.callback_data ?? '', person);
    await telegram.until('who saw it', () => /seen by/u.test(bark.text));
    // What comes after is told once as well, by the same rules.
    telegram.say(chat, '/alerts', person);
    await telegram.said(chat, /BTC[\s\S]*ETH|ETH[\s\S]*BTC/);
    expect(barksIn(chat)).toHaveLength(2);
    expect(await createMailbox(there.connect()).waiting()).toEqual({ hi: 0, lo: 0 });
  });
});
