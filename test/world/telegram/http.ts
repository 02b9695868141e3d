import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { Refusal } from './html.ts';

/** A call's parameters, as JSON or as a form. */
export async function readPayload(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const raw = Buffer.concat(chunks);
  const type = request.headers['content-type'] ?? '';
  if (raw.length === 0) return {};
  if (type.startsWith('multipart/form-data')) {
    const form = await new Response(raw, { headers: { 'content-type': type } }).formData();
    return Object.fromEntries(
      await Promise.all([...form.entries()].map(async ([key, value]) => [key, await readField(key, value)])),
    );
  }
  if (!type.startsWith('application/json')) throw new Refusal(400, 'Bad Request: unsupported content type');
  return z.record(z.string(), z.unknown()).parse(JSON.parse(raw.toString('utf8')));
}

/** Fields that a form carries as JSON, since they are no words. */
const JSON_FIELDS = new Set(['media', 'reply_markup', 'reply_parameters', 'link_preview_options']);

/** A field of a form: a file as its bytes. */
async function readField(
  name: string,
  value: string | { arrayBuffer(): Promise<ArrayBuffer> },
): Promise<unknown> {
  if (typeof value !== 'string') return Buffer.from(await value.arrayBuffer());
  return JSON_FIELDS.has(name) ? JSON.parse(value) : value;
}

/** Answers in JSON, unless the caller is gone. */
export function answer(response: ServerResponse, status: number, body: unknown): void {
  if (response.destroyed || response.headersSent) return;
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
