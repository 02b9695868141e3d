import { describe, expect, it } from 'vitest';
import { checkDiscord, inviteUrl } from '../../../src/tools/doctor/discord.ts';
import { formatFinding } from '../../../src/tools/doctor/report.ts';
import { checkTelegram } from '../../../src/tools/doctor/telegram.ts';
import { DISCORD_TOKEN, TELEGRAM_TOKEN, useService, WELL } from './service.ts';

const outside = useService();

describe('the doctor, asking Telegram and Discord', () => {
  const telegram = (webhook?: { url: string; secret: string; port: number }) =>
    checkTelegram({ token: TELEGRAM_TOKEN, apiRoot: outside.url, webhook });
  const discord = () => checkDiscord({ token: DISCORD_TOKEN, apiUrl: `${outside.url}/api` });

  it('names the bot and how it gets its updates', async () => {
    expect(await telegram()).toMatchObject([
      { outcome: 'ok', detail: '@sheepdog_bot; privacy mode on: in groups write /price@sheepdog_bot' },
      { outcome: 'ok', detail: 'by long polling' },
    ]);
  });

  it('sends a refused token to BotFather', async () => {
    outside.answers = {
      [`/bot${TELEGRAM_TOKEN}/getMe`]: [401, { ok: false, error_code: 401, description: 'Unauthorized' }],
    };
    const [first] = await telegram();
    expect(first).toMatchObject({ outcome: 'fail', remedies: [expect.stringMatching(/@BotFather/)] });
  });

  it('tells of groups that are barred and of a webhook that fails', async () => {
    const url = 'https://bot.example/hook';
    outside.answers = {
      [`/bot${TELEGRAM_TOKEN}/getMe`]: [200, { ok: true, result: { username: 'b', can_join_groups: false } }],
      [`/bot${TELEGRAM_TOKEN}/getWebhookInfo`]: [
        200,
        { ok: true, result: { url, pending_update_count: 3, last_error_message: 'Connection refused' } },
      ],
    };
    expect(await telegram({ url, secret: 'secretsecret', port: 8443 })).toMatchObject([
      { outcome: 'ok' },
      { outcome: 'warn', name: 'telegram groups', remedies: [expect.stringMatching(/setjoingroups/)] },
      { outcome: 'fail', detail: 'Telegram cannot deliver to the webhook: Connection refused (3 waiting)' },
    ]);
    expect((await telegram()).at(-1)).toMatchObject({
      outcome: 'warn',
      detail: expect.stringMatching(/webhook is set/),
    });
  });

  it('logs into Discord and finds the permissions in order', async () => {
    expect(await discord()).toMatchObject([
      { outcome: 'ok', detail: 'logged in as sheepdog' },
      { outcome: 'ok', detail: 'open; 998 session starts left today' },
      { outcome: 'ok', name: 'discord servers' },
    ]);
    expect(outside.requests[0]?.authorization).toBe(`Bot ${DISCORD_TOKEN}`);
  });

  it('names missing permissions with an invitation that asks for just those needed', async () => {
    outside.answers = {
      ...WELL,
      '/api/v10/users/@me/guilds': [
        200,
        [
          { name: '@everyone\u202e', permissions: String(1n << 10n) },
          { name: 'Boss', permissions: '8' },
        ],
      ],
    };
    const servers = (await discord()).at(-1);
    expect(servers).toMatchObject({
      outcome: 'warn',
      detail: expect.stringMatching(/SendMessages, SendMessagesInThreads, EmbedLinks, AttachFiles$/),
      remedies: [`invite: ${inviteUrl('42')}`],
    });
    expect(inviteUrl('42')).toMatch(
      /client_id=42&scope=bot\+applications\.commands&permissions=274877959168$/,
    );
    expect(servers && formatFinding(servers)).not.toMatch(/\u202e/);
  });

  it('tells a refused Discord token and commands that go elsewhere', async () => {
    outside.answers = {
      ...WELL,
      '/api/v10/applications/@me': [200, { id: '42', interactions_endpoint_url: 'https://x.example' }],
    };
    expect(await discord()).toContainEqual(
      expect.objectContaining({ outcome: 'fail', name: 'discord commands' }),
    );
    outside.answers = { '/api/v10/users/@me': [401, { message: '401: Unauthorized', code: 0 }] };
    expect(await discord()).toMatchObject([
      { outcome: 'fail', remedies: [expect.stringMatching(/Reset Token/)] },
    ]);
  });
});
