import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Sender } from '../../src/courier/sender.ts';
import { createDiscordSender, nonceOf } from '../../src/discord/sender.ts';
import type { Text } from '../../src/notice/text.ts';
import { freePort } from '../support/port.ts';
import {
  buttonsOf,
  type FakeDiscord,
  liveMarkup,
  PERMISSIONS,
  startFakeDiscord,
  wordsOf,
} from '../world/discord.ts';
import { alert, chatAt } from './support.ts';

const TEXT: Text = [
  { type: 'title', line: ['BTCUSDT +2.1 % in 5m'] },
  { type: 'facts', rows: [['From', '64,000 to 65,344']] },
];

describe('sending to Discord', () => {
  let world: FakeDiscord;
  let sender: Sender;
  let text = TEXT;
  /** Chats whose further call was counted. */
  let counted: string[];
  const present = () => ({ text, buttons: [[{ label: 'Mute 1h', action: 'v1:mute:1h' }]] });
  const send = (nonce: string, more: { silent?: boolean; channelId?: string } = {}) =>
    sender.send(chatAt(more.channelId ?? world.channel.id), [alert('up')], {
      nonce,
      silent: more.silent ?? false,
      mayRepeat: false,
    });

  beforeEach(async () => {
    world = await startFakeDiscord();
    text = TEXT;
    counted = [];
    sender = createDiscordSender({
      token: world.token,
      apiUrl: world.apiUrl,
      chat: { present },
      timeoutMs: 1_000,
      spend: {
        call: async ({ chatId }) => void counted.push(chatId),
        refused: async () => undefined,
      },
    });
  });
  afterEach(async () => {
    await world.stop();
    expect(world.violations).toEqual([]);
  });

  it('posts an alert as a coloured embed with its buttons, and says which message it is', async () => {
    const outcome = await send('batch-1');
    const message = await world.posted(world.channel);
    expect(outcome).toEqual({ type: 'sent', messageId: message.id });
    expect(message.embeds).toEqual([
      { color: 0x2ecc71, title: 'BTCUSDT +2.1 % in 5m', description: '**From** 64,000 to 65,344' },
    ]);
    expect(buttonsOf(message)).toMatchObject([{ label: 'Mute 1h', custom_id: 'v1:mute:1h' }]);
    expect(message.allowed_mentions).toEqual({ parse: [] });
    expect(message.nonce).toMatch(/^[a-z2-7]{25}$/);
  });

  it('reaches an operator, named by his user id, in the direct channel with him', async () => {
    const operator = world.addUser();
    expect(await send('batch-dm', { channelId: `user:${operator.id}` })).toMatchObject({ type: 'sent' });
    await world.posted(world.directChannel(operator));
  });

  it.each([
    ['an error of Discord', { respond: { status: 500, body: 'oops' } }],
    ['a broken connection', { connection: 'lost' as const }],
  ])('knows that nothing was sent when the direct channel does not open for %s', async (_, fault) => {
    const operator = world.addUser();
    world.fault({ path: /users\/(@|%40)me\/channels$/, times: 4, ...fault });
    const open = () => send('batch-dm', { channelId: `user:${operator.id}` });
    expect(await open()).toMatchObject({ type: 'not-sent', scope: 'chat' });
    expect(await open()).toMatchObject({ type: 'sent' });
  });

  it('makes no sound when told so', async () => {
    await send('batch-1', { silent: true });
    expect((await world.posted(world.channel)).flags & (1 << 12)).toBe(1 << 12);
  });

  it('does not post twice what is sent twice under the same nonce', async () => {
    const first = await send('batch-1');
    const again = await send('batch-1');
    expect(again).toEqual(first);
    expect(world.state.messages).toHaveLength(1);
    expect(await send('batch-2')).toMatchObject({ type: 'sent' });
    expect(world.state.messages).toHaveLength(2);
    expect(nonceOf('batch-1')).not.toBe(nonceOf('batch-2'));
  });

  it('repeats by itself when the answer was lost, without posting twice', async () => {
    world.fault({ path: /messages$/, connection: 'lost' });
    expect(await send('batch-1')).toMatchObject({ type: 'sent' });
    expect(world.state.messages).toHaveLength(1);
    expect(world.state.repeats).toHaveLength(1);
  });

  it('says it does not know when Discord keeps failing, and a later repeat is safe', async () => {
    world.fault({ path: /messages$/, times: 4, connection: 'lost' });
    expect(await send('batch-1')).toMatchObject({ type: 'ambiguous' });
    expect(await send('batch-1')).toMatchObject({ type: 'sent' });
    expect(world.state.messages).toHaveLength(1);
  });

  it.each([500, 502, 503])('takes HTTP %i four times over as perhaps sent', async (status) => {
    world.fault({ path: /messages$/, times: 4, respond: { status, body: '<html>Bad gateway</html>' } });
    expect(await send('batch-1')).toMatchObject({ type: 'ambiguous' });
    expect(await send('batch-1')).toMatchObject({ type: 'sent' });
  });

  it('gives up waiting in time', async () => {
    world.fault({ path: /messages$/, times: 9, connection: 'hang' });
    expect(await send('batch-1')).toMatchObject({ type: 'ambiguous' });
    // The time allowed is for the whole sending: no second attempt has its own.
    expect(world.state.requests.length).toBeLessThan(3);
  });

  it.each([
    [50001, 403],
    [50013, 403],
    [10003, 404],
    [10004, 404],
    [50083, 400],
    [50007, 403],
  ])('takes code %i as a place that is closed to it, at the first refusal', async (code, status) => {
    world.fault({ path: /messages$/, respond: { status, body: { message: 'no', code } } });
    expect(await send('batch-1')).toEqual({ type: 'gone', reason: expect.stringContaining(String(code)) });
    expect(world.state.requests).toHaveLength(1);
  });

  it('sees a missing permission and an unknown channel for what they are', async () => {
    world.channel.botPermissions = PERMISSIONS.viewChannel;
    expect(await send('batch-1')).toMatchObject({ type: 'gone' });
    expect(await send('batch-2', { channelId: '123456789012345678' })).toMatchObject({ type: 'gone' });
  });

  it('posts into threads', async () => {
    const thread = world.addThread(world.channel, 'btc');
    expect(await send('batch-1', { channelId: thread.id })).toMatchObject({ type: 'sent' });
    thread.locked = true;
    expect(await send('batch-2', { channelId: thread.id })).toMatchObject({ type: 'gone' });
  });

  it('says it in plain words when Discord refuses the form, and gives up when that is refused too', async () => {
    const refusal = { status: 400, body: { message: 'Invalid Form Body', code: 50035 } };
    world.fault({ path: /messages$/, respond: refusal });
    expect(await send('batch-1')).toMatchObject({ type: 'sent' });
    const message = await world.posted(world.channel);
    expect(message.embeds).toEqual([]);
    expect(wordsOf(message)).toBe('BTCUSDT +2.1 % in 5m\nFrom: 64,000 to 65,344');
    // The slot was for one call.
    expect(counted).toEqual([world.channel.id]);

    world.fault({ path: /messages$/, times: 2, respond: refusal });
    expect(await send('batch-2')).toMatchObject({
      type: 'bad-content',
      reason: expect.stringContaining('50035'),
    });
    expect(counted).toHaveLength(2);
  });

  it('waits for a channel that Discord slows down, holding up no other', async () => {
    const other = world.addChannel(world.guild, { name: 'other' });
    for (let i = 0; i < 5; i++) expect(await send(`batch-${i}`)).toMatchObject({ type: 'sent' });
    const slowed = await send('batch-6');
    expect(slowed).toMatchObject({ type: 'not-sent', scope: 'chat' });
    expect(slowed.type === 'not-sent' ? slowed.retryAfterMs : 0).toBeGreaterThan(3_000);
    expect(await send('batch-7', { channelId: other.id })).toMatchObject({ type: 'sent' });
    // Known from the headers: the sixth was never asked for.
    expect(world.state.requests).toHaveLength(6);
  });

  it.each([
    ['global', { 'x-ratelimit-global': 'true', 'x-ratelimit-scope': 'global' }, 'bot'],
    ['of the edge', {}, 'bot'],
    ['shared', { 'x-ratelimit-scope': 'shared', 'x-ratelimit-limit': '10' }, 'chat'],
    ['per channel', { 'x-ratelimit-scope': 'user', 'x-ratelimit-limit': '5' }, 'chat'],
  ])('obeys a 429 that is %s', async (_name, headers, scope) => {
    world.fault({
      path: /messages$/,
      respond: { status: 429, headers: { 'retry-after': '2', ...headers }, body: { retry_after: 2 } },
    });
    const outcome = await send('batch-1');
    expect(outcome).toMatchObject({ type: 'not-sent', scope });
    expect(outcome.type === 'not-sent' ? outcome.retryAfterMs : 0).toBeGreaterThanOrEqual(2_000);
    expect(world.state.messages).toHaveLength(0);
  });

  it('holds everything back while the token is refused, and recovers', async () => {
    world.fault({
      path: /messages$/,
      respond: { status: 401, body: { message: '401: Unauthorized', code: 0 } },
    });
    expect(await send('batch-1')).toMatchObject({ type: 'not-sent', scope: 'bot' });
    expect(await send('batch-1')).toMatchObject({ type: 'sent' });
  });

  it('pauses no chat for a refusal that is not from the API', async () => {
    world.fault({ path: /messages$/, respond: { status: 403, body: '<html>Access denied</html>' } });
    expect(await send('batch-1')).toMatchObject({ type: 'not-sent', scope: 'bot' });
  });

  it('knows that nothing was sent when nobody listens', async () => {
    const closed = await freePort();
    const elsewhere = createDiscordSender({
      token: world.token,
      apiUrl: `http://127.0.0.1:${closed}/api`,
      chat: { present },
    });
    const outcome = await elsewhere.send(chatAt('1'), [alert('up')], {
      nonce: 'n',
      silent: false,
      mayRepeat: false,
    });
    expect(outcome).toMatchObject({ type: 'not-sent', scope: 'bot', reason: 'ECONNREFUSED' });
  });

  it('never names the token or the text in what it reports', async () => {
    const faults: Parameters<FakeDiscord['fault']>[0][] = [
      { path: /messages$/, respond: { status: 401, body: { message: `bad ${world.token}`, code: 0 } } },
      { path: /messages$/, respond: { status: 403, body: { message: `no ${world.token}`, code: 50001 } } },
      { path: /messages$/, times: 4, respond: { status: 500, body: world.token } },
      { path: /messages$/, times: 4, connection: 'reset' },
    ];
    for (const fault of faults) {
      world.fault(fault);
      const outcome = JSON.stringify(await send('batch-1'));
      expect(outcome).not.toContain(world.token);
      expect(outcome).not.toContain('64,000');
    }
  });

  it('lets no words act or ping', async () => {
    text = [
      { type: 'title', line: ['@everyone [x](http://evil) `'] },
      { type: 'text', line: ['<@1> @here'] },
    ];
    await send('batch-1');
    const message = await world.posted(world.channel);
    expect(liveMarkup(`${message.embeds?.[0]?.title}\n${message.embeds?.[0]?.description}`)).toEqual([]);
    expect(wordsOf(message)).toBe('@everyone [x](http://evil) `\n<@1> @here');
  });
});
