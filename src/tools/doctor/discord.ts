import { PermissionFlagsBits } from 'discord.js';
import { z } from 'zod';
import type { Config } from '../../config.ts';
import { getJson, type HttpAnswer, type Unreachable } from './http.ts';
import { type Finding, finding } from './report.ts';

const NAME = 'discord';

/** What the bot needs in a channel; nothing more is asked for. */
const NEEDED = {
  ViewChannel: PermissionFlagsBits.ViewChannel,
  SendMessages: PermissionFlagsBits.SendMessages,
  SendMessagesInThreads: PermissionFlagsBits.SendMessagesInThreads,
  EmbedLinks: PermissionFlagsBits.EmbedLinks,
  AttachFiles: PermissionFlagsBits.AttachFiles,
} as const;

const user = z.object({ id: z.string().regex(/^\d+$/), username: z.string() });
const gateway = z.object({
  url: z.string(),
  session_start_limit: z
    .object({ remaining: z.number().optional(), total: z.number().optional() })
    .optional(),
});
const application = z.object({
  id: z.string().regex(/^\d+$/),
  bot_public: z.boolean().optional(),
  interactions_endpoint_url: z.string().nullish(),
});
const guilds = z.array(z.object({ name: z.string(), permissions: z.string().regex(/^\d+$/) }));

/** Asks Discord who the bot is, whether it may connect, and what it may do on each of its servers. */
export async function checkDiscord(config: Config['discord'], timeoutMs = 10_000): Promise<Finding[]> {
  if (!config) return [finding('skip', NAME, 'DISCORD_TOKEN is not set')];
  const get = (path: string) =>
    getJson(`${config.apiUrl}/v10${path}`, {
      headers: { authorization: `Bot ${config.token}`, 'user-agent': 'DiscordBot (sheepdog, 0.1)' },
      timeoutMs,
    });
  const who = await get('/users/@me');
  const bot = valid(who, user);
  if (!bot) return [loginFailure(who)];
  const findings = [finding('ok', NAME, `logged in as ${bot.username}`)];

  const way = valid(await get('/gateway/bot'), gateway);
  const left = way?.session_start_limit?.remaining;
  if (!way) findings.push(finding('fail', 'discord gateway', 'no gateway was named', 'try again later'));
  else if (left === 0)
    findings.push(
      finding(
        'fail',
        'discord gateway',
        'no session starts left today',
        'a program that restarts in a loop uses them up: stop it and wait a day',
      ),
    );
  else
    findings.push(
      finding(
        'ok',
        'discord gateway',
        left === undefined ? 'open' : `open; ${left} session starts left today`,
      ),
    );

  const app = valid(await get('/applications/@me'), application);
  if (app?.interactions_endpoint_url) {
    findings.push(
      finding(
        'fail',
        'discord commands',
        'commands go to an Interactions Endpoint URL instead of the bot',
        'clear that field in the Developer Portal → General Information',
      ),
    );
  }
  findings.push(...checkGuilds(valid(await get('/users/@me/guilds'), guilds), app?.id ?? bot.id));
  return findings;
}

/** The page on which an administrator adds the bot, with exactly the permissions it needs. */
export function inviteUrl(applicationId: string): string {
  const permissions = Object.values(NEEDED).reduce((sum, flag) => sum | flag, 0n);
  return `https://discord.com/oauth2/authorize?client_id=${applicationId}&scope=bot+applications.commands&permissions=${permissions}`;
}

function checkGuilds(servers: z.infer<typeof guilds> | undefined, applicationId: string): Finding[] {
  const name = 'discord servers';
  const invite = `invite: ${inviteUrl(applicationId)}`;
  if (!servers) return [finding('warn', name, 'the list could not be read', invite)];
  if (servers.length === 0) return [finding('warn', name, 'the bot is on no server yet', invite)];
  const lacking = servers.flatMap((server) => {
    const granted = BigInt(server.permissions);
    if ((granted & PermissionFlagsBits.Administrator) !== 0n) return [];
    const missing = Object.entries(NEEDED).filter(([, flag]) => (granted & flag) === 0n);
    const names = missing.map(([permission]) => permission).join(', ');
    return missing.length > 0
      ? [finding('warn', name, `on "${server.name.slice(0, 60)}" these are missing: ${names}`, invite)]
      : [];
  });
  return lacking.length > 0
    ? lacking
    : [
        finding(
          'ok',
          name,
          `${servers.length}, with every permission needed (a channel may still deny some)`,
        ),
      ];
}

function loginFailure(answer: HttpAnswer | Unreachable): Finding {
  if (answer.type === 'unreachable') {
    return finding('fail', NAME, `not reached: ${answer.reason}`, 'check the network, and DISCORD_API_URL');
  }
  if (answer.status === 401) {
    return finding(
      'fail',
      NAME,
      'the token is refused (HTTP 401)',
      'Developer Portal → your application → Bot → Reset Token, then copy it whole into DISCORD_TOKEN (not the client secret, not the public key)',
    );
  }
  if (answer.status === 429)
    return finding('fail', NAME, 'HTTP 429: too many requests from this address', 'wait some minutes');
  return finding('fail', NAME, `HTTP ${answer.status}`, 'try again later, or check DISCORD_API_URL');
}

function valid<T extends z.ZodType>(answer: HttpAnswer | Unreachable, schema: T): z.infer<T> | undefined {
  return answer.type === 'answer' && answer.status === 200 ? schema.safeParse(answer.json).data : undefined;
}
