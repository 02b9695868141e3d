import { describe, expect, it } from 'vitest';
import { createLog } from '../../src/kit/log.ts';
import { keys } from '../../src/store/keys.ts';
import type { Store } from '../../src/store/redis.ts';
import { type FakeTelegram, type FakeUser, startFakeTelegram } from '../world/telegram.ts';
import { until, useTelegram } from './house.ts';
import { line, type StubChat } from './support.ts';

let store: Store;
let world: FakeTelegram;
let chat: StubChat;
let ada: FakeUser;
const { start, started, home, stopAll } = useTelegram((parts) => {
  ({ store, world, chat, ada } = parts);
});

describe('connecting to Telegram', () => {
  it('registers the commands by who sees them, in four languages, once', async () => {
    await started();
    await until(async () => expect(await store.get(keys.commandsHash('telegram'))).not.toBeNull());
    const scopes = ['all_chat_administrators', 'all_group_chats', 'default'];
    expect([...world.state.commands.keys()].sort()).toEqual(
      scopes.flatMap((scope) => [scope, `${scope} ja`, `${scope} ko`, `${scope} zh`]),
    );
    const price = { command: 'price', description: '가격' };
    const mute = { command: 'mute', description: '음소거' };
    expect(world.state.commands.get('default ko')).toEqual([price, mute]);
    expect(world.state.commands.get('all_chat_administrators ko')).toEqual([price, mute]);
    expect(world.state.commands.get('all_group_chats ko')).toEqual([price]);
    await stopAll();
    await started();
    await world.until('polling', () => world.isPolled());
    expect(world.calls.filter(({ method }) => method === 'setMyCommands')).toHaveLength(12);
  });

  it('lets one process poll, and the next take over when it ends', async () => {
    const first = await started();
    const second = await started();
    await world.until('polling', () => world.isPolled());
    expect(world.calls.filter(({ method, ok }) => method === 'getUpdates' && ok === false)).toEqual([]);
    await first.stop();
    world.say(home(), '/price btc', ada);
    await world.said(home());
    expect(second.isUp()).toBe(true);
  });

  it('survives another program that polls with the same token', async () => {
    const telegram = await started();
    await world.until('polling', () => world.isPolled());
    world.intrude();
    await until(() => expect(telegram.isUp()).toBe(false));
    world.say(home(), '/price btc', ada);
    await world.said(home());
    expect(telegram.isUp()).toBe(true);
  });

  it('goes on when Telegram is away for a while, and says so', async () => {
    world.fault({ method: 'getMe', kind: 'reset', times: 2 });
    world.fault({ method: 'getUpdates', kind: 'garbage', times: 3 });
    const telegram = await start();
    world.say(home(), '/price btc', ada);
    await world.said(home());
    expect(telegram.isUp()).toBe(true);
  });

  it('never tells its token, whatever goes wrong', async () => {
    const lines: string[] = [];
    // Without the redactor that stands behind every log: nothing may rely on it.
    const log = createLog({ level: 'trace', secrets: [], write: (text) => void lines.push(text) });
    world.fault({ method: 'getMe', kind: 'reset' });
    world.fault({ method: 'getUpdates', kind: 'garbage' });
    world.fault({ method: 'sendMessage', kind: 'reset' });
    await started({ log });
    world.say(home(), '/price btc', ada);
    await until(() => expect(lines.join('')).toContain('an update failed'));
    const wrong = '1111111:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB';
    const refused = await start({ log, token: wrong });
    await until(() => expect(lines.join('')).toContain('check TELEGRAM_BOT_TOKEN'));
    expect(refused.isUp()).toBe(false);
    expect(lines.join('')).not.toMatch(/\[redacted\]|BBBBBB|not-a-real-token/);
  });

  it('lets a running command finish before it stops', async () => {
    const telegram = await started();
    const slow = Promise.withResolvers<void>();
    chat.answer = async () => {
      await slow.promise;
      return line('finished');
    };
    world.say(home(), '/analyze btc', ada);
    await until(() => expect(chat.asked).toHaveLength(1));
    const stopped = telegram.stop();
    slow.resolve();
    await stopped;
    expect(home().messages.at(-1)?.text).toBe('finished');
  });
});

describe('Telegram by webhook', () => {
  const secret = 'a-secret-of-the-webhook_1';
  async function webhook() {
    // A free port: Telegram must know it before the server has it.
    const probe = await startFakeTelegram();
    const port = Number(new URL(probe.apiRoot).port);
    await probe.stop();
    const url = `http://127.0.0.1:${port}/hook/x`;
    await started({ webhook: { url, secret, port } });
    return url;
  }

  it('takes what Telegram brings, and nothing from anyone else', async () => {
    const url = await webhook();
    world.say(home(), '/price btc', ada);
    expect(await world.said(home())).toMatchObject({ text: 'price(btc)' });
    const update = {
      update_id: 77,
      message: { message_id: 1, chat: { id: ada.id, type: 'private' }, from: ada, text: '/price' },
    };
    const post = async (to: string, headers: Record<string, string>, body = JSON.stringify(update)) =>
      (await fetch(to, { method: 'POST', headers, body })).status;
    const right = { 'x-telegram-bot-api-secret-token': secret };
    expect(await post(url, {})).toBe(401);
    expect(await post(url, { 'x-telegram-bot-api-secret-token': `${secret}x` })).toBe(401);
    expect(await post(`${url}/other`, right)).toBe(404);
    expect(await post(url, right, 'x'.repeat(1_000_001))).toBe(413);
    expect(await post(url, right, '{')).toBe(400);
    expect(chat.asked).toHaveLength(1);
    expect(world.calls.some(({ method }) => method === 'getUpdates')).toBe(false);
  });
});
