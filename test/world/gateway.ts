import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** A question as it arrived. */
export interface GatewayRequest {
  method: string;
  path: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: ChatBody | undefined;
  /** Faults a strict gateway would answer 400 or 401 to. */
  faults: readonly string[];
  /** Performance clock (ms) at which it had come in whole. */
  receivedAt: number;
  /** Performance clock (ms) at which the last byte of the answer left; undefined while none did. */
  answeredAt: number | undefined;
  /** The other side went away before it was answered. */
  aborted: boolean;
}

export interface ChatBody {
  model: string;
  messages: readonly { role: string; content: string }[];
  max_tokens?: number;
  max_completion_tokens?: number;
  temperature?: number;
  response_format?: { type: string };
  stream?: boolean;
  thinking?: { type: string };
  reasoning_effort?: string;
}

/** How the next question is answered; the default is a valid reading. */
export type Behaviour =
  | { type: 'reading'; reading?: Record<string, unknown>; usage?: false | Record<string, unknown> }
  /** The content of the message, as it is. */
  | { type: 'content'; content: string; finishReason?: string; usage?: false }
  | { type: 'other-model'; model: string }
  | { type: 'fenced' }
  | { type: 'sse'; cut?: boolean; dialect?: 'chat' | 'responses' }
  | { type: 'status'; status: number; body?: unknown; headers?: Record<string, string> }
  /** Status 200 with this body as it is. */
  | { type: 'raw'; body: string; contentType?: string }
  | { type: 'hang'; after: 'nothing' | 'headers' | 'half' }
  /** Blank lines for ever, as a gateway under load sends them. */
  | { type: 'keep-alive' }
  | { type: 'reset' }
  | { type: 'redirect'; to: string }
  | { type: 'huge' }
  /** 400 to any `response_format` of these types, else a reading. */
  | { type: 'refuse-format'; formats: readonly string[] }
  /** 400 to a question with any of these parameters, else a reading. */
  | { type: 'refuse-parameters'; parameters: readonly string[] };

export interface FakeGateway {
  /** Ends in `/v1`. */
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly requests: GatewayRequest[];
  /** Served models; any other is a 404. */
  models: string[];
  /** Milliseconds before the answer. */
  latencyMs: number;
  /** Answers the coming questions so, one each, then as `always`. */
  next(...behaviours: Behaviour[]): void;
  always(behaviour: Behaviour): void;
  /** Tokens of all answers that were sent whole, as a bill would have them. */
  readonly billed: { prompt: number; completion: number; calls: number };
  close(): Promise<void>;
}

/** A strict loopback gateway in OpenAI's dialect. */
export async function startFakeGateway(
  options: { models?: string[]; apiKey?: string } = {},
): Promise<FakeGateway> {
  const apiKey = options.apiKey ?? 'hs-test-key-0123456789';
  const queue: Behaviour[] = [];
  let standing: Behaviour = { type: 'reading' };
  const sockets = new Set<Socket>();
  const requests: GatewayRequest[] = [];
  const billed = { prompt: 0, completion: 0, calls: 0 };

  const server = createServer((request, response) => {
    void serve(request, response).catch(() => response.destroy());
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  const fake: FakeGateway = {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    apiKey,
    requests,
    models: options.models ?? [
      'deepseek/deepseek-chat-v3-0324',
      'gpt-4.1',
      'claude-sonnet-4.5',
      'gemini-2.5-flash',
    ],
    latencyMs: 0,
    next: (...behaviours) => void queue.push(...behaviours),
    always: (behaviour) => {
      standing = behaviour;
    },
    billed,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await readAll(request);
    const body = parseBody(text);
    const record: GatewayRequest = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body,
      faults: [],
      receivedAt: performance.now(),
      answeredAt: undefined,
      aborted: false,
    };
    requests.push(record);
    response.on('finish', () => {
      record.answeredAt = performance.now();
    });
    response.on('close', () => {
      record.aborted = !response.writableFinished;
    });
    if (request.headers.authorization !== `Bearer ${apiKey}`)
      return error(response, 401, 'invalid_api_key', 'Incorrect API key provided');
    if (record.path === '/v1/models' && record.method === 'GET')
      return json(response, 200, {
        object: 'list',
        data: fake.models.map((id) => ({ id, object: 'model' })),
      });
    if (record.path !== '/v1/chat/completions' || record.method !== 'POST')
      return error(response, 404, 'not_found', 'no such path');
    record.faults = faultsOf(request, body);
    if (!body || record.faults.length > 0)
      return error(response, 400, 'invalid_request', record.faults.join('; '));
    const behaviour = queue.shift() ?? standing;
    if (fake.latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, fake.latencyMs));
    if (!fake.models.includes(body.model))
      return error(response, 404, 'model_not_found', `The model ${body.model} does not exist`);
    answer(behaviour, body, response);
  }

  function answer(behaviour: Behaviour, body: ChatBody, response: ServerResponse): void {
    switch (behaviour.type) {
      case 'reading':
        complete(response, body, JSON.stringify({ ...readingFor(body), ...behaviour.reading }), behaviour);
        break;
      case 'content':
        complete(response, body, behaviour.content, behaviour);
        break;
      case 'other-model':
        complete(response, body, JSON.stringify(readingFor(body)), { model: behaviour.model });
        break;
      case 'fenced':
        complete(response, body, `Here:\n\`\`\`json\n${JSON.stringify(readingFor(body))}\n\`\`\``);
        break;
      case 'sse':
        stream(response, body, behaviour);
        break;
      case 'status':
        json(
          response,
          behaviour.status,
          behaviour.body ?? { error: { code: String(behaviour.status), message: 'as the test wants' } },
          behaviour.headers,
        );
        break;
      case 'raw':
        response.writeHead(200, { 'content-type': behaviour.contentType ?? 'application/json' });
        response.end(behaviour.body);
        break;
      case 'hang':
        if (behaviour.after === 'nothing') break;
        response.writeHead(200, { 'content-type': 'application/json' });
        response.flushHeaders();
        if (behaviour.after === 'half') response.write('{"id":"x","choices":[{"index":0,');
        break;
      case 'keep-alive': {
        response.writeHead(200, { 'content-type': 'application/json' });
        const timer = setInterval(() => response.write('\n'), 20);
        response.on('close', () => clearInterval(timer));
        break;
      }
      case 'reset':
        response.socket?.resetAndDestroy();
        break;
      case 'redirect':
        response.writeHead(307, { location: behaviour.to });
        response.end();
        break;
      case 'huge':
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(`{"choices":[{"message":{"content":"${'x'.repeat(2_000_000)}"}}]}`);
        break;
      case 'refuse-format':
        if (body.response_format && behaviour.formats.includes(body.response_format.type))
          error(response, 400, 'invalid_request_error', 'This response_format type is unavailable now');
        else complete(response, body, JSON.stringify(readingFor(body)));
        break;
      case 'refuse-parameters': {
        const refused = behaviour.parameters.find((name) => name in body);
        if (refused) error(response, 400, 'unsupported_parameter', `Unsupported parameter: '${refused}'`);
        else complete(response, body, JSON.stringify(readingFor(body)));
        break;
      }
    }
  }

  function complete(
    response: ServerResponse,
    body: ChatBody,
    content: string,
    extra: { model?: string; finishReason?: string; usage?: false | Record<string, unknown> } = {},
  ): void {
    const usage = usageOf(body, content);
    billed.prompt += usage.prompt_tokens;
    billed.completion += usage.completion_tokens;
    billed.calls++;
    json(response, 200, {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1_700_000_000,
      model: extra.model ?? body.model,
      choices: [
        { index: 0, finish_reason: extra.finishReason ?? 'stop', message: { role: 'assistant', content } },
      ],
      ...(extra.usage === false ? {} : { usage: extra.usage ?? usage }),
    });
  }

  function stream(
    response: ServerResponse,
    body: ChatBody,
    behaviour: { cut?: boolean; dialect?: 'chat' | 'responses' },
  ): void {
    const content = JSON.stringify(readingFor(body));
    const usage = usageOf(body, content);
    billed.prompt += usage.prompt_tokens;
    billed.completion += usage.completion_tokens;
    billed.calls++;
    const middle = Math.floor(content.length / 2);
    const parts = [content.slice(0, middle), content.slice(middle)];
    const send = (event: unknown) => response.write(`data: ${JSON.stringify(event)}\n\n`);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(': keep-alive\n\n');
    if (behaviour.dialect === 'responses') {
      for (const delta of parts) send({ type: 'response.output_text.delta', delta });
      send({
        type: 'response.completed',
        response: {
          model: body.model,
          usage: { input_tokens: usage.prompt_tokens, output_tokens: usage.completion_tokens },
        },
      });
    } else {
      for (const part of parts)
        send({ model: body.model, choices: [{ index: 0, delta: { content: part } }] });
      if (!behaviour.cut) {
        send({ model: body.model, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
        send({ model: body.model, choices: [], usage });
        response.write('data: [DONE]\n\n');
      }
    }
    response.end();
  }

  return fake;
}

/** What a strict gateway finds wrong with a question. */
function faultsOf(request: IncomingMessage, body: ChatBody | undefined): string[] {
  const faults: string[] = [];
  if (!request.headers['content-type']?.startsWith('application/json'))
    faults.push('content-type must be JSON');
  if (!body) return [...faults, 'the body must be an object with model and messages'];
  if (body.messages.length === 0) faults.push('messages must not be empty');
  for (const message of body.messages) {
    if (!['system', 'user', 'assistant'].includes(message.role)) faults.push(`role ${message.role}`);
    if (typeof message.content !== 'string' || message.content === '') faults.push('content must be text');
  }
  const limit = body.max_tokens ?? body.max_completion_tokens;
  if (!Number.isInteger(limit) || Number(limit) < 16 || Number(limit) > 8192) faults.push('max_tokens');
  if (body.stream) faults.push('stream was not expected');
  const format = body.response_format?.type;
  if (format !== undefined && !['json_object', 'json_schema'].includes(format))
    faults.push('response_format');
  if (format === 'json_object' && !body.messages.some((message) => /json/i.test(message.content)))
    faults.push("'messages' must contain the word 'json' to use 'response_format' of type 'json_object'");
  return faults;
}

/** A valid reading about features that the question gives a value for; to a question why an alert came, a valid note. */
function readingFor(body: ChatBody): Record<string, unknown> {
  const table = body.messages.findLast((message) => message.content.includes('<data>\n'))?.content ?? '';
  const windows = [...table.matchAll(/^(1m|5m|15m|1h|4h|24h) (?!warming)/gm)].map(
    (match) => `change_${match[1]}`,
  );
  const singles = [...table.matchAll(/^([a-z_]+[a-z\d]*) (?!warming)[-\d]/gm)].map((match) => match[1]);
  const features = [...windows, ...singles].slice(0, 2);
  if (/"why"/.test(table)) return { why: wordsFor(table, 'why'), unusual: features };
  return {
    sentiment: 62,
    summary: wordsFor(table, 'summary'),
    drivers: features.map((feature, i) => ({ feature, effect: i === 0 ? 'up' : 'neutral' })),
    risk: 'medium',
    horizon: '1h',
    p_up: { m15: 0.52, h1: 0.55, h4: 0.5 },
    abstain: false,
  };
}

const WORDS = {
  English: 'Buyers lead while the range stays calm',
  Korean: '매수세가 우세하고 변동성은 낮음',
  'Simplified Chinese': '买盘占优，波动平稳',
  Japanese: '買いが優勢で値幅は穏やか',
} as const;

/** What is said of a field in the languages that the question wants. */
function wordsFor(question: string, field: string): unknown {
  const several = question.match(new RegExp(`^"${field}" in each language: (\\{.*\\})$`, 'm'))?.[1];
  if (several === undefined) {
    const one = Object.entries(WORDS).find(([name]) => question.includes(`Language of "${field}": ${name}`));
    return one?.[1] ?? WORDS.English;
  }
  const wanted = Object.entries(JSON.parse(several) as Record<string, string>);
  return Object.fromEntries(
    wanted.map(([locale, name]) => [
      locale,
      Object.entries(WORDS).find(([language]) => name.includes(language))?.[1],
    ]),
  );
}

/** Tokens as gateways count them, roughly four bytes each. */
function usageOf(body: ChatBody, content: string) {
  const prompt_tokens = Math.ceil(Buffer.byteLength(JSON.stringify(body.messages)) / 4);
  const completion_tokens = Math.ceil(Buffer.byteLength(content) / 4);
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
}

function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

function error(response: ServerResponse, status: number, code: string, message: string): void {
  json(response, status, { error: { code, message, type: 'invalid_request_error', param: null } });
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

function parseBody(text: string): ChatBody | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isChatBody(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isChatBody(value: unknown): value is ChatBody {
  return (
    typeof value === 'object' &&
    value !== null &&
    'model' in value &&
    typeof value.model === 'string' &&
    'messages' in value &&
    Array.isArray(value.messages)
  );
}
