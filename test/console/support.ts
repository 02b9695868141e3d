import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import type { Asker, ChatService, CommandCall } from '../../src/chat/model.ts';
import type { Brief } from '../../src/market/brief.ts';
import type { Picture } from '../../src/notice/picture.ts';
import type { Reply } from '../../src/notice/text.ts';
import type { FeedHealth } from '../../src/store/market.ts';
import { makeBareBrief, makeBareWindow, sameWindows } from '../support/briefs.ts';
import { makeHealth } from '../support/samples.ts';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** One request over a real socket; unlike fetch it may carry any Host header. */
export function call(
  port: number,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const { method = 'GET', headers = {}, body } = options;
  const request = httpRequest({ host: '127.0.0.1', port, path, method, headers }, (response) => {
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      text += chunk;
    });
    response.on('end', () =>
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
    );
  });
  request.on('error', reject);
  request.end(body);
  return promise;
}

export function postJson(port: number, path: string, body: unknown, headers: Record<string, string> = {}) {
  return call(port, path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

export interface ServerEvent {
  event: string;
  id: string | undefined;
  data: unknown;
}

/** Reads server-sent events until `enough` says so; then closes the stream. */
export async function readEvents(
  url: string,
  enough: (events: readonly ServerEvent[]) => boolean,
  headers: Record<string, string> = {},
): Promise<ServerEvent[]> {
  const controller = new AbortController();
  const response = await fetch(`${url}/api/events`, { headers, signal: controller.signal });
  const type = response.headers.get('content-type') ?? '';
  if (!response.body || !type.startsWith('text/event-stream'))
    throw new Error(`no stream: ${response.status}`);
  const events: ServerEvent[] = [];
  let text = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const parts = text.split('\n\n');
    text = parts.pop() ?? '';
    for (const part of parts) events.push(parseEvent(part));
    if (enough(events)) break;
  }
  controller.abort();
  return events;
}

function parseEvent(text: string): ServerEvent {
  const fields = new Map(
    text
      .split('\n')
      .map((line): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  );
  return {
    event: fields.get('event') ?? '',
    id: fields.get('id'),
    data: JSON.parse(fields.get('data') ?? 'null'),
  };
}

export const replySchema = z.object({ reply: z.unknown() });

/** A chat that knows `/help` and `/price` and keeps what it was asked. */
export class StubChat implements ChatService {
  readonly commands = ['help', 'price', 'subscribe'].map((name) => ({
    name,
    description: { en: `about ${name}`, ko: `${name} 설명`, zh: name, ja: name },
    options: [],
    admin: false,
  }));
  readonly calls: { asker: Asker; call: CommandCall }[] = [];
  readonly presses: string[] = [];
  /** What goes with its alerts. */
  picture: Picture | undefined;
  answer: Reply | undefined = { text: [{ type: 'text', line: ['hello'] }] };

  async command(asker: Asker, call: CommandCall): Promise<Reply | undefined> {
    this.calls.push({ asker, call });
    return this.answer;
  }

  async press(_asker: Asker, action: string): Promise<Reply | undefined> {
    this.presses.push(action);
    return this.answer;
  }

  async shared(): Promise<undefined> {}

  async follow(): Promise<undefined> {}

  question(): undefined {}

  async fill(): Promise<undefined> {}

  async suggest(): Promise<{ label: string; value: string }[]> {
    return [];
  }

  present: ChatService['present'] = (notices) => ({
    text: notices.map((notice) => ({ type: 'title', line: [{ b: notice.eventId }, ' barked'] })),
    buttons: [[{ label: 'Why', action: 'v1:why:abc234' }]],
    ...(this.picture ? { picture: this.picture } : {}),
  });

  async joined(): Promise<Reply | undefined> {
    return undefined;
  }
}

/** A brief as a row of the page shows it. */
export function brief(symbol: string, writtenAt: number, change: Partial<Brief> = {}): Brief {
  const bare = makeBareWindow();
  return makeBareBrief({
    symbol,
    time: writtenAt,
    writtenAt,
    last: 68_392.5,
    fundingRate: 0.0001,
    day: { open: 100, high: 100, low: 90, change: -1.5, quoteVolume: 1 },
    windows: { ...sameWindows(bare), '5m': { ...bare, change: 0.25, range: 0.5 } },
    ...change,
  });
}

/** What a feed says of itself that watches these symbols. */
export function feedHealth(at: number, symbols: readonly string[], blindSince?: number): FeedHealth {
  return makeHealth({ source: 'simulated', at, startedAt: at, symbols, blindSince });
}
