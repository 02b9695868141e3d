import { z } from 'zod';
import type { Config } from '../../config.ts';
import { getJson } from './http.ts';
import { type Finding, finding } from './report.ts';

const NAME = 'telegram';

const me = z.object({
  ok: z.literal(true),
  result: z.object({
    username: z.string(),
    can_join_groups: z.boolean().optional(),
    can_read_all_group_messages: z.boolean().optional(),
  }),
});
const webhookInfo = z.object({
  result: z.object({
    url: z.string(),
    pending_update_count: z.number().optional(),
    last_error_message: z.string().optional(),
  }),
});

/** Asks Telegram who the bot is, whether it may join groups, and where its updates go. */
export async function checkTelegram(config: Config['telegram'], timeoutMs = 10_000): Promise<Finding[]> {
  if (!config) return [finding('skip', NAME, 'TELEGRAM_BOT_TOKEN is not set')];
  const method = (name: string) => `${config.apiRoot}/bot${config.token}/${name}`;
  const answer = await getJson(method('getMe'), { timeoutMs });
  if (answer.type === 'unreachable') {
    const remedy = 'check the network, and TELEGRAM_API_ROOT; some countries and providers block Telegram';
    return [finding('fail', NAME, `not reached: ${answer.reason}`, remedy)];
  }
  const bot = me.safeParse(answer.json).data?.result;
  if (!bot) {
    return answer.status === 401 || answer.status === 404
      ? [
          finding(
            'fail',
            NAME,
            `the token is refused (HTTP ${answer.status})`,
            'ask @BotFather for /mybots → API Token and copy it whole into TELEGRAM_BOT_TOKEN; /revoke makes the old one void',
          ),
        ]
      : [finding('fail', NAME, `HTTP ${answer.status}`, 'try again later, or check TELEGRAM_API_ROOT')];
  }
  const privacy = bot.can_read_all_group_messages
    ? 'privacy mode off: it is sent every group message and ignores what is no command'
    : `privacy mode on: in groups write /price@${bot.username}`;
  const findings = [finding('ok', NAME, `@${bot.username}; ${privacy}`)];
  if (bot.can_join_groups === false) {
    const remedy = '@BotFather → /setjoingroups → Enable';
    findings.push(finding('warn', 'telegram groups', 'the bot may not be added to groups', remedy));
  }
  const info = await getJson(method('getWebhookInfo'), { timeoutMs });
  const hook = info.type === 'answer' ? webhookInfo.safeParse(info.json).data?.result : undefined;
  if (hook) findings.push(...checkWebhook(config.webhook?.url, hook));
  return findings;
}

function checkWebhook(
  wanted: string | undefined,
  {
    url,
    pending_update_count: pending = 0,
    last_error_message: error,
  }: z.infer<typeof webhookInfo>['result'],
): Finding[] {
  const name = 'telegram updates';
  if (wanted === undefined) {
    return url === ''
      ? [finding('ok', name, 'by long polling')]
      : [
          finding(
            'warn',
            name,
            'a webhook is set, another program may use this token',
            'the start removes it; to keep it, set TELEGRAM_WEBHOOK_URL',
          ),
        ];
  }
  if (url !== wanted) return [finding('warn', name, 'the webhook is not set yet', 'the start sets it')];
  if (error !== undefined) {
    return [
      finding(
        'fail',
        name,
        `Telegram cannot deliver to the webhook: ${error} (${pending} waiting)`,
        'TELEGRAM_WEBHOOK_URL must be reachable from the internet by https on port 443, 80, 88 or 8443 and lead to TELEGRAM_WEBHOOK_PORT',
      ),
    ];
  }
  return [finding('ok', name, `by webhook; ${pending} waiting`)];
}
