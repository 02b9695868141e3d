import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, type Call, ok, readCall } from './http.ts';
import { interactionRoutes } from './interaction-routes.ts';
import { createLimits, Limited } from './limits.ts';
import { createMessages } from './messages.ts';
import {
  CHANNEL_TYPES,
  CROSSPOSTED,
  type FakeChannel,
  type FakeFault,
  type FakeGuild,
  type FakeInteraction,
  type FakeMessage,
  type FakeRequest,
  PERMISSIONS,
  snowflake,
} from './model.ts';
import { channelPayload, messagePayload } from './payloads.ts';
import { ApiError, checkCommands, checkMessage, type FakeCommand, record } from './rules.ts';

/** Everything the fake Discord remembers. */
export interface FakeState {
  applicationId: string;
  guilds: Map<string, FakeGuild>;
  channels: Map<string, FakeChannel>;
  messages: FakeMessage[];
  interactions: Map<string, FakeInteraction>;
  commands: FakeCommand[];
  /** How often the commands were written. */
  commandWrites: number;
  requests: FakeRequest[];
  faults: FakeFault[];
  /** Nonces that returned an earlier message instead of making one. */
  repeats: string[];
}

export interface ApiOptions {
  state: FakeState;
  token: string;
  gatewayUrl(): string;
  /** The direct channel with a user, made when it is new; undefined: no such user. */
  directChannelWith(userId: string): FakeChannel | undefined;
  /** How many connections are recommended. */
  shards: number;
  /** Messages per channel and window. */
  rateLimit: { limit: number; windowMs: number };
  /** How late an interaction may be acknowledged. */
  ackMs: number;
  /** How long an interaction's token lives. */
  tokenMs: number;
  changed(): void;
  violation(what: string): void;
}

type Handler = (call: Call, ids: string[]) => Answer;

/** The REST side: routes, validation, permissions, limits, faults. */
export function createApi(options: ApiOptions) {
  const { state } = options;
  const limits = createLimits(options.rateLimit);
  const { newMessage, change } = createMessages(state);
  const interactions = interactionRoutes(options);
  const nonces = new Map<string, FakeMessage>();

  const routes: [method: string, path: RegExp, open: boolean, handler: Handler][] = [
    ['GET', /^\/gateway\/bot$/, false, gatewayBot],
    ['GET', /^\/users\/@me$/, false, () => ok(botUser())],
    [
      'GET',
      /^\/(?:oauth2\/)?applications\/@me$/,
      false,
      () => ok({ id: state.applicationId, name: 'Sheepdog' }),
    ],
    ['PUT', /^\/applications\/(\d+)\/commands$/, false, putCommands],
    ['GET', /^\/applications\/(\d+)\/commands$/, false, () => ok(state.commands)],
    ['POST', /^\/interactions\/(\d+)\/([\w-]+)\/callback$/, true, interactions.callback],
    ['POST', /^\/webhooks\/(\d+)\/([\w-]+)$/, true, interactions.followUp],
    ['PATCH', /^\/webhooks\/(\d+)\/([\w-]+)\/messages\/(@original|\d+)$/, true, interactions.editAnswer],
    ['DELETE', /^\/webhooks\/(\d+)\/([\w-]+)\/messages\/(@original|\d+)$/, true, interactions.deleteAnswer],
    ['POST', /^\/users\/@me\/channels$/, false, openDirect],
    ['POST', /^\/channels\/(\d+)\/messages$/, false, postMessage],
    ['PATCH', /^\/channels\/(\d+)\/messages\/(\d+)$/, false, editMessage],
    ['POST', /^\/channels\/(\d+)\/messages\/(\d+)\/crosspost$/, false, crosspost],
    ['GET', /^\/channels\/(\d+)$/, false, (_call, [id]) => ok(channelPayload(channelOf(id)))],
    ['GET', /^\/guilds\/(\d+)$/, false, (_call, [id]) => ok(guildOf(id))],
  ];

  function gatewayBot(): Answer {
    return ok({
      url: options.gatewayUrl(),
      shards: options.shards,
      session_start_limit: {
        total: 1000,
        remaining: 999,
        reset_after: 86_400_000,
        max_concurrency: options.shards,
      },
    });
  }

  function botUser() {
    return { id: state.applicationId, username: 'Sheepdog', discriminator: '0', avatar: null, bot: true };
  }

  function putCommands({ body }: Call, [application]: string[]): Answer {
    if (application !== state.applicationId) throw new ApiError(403, 20012, 'Not your application');
    state.commands = checkCommands(body);
    state.commandWrites += 1;
    const registered = { application_id: state.applicationId, version: snowflake() };
    return ok(state.commands.map((command) => ({ ...command, ...registered, id: snowflake() })));
  }

  function postMessage({ body, files }: Call, [id]: string[]): Answer {
    const channel = channelOf(id);
    const headers = limits.takeSlot(channel);
    mayPost(channel);
    const payload = checkMessage(body, files);
    if (payload.embeds?.length && !(channel.botPermissions & PERMISSIONS.embedLinks)) {
      throw new ApiError(403, 50013, 'Missing Permissions');
    }
    if (payload.enforce_nonce && (payload.nonce === undefined || payload.nonce === null)) {
      throw new ApiError(400, 50035, 'Invalid Form Body', 'enforce_nonce without nonce');
    }
    const key = payload.enforce_nonce ? `${channel.id}:${payload.nonce}` : undefined;
    const first = key === undefined ? undefined : nonces.get(key);
    if (first !== undefined) {
      state.repeats.push(String(payload.nonce));
      return { ...ok(messagePayload(first)), headers };
    }
    const message = newMessage(channel.id, payload, files);
    if (key !== undefined) nonces.set(key, message);
    return { ...ok(messagePayload(message)), headers };
  }

  function editMessage({ body, files }: Call, [channelId, id]: string[]): Answer {
    const message = state.messages.find((it) => it.id === id && it.channelId === channelId);
    if (message === undefined || message.deleted) throw new ApiError(404, 10008, 'Unknown Message');
    return ok(
      messagePayload(change(message, { ...checkMessage(body, files), ...(files > 0 ? { files } : {}) })),
    );
  }

  /** Published messages are those with the flag CROSSPOSTED. */
  function crosspost(_call: Call, [channelId, id]: string[]): Answer {
    const message = state.messages.find((it) => it.id === id && it.channelId === channelId);
    if (message === undefined || message.deleted) throw new ApiError(404, 10008, 'Unknown Message');
    if (channelOf(channelId).type !== CHANNEL_TYPES.announcement) {
      throw new ApiError(400, 50024, 'Cannot execute action on this channel type');
    }
    if (message.flags & CROSSPOSTED) throw new ApiError(400, 40033, 'This message was already crossposted.');
    message.flags |= CROSSPOSTED;
    return ok(messagePayload(message));
  }

  function mayPost(channel: FakeChannel): void {
    const needs =
      channel.type === CHANNEL_TYPES.publicThread
        ? PERMISSIONS.sendMessagesInThreads
        : PERMISSIONS.sendMessages;
    if (!(channel.botPermissions & PERMISSIONS.viewChannel)) throw new ApiError(403, 50001, 'Missing Access');
    if (!(channel.botPermissions & needs)) throw new ApiError(403, 50013, 'Missing Permissions');
    if (channel.locked) throw new ApiError(400, 50083, 'Thread is archived');
  }

  function openDirect({ body }: Call): Answer {
    const { recipient_id: recipient } = record(body);
    const channel = typeof recipient === 'string' ? options.directChannelWith(recipient) : undefined;
    if (channel === undefined) throw new ApiError(400, 50033, 'Invalid Recipient(s)');
    return ok(channelPayload(channel));
  }

  function channelOf(id: string | undefined): FakeChannel {
    const channel = state.channels.get(id ?? '');
    if (channel === undefined) throw new ApiError(404, 10003, 'Unknown Channel');
    return channel;
  }

  function guildOf(id: string | undefined): FakeGuild {
    const guild = state.guilds.get(id ?? '');
    if (guild === undefined) throw new ApiError(404, 10004, 'Unknown Guild');
    return guild;
  }

  function dispatch(call: Call, authorization: string | undefined): Answer {
    for (const [method, path, open, handler] of routes) {
      const match = path.exec(call.path);
      if (method !== call.method || match === null) continue;
      if (!open && authorization !== `Bot ${options.token}`) throw new ApiError(401, 0, '401: Unauthorized');
      if (open && authorization !== undefined) {
        options.violation(`bot token sent to ${call.method} ${call.path.split('/')[1]}`);
      }
      if (!open) limits.takeGlobalSlot();
      return handler(call, match.slice(1));
    }
    options.violation(`unknown route ${call.method} ${call.path}`);
    throw new ApiError(404, 0, '404: Not Found');
  }

  function answer(call: Call, authorization: string | undefined): Answer {
    try {
      return dispatch(call, authorization);
    } catch (error) {
      if (error instanceof Limited) {
        const body = {
          message: 'You are being rate limited.',
          retry_after: error.seconds,
          global: error.isGlobal,
        };
        return { status: 429, headers: error.headers, body };
      }
      if (!(error instanceof ApiError)) throw error;
      const body = {
        message: error.message,
        code: error.code,
        ...(error.details ? { errors: error.details } : {}),
      };
      return { status: error.status, body };
    }
  }

  function takeFault(call: Call): FakeFault | undefined {
    const fault = state.faults.find(
      (it) => it.times > 0 && (it.method ?? call.method) === call.method && it.path.test(call.path),
    );
    if (fault) fault.times -= 1;
    return fault;
  }

  return async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = await readCall(request, options.violation);
    if (call === undefined) return void response.writeHead(404).end();
    const fault = takeFault(call);
    if (fault?.connection === 'reset') return void request.socket.resetAndDestroy();
    if (fault?.connection === 'hang') return;
    const result: Answer = fault?.respond ?? answer(call, request.headers.authorization);
    state.requests.push({ method: call.method, path: call.path, body: call.body, status: result.status });
    options.changed();
    if (fault?.connection === 'lost') return void request.socket.resetAndDestroy();
    if (result.body === undefined) return void response.writeHead(result.status, result.headers).end();
    const html = typeof result.body === 'string';
    response.writeHead(result.status, {
      'content-type': html ? 'text/html' : 'application/json',
      ...result.headers,
    });
    response.end(html ? result.body : JSON.stringify(result.body));
  };
}
