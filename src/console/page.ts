import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { ChatService } from '../chat/model.ts';
import type { Reply } from '../notice/text.ts';
import { consoleAsker, localeOf, parseLine } from './asker.ts';
import type { Live } from './live.ts';
import type { Shelf } from './shelf.ts';

const FILES = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/style.css': ['style.css', 'text/css; charset=utf-8'],
  '/app.js': ['app.js', 'text/javascript; charset=utf-8'],
  '/render.js': ['render.js', 'text/javascript; charset=utf-8'],
  '/words.js': ['words.js', 'text/javascript; charset=utf-8'],
  '/icon.svg': ['icon.svg', 'image/svg+xml'],
} as const satisfies Record<string, readonly [file: string, type: string]>;

const command = z.object({ text: z.string().max(10_000) });
const press = z.object({ action: z.string().min(1).max(200) });
/** A stream id of Redis, as an EventSource gives it back. */
const streamId = z.string().regex(/^\d{1,20}-\d{1,20}$/);

/**
 * The page and what it calls: `POST /api/command {text}` and `POST /api/press {action}` answer `{reply}` (null: nothing
 * to say) with a picture by its id, `GET /api/picture/<id>` is that picture as a PNG (404: not any more; 503: not drawn),
 * `GET /api/notices/<id>/picture` the one that an alert carries (404: not any more),
 * `GET /api/events` is the stream of server-sent events, `GET /api/commands` the names for the input's hints.
 */
export async function addPage(
  app: FastifyInstance,
  deps: {
    chat: Pick<ChatService, 'commands' | 'command' | 'press'>;
    live: Live;
    shelf: Shelf;
    /** The picture of a notice, by the id with which it began. */
    pictureOf(id: string): Promise<Buffer | undefined>;
  },
): Promise<void> {
  const { chat, live, shelf } = deps;
  for (const [path, [file, type]] of Object.entries(FILES)) {
    const content = await readFile(join(import.meta.dirname, 'page', file));
    app.get(path, (_request, reply) => reply.type(type).send(content));
  }

  const names = new Set(chat.commands.map(({ name }) => name));
  app.get('/api/commands', (request) => {
    const locale = localeOf(request.headers['accept-language']);
    return {
      commands: chat.commands.map(({ name, description }) => ({ name, description: description[locale] })),
    };
  });

  app.post('/api/command', async (request, reply) => {
    const body = command.safeParse(request.body);
    const call = body.success ? parseLine(body.data.text, names) : undefined;
    if (!call) return await reply.code(400).send({ error: 'text' });
    const answer = await chat.command(consoleAsker(request.headers['accept-language']), call);
    return { reply: answer ? shown(answer, shelf) : null };
  });

  app.post('/api/press', async (request, reply) => {
    const body = press.safeParse(request.body);
    if (!body.success) return await reply.code(400).send({ error: 'action' });
    const answer = await chat.press(consoleAsker(request.headers['accept-language']), body.data.action);
    return { reply: answer ? shown(answer, shelf) : null };
  });

  app.get('/api/picture/:id', async (request, reply) => {
    const { id } = z.object({ id: z.string() }).parse(request.params);
    const picture = await shelf.take(id);
    if (picture === 'unknown') return await reply.code(404).send({ error: 'picture' });
    if (!picture) return await reply.code(503).send({ error: 'picture' });
    return await reply.type('image/png').send(picture);
  });

  app.get('/api/notices/:id/picture', async (request, reply) => {
    const params = z.object({ id: streamId }).safeParse(request.params);
    const picture = params.success ? await deps.pictureOf(params.data.id) : undefined;
    if (!picture) return await reply.code(404).send({ error: 'picture' });
    return await reply.type('image/png').send(picture);
  });

  app.get('/api/events', async (request, reply) => {
    const lastId = streamId.safeParse(request.headers['last-event-id']);
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) reply.raw.setHeader(name, value);
    }
    reply.hijack();
    const locale = localeOf(request.headers['accept-language']);
    if (!(await live.open(reply.raw, locale, lastId.success ? lastId.data : undefined))) {
      reply.raw.writeHead(503, { 'retry-after': '60' }).end();
    }
  });
}

/** A reply as the page gets it: a picture by where it is. */
function shown({ picture, ...reply }: Reply, shelf: Shelf) {
  return picture
    ? { ...reply, picture: { url: `/api/picture/${shelf.put(picture)}`, alt: picture.alt } }
    : reply;
}
