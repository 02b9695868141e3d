import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  CHANNEL_TYPES,
  CROSSPOSTED,
  EPHEMERAL,
  type FakeChannel,
  type FakeFault,
  type FakeGuild,
  type FakeInteraction,
  type FakeMessage,
  type FakeRequest,
  LOADING,
  PERMISSIONS,
  snowflake,
} from './model.ts';
import { ApiError, checkChoices, checkCommands, checkForm, checkMessage, type FakeCommand } from './rules.ts';

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

interface Call {
  method: string;
  path: string;
  body: unknown;
  files: number;
}

interface Answer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

type Handler = (call: Call, ids: string[]) => Answer;

/** Discord's documentation, "Rate Limits": requests a second of one bot. */
const GLOBAL_PER_SECOND = 50;

const CALLBACKS: Record<FakeInteraction['kind'], readonly number[]> = {
  command: [4, 5],
  button: [4, 5, 6, 7, 9],
  select: [4, 5, 6, 7, 9],
  // A form cannot be answered by another one.
  modal: [4, 5, 6, 7],
  autocomplete: [8],
};

/** The REST side: routes, validation, permissions, limits, faults. */
export function createApi(options: ApiOptions) {
  const { state } = options;
  const windows = new Map<string, { start: number; used: number }>();
  /** When the bot's calls of the last second came. */
  const recent: number[] = [];
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
    ['POST', /^\/interactions\/(\d+)\/([\w-]+)\/callback$/, true, callback],
    ['POST', /^\/webhooks\/(\d+)\/([\w-]+)$/, true, followUp],
    ['PATCH', /^\/webhooks\/(\d+)\/([\w-]+)\/messages\/(@original|\d+)$/, true, editAnswer],
    ['DELETE', /^\/webhooks\/(\d+)\/([\w-]+)\/messages\/(@original|\d+)$/, true, deleteAnswer],
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

  function callback({ body }: Call, [id, token]: string[]): Answer {
    const interaction = [...state.interactions.values()].find((it) => it.id === id && it.token === token);
    if (interaction === undefined) throw new ApiError(404, 10062, 'Unknown interaction');
    if (interaction.callback !== undefined) {
      interaction.refusals.push(40060);
      throw new ApiError(400, 40060, 'Interaction has already been acknowledged.');
    }
    if (performance.now() - interaction.sentAt > options.ackMs) {
      interaction.refusals.push(10062);
      throw new ApiError(404, 10062, 'Unknown interaction');
    }
    const { type, data } = record(body);
    if (typeof type !== 'number' || !CALLBACKS[interaction.kind].includes(type)) {
      throw new ApiError(400, 50035, 'Invalid Form Body', `callback type ${type} for a ${interaction.kind}`);
    }
    if (type === 8) interaction.choices = checkChoices(data);
    if (type === 9) interaction.form = checkForm(data);
    if (type === 5)
      interaction.original = newMessage(interaction.channelId, { flags: LOADING | flagsOf(data) });
    if (type === 4) interaction.original = newMessage(interaction.channelId, checkMessage(data, 0));
    if (type === 7 && interaction.original) change(interaction.original, checkMessage(data, 0));
    interaction.callback = type;
    interaction.acknowledgedAt = performance.now();
    return { status: 204 };
  }

  function followUp({ body, files }: Call, [, token]: string[]): Answer {
    const interaction = answeredBy(token);
    const payload = checkMessage(body, files);
    const { original } = interaction;
    // As Discord does it: while the deferred answer is pending, the first follow-up becomes that answer.
    if (original && !original.deleted && original.flags & LOADING)
      return ok(messagePayload(fill(original, payload, files)));
    const message = newMessage(interaction.channelId, payload, files);
    interaction.followUps.push(message);
    return ok(messagePayload(message));
  }

  function editAnswer({ body, files }: Call, [, token, id]: string[]): Answer {
    const interaction = answeredBy(token);
    const message = messageOfAnswer(interaction, id);
    return ok(messagePayload(fill(message, checkMessage(body, files), files)));
  }

  function deleteAnswer(_call: Call, [, token, id]: string[]): Answer {
    messageOfAnswer(answeredBy(token), id).deleted = true;
    return { status: 204 };
  }

  function answeredBy(token: string | undefined): FakeInteraction {
    const interaction = state.interactions.get(token ?? '');
    if (interaction?.acknowledgedAt === undefined) throw new ApiError(404, 10015, 'Unknown Webhook');
    if (performance.now() - interaction.sentAt > options.tokenMs) {
      throw new ApiError(401, 50027, 'Invalid Webhook Token');
    }
    return interaction;
  }

  function messageOfAnswer(interaction: FakeInteraction, id: string | undefined): FakeMessage {
    const message =
      id === '@original'
        ? interaction.original
        : interaction.followUps.find((candidate) => candidate.id === id);
    if (message === undefined || message.deleted) throw new ApiError(404, 10008, 'Unknown Message');
    return message;
  }

  function postMessage({ body, files }: Call, [id]: string[]): Answer {
    const channel = channelOf(id);
    const headers = takeSlot(channel);
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

  function takeSlot(channel: FakeChannel): Record<string, string> {
    const { limit, windowMs } = options.rateLimit;
    const now = performance.now();
    const old = windows.get(channel.id);
    const window = old !== undefined && now - old.start < windowMs ? old : { start: now, used: 0 };
    windows.set(channel.id, window);
    const resetAfter = ((window.start + windowMs - now) / 1000).toFixed(3);
    window.used += 1;
    const headers = {
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(Math.max(0, limit - window.used)),
      'x-ratelimit-reset-after': resetAfter,
      'x-ratelimit-bucket': 'channel-messages',
    };
    if (window.used <= limit) return headers;
    throw new Limited({ ...headers, 'retry-after': resetAfter, 'x-ratelimit-scope': 'user' });
  }

  /** The limit of the whole bot; what goes by an interaction's token is not under it. */
  function takeGlobalSlot(): void {
    const now = performance.now();
    while ((recent[0] ?? now) <= now - 1_000) recent.shift();
    if (recent.length >= GLOBAL_PER_SECOND) {
      const seconds = ((Number(recent[0]) + 1_000 - now) / 1000).toFixed(3);
      throw new Limited({
        'retry-after': seconds,
        'x-ratelimit-global': 'true',
        'x-ratelimit-scope': 'global',
      });
    }
    recent.push(now);
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

  function newMessage(channelId: string, payload: Partial<FakeMessage> | object, files = 0): FakeMessage {
    const now = performance.now();
    const message: FakeMessage = {
      content: '',
      flags: 0,
      ...payload,
      id: snowflake(),
      channelId,
      createdAt: now,
      changedAt: now,
      history: [],
      deleted: false,
      files,
    };
    message.content ??= '';
    state.messages.push(message);
    return message;
  }

  function change(message: FakeMessage, payload: object): FakeMessage {
    message.history.push(message.content);
    Object.assign(message, payload, { changedAt: performance.now() });
    message.content ??= '';
    return message;
  }

  /** A pending answer gets its words; whether only one person sees them was settled when it was deferred. */
  function fill(message: FakeMessage, payload: object, files: number): FakeMessage {
    const ephemeral = message.flags & EPHEMERAL;
    const flags = 'flags' in payload && typeof payload.flags === 'number' ? payload.flags & ~EPHEMERAL : 0;
    return change(message, { ...payload, files, flags: flags | ephemeral });
  }

  function dispatch(call: Call, authorization: string | undefined): Answer {
    for (const [method, path, open, handler] of routes) {
      const match = path.exec(call.path);
      if (method !== call.method || match === null) continue;
      if (!open && authorization !== `Bot ${options.token}`) throw new ApiError(401, 0, '401: Unauthorized');
      if (open && authorization !== undefined) {
        options.violation(`bot token sent to ${call.method} ${call.path.split('/')[1]}`);
      }
      if (!open) takeGlobalSlot();
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

class Limited extends Error {
  readonly headers: Record<string, string>;

  constructor(headers: Record<string, string>) {
    super('rate limited');
    this.headers = headers;
  }

  get isGlobal(): boolean {
    return this.headers['x-ratelimit-global'] === 'true';
  }

  get seconds(): number {
    return Number(this.headers['retry-after']);
  }
}

/** Reads JSON or multipart with `payload_json`; undefined for an address outside of version 10. */
async function readCall(
  request: IncomingMessage,
  violation: (what: string) => void,
): Promise<Call | undefined> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const raw = Buffer.concat(chunks);
  const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1');
  if (!pathname.startsWith('/api/v10/')) {
    violation(`request to ${pathname}`);
    return undefined;
  }
  const call = {
    method: request.method ?? 'GET',
    path: decodeURIComponent(pathname.slice('/api/v10'.length)),
  };
  const type = request.headers['content-type'] ?? '';
  if (type.startsWith('multipart/form-data')) {
    const form = await new Response(raw, { headers: { 'content-type': type } }).formData();
    const files = [...form.keys()].filter((key) => /^files\[\d+\]$/.test(key)).length;
    return { ...call, body: JSON.parse(String(form.get('payload_json') ?? '{}')), files };
  }
  if (raw.length > 0 && !type.startsWith('application/json')) violation(`body of type ${type}`);
  return { ...call, body: raw.length > 0 ? JSON.parse(raw.toString('utf8')) : undefined, files: 0 };
}

/** A channel as the API shows it. */
export function channelPayload(channel: FakeChannel): Record<string, unknown> {
  return {
    id: channel.id,
    type: channel.type,
    ...(channel.guildId === undefined
      ? { recipients: channel.recipient ? [userPayload(channel.recipient)] : [] }
      : { guild_id: channel.guildId, name: channel.name, position: 0, permission_overwrites: [] }),
    ...(channel.parentId === undefined ? {} : { parent_id: channel.parentId }),
    ...(channel.type === CHANNEL_TYPES.publicThread
      ? { thread_metadata: { archived: false, locked: channel.locked, auto_archive_duration: 1440 } }
      : {}),
  };
}

/** A user as the API shows him. */
export function userPayload(user: { id: string; username: string }): Record<string, unknown> {
  return {
    id: user.id,
    username: user.username,
    discriminator: '0',
    avatar: null,
    global_name: user.username,
  };
}

/** A message as the API shows it. */
export function messagePayload(message: FakeMessage): Record<string, unknown> {
  return {
    id: message.id,
    channel_id: message.channelId,
    author: { id: '0', username: 'Sheepdog', discriminator: '0', avatar: null, bot: true },
    type: 0,
    timestamp: new Date().toISOString(),
    edited_timestamp: null,
    content: message.content,
    embeds: message.embeds ?? [],
    components: message.components ?? [],
    attachments: [],
    mentions: [],
    mention_roles: [],
    flags: message.flags,
  };
}

function ok(body: unknown): Answer {
  return { status: 200, body };
}

function record(body: unknown): { type?: unknown; data?: unknown; recipient_id?: unknown } {
  return typeof body === 'object' && body !== null ? body : {};
}

function flagsOf(data: unknown): number {
  const flags = typeof data === 'object' && data !== null && 'flags' in data ? data.flags : 0;
  return typeof flags === 'number' ? flags & EPHEMERAL : 0;
}
