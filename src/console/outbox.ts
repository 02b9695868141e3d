import { z } from 'zod';
import type { Button, Text } from '../notice/text.ts';
import { keys } from '../store/keys.ts';
import { defineScript, type Store } from '../store/redis.ts';

/** How many notices a reloaded page finds again. */
const KEPT = 200;
/** How long it finds their pictures, ms. */
const PICTURE_MS = 24 * 3_600_000;

/** A notice in words, as the page shows it. */
export interface ShownNotice {
  /** Id in the stream; grows. */
  id: string;
  /** Unix ms when it was posted. */
  at: number;
  text: Text;
  buttons: readonly (readonly Button[])[];
  /** Below the words; `url` is a path of the console. */
  picture?: { url: string; alt: string };
  /** It says from now on what the notice with this id said. */
  replaces?: string | undefined;
}

const inline = z.union([
  z.string(),
  z.object({ b: z.string() }),
  z.object({ i: z.string() }),
  z.object({ code: z.string() }),
  z.object({ time: z.number(), text: z.string() }),
  z.object({ role: z.string() }),
]);
const line = z.array(inline);
const block = z.discriminatedUnion('type', [
  z.object({ type: z.literal('title'), line }),
  z.object({ type: z.literal('text'), line }),
  z.object({ type: z.literal('small'), line }),
  z.object({ type: z.literal('list'), items: z.array(line) }),
  z.object({ type: z.literal('facts'), rows: z.array(z.tuple([z.string(), z.string()])) }),
]);
const button = z.object({
  label: z.string(),
  action: z.string(),
  style: z.enum(['primary', 'danger']).exactOptional(),
  via: z.enum(['private', 'form']).exactOptional(),
});
const posted = z.object({
  text: z.array(block),
  buttons: z.array(z.array(button)),
  picture: z.object({ alt: z.string() }).optional(),
  replaces: z.string().optional(),
});

/** KEYS stream; ARGV kept, nonce, message. Adds the message unless one with this nonce is there; returns its id. */
const POST = defineScript(`
for _, entry in ipairs(redis.call('XREVRANGE', KEYS[1], '+', '-')) do
  if entry[2][2] == ARGV[2] then return entry[1] end
end
return redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[1], '*', 'nonce', ARGV[2], 'message', ARGV[3])`);

/** Puts a notice in words into the stream, once per nonce, perhaps in place of an earlier one; returns its id there. */
export async function postNotice(
  store: Store,
  nonce: string,
  message: Pick<ShownNotice, 'text' | 'buttons'> & { picture?: { alt: string } | undefined },
  replaces?: string,
): Promise<string> {
  const { text, buttons, picture } = message;
  const body = JSON.stringify({ text, buttons, picture, replaces });
  const id = await POST.run(store, [keys.consoleOut], [KEPT, nonce, body]);
  return z.string().parse(id);
}

/** Keeps the picture of the notice that began with this id, as it was when it was told. */
export async function keepPicture(store: Store, id: string, png: Buffer): Promise<void> {
  await store.set(keys.consolePicture(id), png, 'PX', PICTURE_MS);
}

/** The picture of a notice; undefined: it has none (any more). */
export async function pictureOf(store: Store, id: string): Promise<Buffer | undefined> {
  return (await store.getBuffer(keys.consolePicture(id))) ?? undefined;
}

/** The notices after `id` (exclusive; `0` for all that are kept), oldest first. */
export async function noticesAfter(store: Store, id: string): Promise<ShownNotice[]> {
  return (await store.xrange(keys.consoleOut, `(${id}`, '+')).flatMap(shownNotice);
}

/** Waits at most `blockMs` for notices after `id`; on a connection of its own, which it blocks. */
export async function awaitNotices(store: Store, id: string, blockMs: number): Promise<ShownNotice[]> {
  const answer = await store.xread('COUNT', KEPT, 'BLOCK', blockMs, 'STREAMS', keys.consoleOut, id);
  return (answer?.[0]?.[1] ?? []).flatMap(shownNotice);
}

/** Does stream id `a` (`<ms>-<sequence>`) come after `b`? */
export function isAfter(a: string, b: string): boolean {
  const [msA = 0, sequenceA = 0] = a.split('-').map(Number);
  const [msB = 0, sequenceB = 0] = b.split('-').map(Number);
  return msA === msB ? sequenceA > sequenceB : msA > msB;
}

function shownNotice([id, fields]: [id: string, fields: string[]]): ShownNotice[] {
  const message = posted.safeParse(parseJson(fields[fields.indexOf('message') + 1]));
  // What an older or newer version wrote in another form is passed over.
  if (!message.success) return [];
  const { picture, ...words } = message.data;
  const url = `/api/notices/${words.replaces ?? id}/picture`;
  return [
    { id, at: Number(id.split('-')[0]), ...words, ...(picture ? { picture: { url, ...picture } } : {}) },
  ];
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
