import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { z } from 'zod';
import { delay } from '../../src/kit/duration.ts';
import type { Random } from './random.ts';

/** What befalls one call. `taken`: the message is in the chat all the same. */
export type Fate =
  | { kind: 'taken' }
  | { kind: 'reset' | 'page' | 'error' | 'silence'; taken: boolean }
  | { kind: 'slow'; ms: number }
  | { kind: 'flood' | 'refusal' | 'forbidden' | 'moved' }
  | { kind: 'kill'; when: 'before' | 'during' | 'after' };

type Storm = 'flood' | 'refusal' | 'page';

/** A message that came, or what was new in a change of one. */
interface Taken {
  events: readonly string[];
  /** It said of itself that it may be a repeat. */
  marked: boolean;
  at: number;
}

/** A chat on the platform; `taken` in the order of arrival. */
export interface PlatformChat {
  id: string;
  taken: Taken[];
  /** Events by message; those of a group that moved cannot be changed any more. */
  messages: Map<number, Set<string>>;
  /** Nobody but a person can let the bot in again. */
  forbidden: boolean;
  /** It was closed to the bot or moved once: what is to be added to its messages need not be kept. */
  interrupted: boolean;
}

/** A Bot API that takes messages of events, and whose every call may go wrong. */
export interface Platform {
  /** Root for the courier number `crew`, so that it is known who calls. */
  apiRoot(crew: number): string;
  chat(id: string): PlatformChat;
  /** `false`: from now on every call is answered well. */
  hostile: boolean;
  /** What the next call meets, hostile or not. */
  befall(fate: Fate): void;
  /** Everything is refused for flooding or as if all chats were closed to the bot, or fails, until so many ms from now. */
  storm(kind: Storm, ms: number): void;
  /** How often each fate befell a call. */
  readonly counts: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

const called = z.object({
  chat_id: z.coerce.string(),
  text: z.string(),
  message_id: z.number().optional(),
});

/** The mark that the courier's stand-in for words puts into what may be a repeat. */
export const REPEAT_MARK = '↻';

/** More lost answers in a row would be an outage, of which nothing can be expected. */
const MOST_DOUBTS = 3;

const FATES: readonly (readonly [number, Fate])[] = [
  [93, { kind: 'taken' }],
  [0.5, { kind: 'reset', taken: true }],
  [0.5, { kind: 'reset', taken: false }],
  [0.5, { kind: 'page', taken: true }],
  [0.5, { kind: 'page', taken: false }],
  [0.3, { kind: 'error', taken: false }],
  [0.5, { kind: 'silence', taken: true }],
  [0.3, { kind: 'silence', taken: false }],
  [0.3, { kind: 'flood' }],
  [1, { kind: 'forbidden' }],
  [1, { kind: 'moved' }],
  [0.4, { kind: 'kill', when: 'before' }],
  [0.4, { kind: 'kill', when: 'during' }],
  [0.4, { kind: 'kill', when: 'after' }],
];

/** Starts it on a free port. `kill` ends a courier at once; `forbidden` hears of chats that are closed to the bot. */
export async function startPlatform(options: {
  random: Random;
  kill(crew: number): void;
  forbidden(chatId: string): void;
}): Promise<Platform> {
  const { random } = options;
  const chats = new Map<string, PlatformChat>();
  const movedTo = new Map<string, string>();
  const doubts = new Map<string, number>();
  const counts = new Map<string, number>();
  let weather: { kind: Storm; until: number } | undefined;
  let moves = 0;
  let next: Fate | undefined;

  const chat = (id: string): PlatformChat => {
    const now = movedTo.get(id);
    if (now !== undefined) return chat(now);
    const known = chats.get(id) ?? {
      id,
      taken: [],
      messages: new Map(),
      forbidden: false,
      interrupted: false,
    };
    chats.set(id, known);
    return known;
  };

  const platform: Platform = {
    apiRoot: (crew) => `http://127.0.0.1:${port}/${crew}`,
    chat,
    hostile: true,
    befall(fate) {
      next = fate;
    },
    storm(kind, ms) {
      weather = { kind, until: Date.now() + ms };
    },
    counts,
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };

  function fateOf(chatId: string): Fate {
    if (next) {
      const fate = next;
      next = undefined;
      return fate;
    }
    if (weather && Date.now() < weather.until) {
      return weather.kind === 'page' ? { kind: 'page', taken: false } : { kind: weather.kind };
    }
    if (!platform.hostile) return { kind: 'taken' };
    const fate = random.pick(FATES);
    const lost = 'taken' in fate || fate.kind === 'kill';
    const inARow = lost ? (doubts.get(chatId) ?? 0) + 1 : 0;
    doubts.set(chatId, inARow);
    return inARow > MOST_DOUBTS ? { kind: 'taken' } : fate;
  }

  function take(there: PlatformChat, text: string, messageId = there.taken.length + 1): number {
    const lines = text.split('\n').filter((line) => line !== '');
    const known = there.messages.get(messageId) ?? new Set();
    const events = lines.filter((line) => line !== REPEAT_MARK && !known.has(line));
    there.taken.push({ events, marked: lines.includes(REPEAT_MARK), at: Date.now() });
    there.messages.set(messageId, new Set([...known, ...events]));
    return messageId;
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, crew, method] = /^\/(\d+)\/bot[^/]+\/(\w+)$/.exec(request.url ?? '') ?? [];
    const body = await readBody(request);
    if (method === 'getMe') return ok(response, { id: 1, is_bot: true, first_name: 'Sheepdog' });
    if (method !== 'sendMessage' && method !== 'editMessageText') return refuse(response, 404, 'Not Found');
    const { chat_id: id, text, message_id: edited } = called.parse(JSON.parse(body));
    const old = movedTo.get(id);
    if (old !== undefined) return upgraded(response, chat(id).id);
    const there = chat(id);
    if (there.forbidden) return refuse(response, 403, 'Forbidden: bot was kicked from the group chat');
    if (edited !== undefined && !there.messages.has(edited)) {
      return refuse(response, 400, 'Bad Request: message to edit not found');
    }
    const fate = fateOf(id);
    const name = [fate.kind, 'when' in fate ? fate.when : '', 'taken' in fate && fate.taken ? 'taken' : ''];
    const counted = name.filter(Boolean).join('-');
    counts.set(counted, (counts.get(counted) ?? 0) + 1);
    switch (fate.kind) {
      case 'taken':
        return ok(response, { message_id: take(there, text, edited) });
      case 'slow':
        await answerLate(response, take(there, text, edited), fate.ms);
        return;
      case 'flood':
        return refuse(response, 429, 'Too Many Requests: retry after 1', { retry_after: 1 });
      case 'refusal':
        return refuse(response, 403, 'Forbidden: bot was kicked from the group chat');
      case 'forbidden':
        there.forbidden = true;
        there.interrupted = true;
        options.forbidden(id);
        return refuse(response, 403, 'Forbidden: bot was kicked from the group chat');
      case 'moved': {
        const moved = { ...there, id: `-100${++moves}`, messages: new Map(), interrupted: true };
        chats.set(moved.id, moved);
        movedTo.set(id, moved.id);
        return upgraded(response, moved.id);
      }
      case 'kill':
        if (fate.when === 'after') {
          response.on('finish', () => options.kill(Number(crew)));
          return ok(response, { message_id: take(there, text, edited) });
        }
        if (fate.when === 'during') take(there, text, edited);
        return options.kill(Number(crew));
      default:
        if (fate.taken) take(there, text, edited);
        if (fate.kind === 'reset') request.socket.resetAndDestroy();
        if (fate.kind === 'page')
          response.writeHead(502, { 'content-type': 'text/html' }).end('<html>502</html>');
        if (fate.kind === 'error') refuse(response, 500, 'Internal Server Error');
    }
  }

  const server = createServer((request, response) => {
    // A courier that is killed leaves calls half made.
    serve(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the platform has no port');
  const { port } = address;
  return platform;
}

async function answerLate(response: ServerResponse, messageId: number, ms: number): Promise<void> {
  await delay(ms);
  ok(response, { message_id: messageId });
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function ok(response: ServerResponse, result: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ ok: true, result }));
}

function upgraded(response: ServerResponse, to: string): void {
  const parameters = { migrate_to_chat_id: Number(to) };
  refuse(response, 400, 'Bad Request: group chat was upgraded to a supergroup chat', parameters);
}

function refuse(response: ServerResponse, code: number, description: string, parameters?: object): void {
  response
    .writeHead(code, { 'content-type': 'application/json' })
    .end(JSON.stringify({ ok: false, error_code: code, description, ...(parameters ? { parameters } : {}) }));
}
