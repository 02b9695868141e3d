import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import { keys, QUEUE_PREFIX } from '../keys.ts';

/**
 * A backup is gzip of JSON lines: a head, one line per key, and an end that counts the keys and holds the SHA-256 of
 * every byte before it. Values are kept by type and not in Redis' own form, which differs between its versions and Valkey.
 */
export const FORM_VERSION = 1;

/** A value of Redis: text where it is UTF-8, else its bytes in base64. */
const bytes = z.union([z.string(), z.object({ b: z.base64() })]);
export type Bytes = z.infer<typeof bytes>;

export const head = z.object({
  sheepdogBackup: z.literal(FORM_VERSION),
  /** Version of the stored form. */
  schema: z.number().int().min(1),
  source: z.enum(['live', 'replay', 'simulated']),
  /** When it was written, Unix ms. */
  at: z.number(),
});
export type Head = z.infer<typeof head>;

/** `until`: when the key expires, Unix ms; 0 = never. Hashes and sorted sets are flat: field, value … and member, score … */
export const entry = z.discriminatedUnion('type', [
  z.object({ key: bytes, until: z.number(), type: z.literal('string'), value: bytes }),
  z.object({
    key: bytes,
    until: z.number(),
    type: z.enum(['hash', 'list', 'set', 'zset']),
    value: z.array(bytes),
  }),
  z.object({
    key: bytes,
    until: z.number(),
    type: z.literal('stream'),
    value: z.array(z.tuple([z.string(), z.array(bytes)])),
    lastId: z.string(),
  }),
]);
export type Entry = z.infer<typeof entry>;

export const end = z.object({ end: z.literal(true), keys: z.number().int(), sha256: z.string() });

export function pack(buffer: Buffer): Bytes {
  return isUtf8(buffer) ? buffer.toString('utf8') : { b: buffer.toString('base64') };
}

export function unpack(value: Bytes): Buffer {
  return typeof value === 'string' ? Buffer.from(value, 'utf8') : Buffer.from(value.b, 'base64');
}

/** What belongs to Sheepdog in a Redis that it may share with others. */
export const PATTERNS = ['sheepdog:*', `${QUEUE_PREFIX}:*`] as const;

// Who holds what at the moment, and who is alive, is true of running processes only; limits are times of one machine's clock.
const MOMENTARY: readonly RegExp[] = [
  /^sheepdog:\{s\d+\}:(lease|answer:.*)$/,
  /^sheepdog:limit:/,
  /^\{sheepdog\}:[^:]+:(.+:lock|stalled|stalled-check)$/,
];
const MOMENTARY_KEYS: ReadonlySet<string> = new Set([keys.poller, keys.roles, keys.restoring]);

/** Is this key no part of a backup? */
export function isMomentary(key: string): boolean {
  return MOMENTARY_KEYS.has(key) || MOMENTARY.some((form) => form.test(key));
}

/** A file cannot be restored, or a store cannot be restored into; the message says why and what to do. */
export class RestoreError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RestoreError';
  }
}
