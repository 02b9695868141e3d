import type { IncomingMessage } from 'node:http';

/** A request as the routes see it. */
export interface Call {
  method: string;
  path: string;
  body: unknown;
  files: number;
}

export interface Answer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

export function ok(body: unknown): Answer {
  return { status: 200, body };
}

/** Reads JSON or multipart with `payload_json`; undefined for an address outside of version 10. */
export async function readCall(
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
