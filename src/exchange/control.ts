import { z } from 'zod';

/** A control message that is in order. */
export type Control =
  | { method: 'SUBSCRIBE' | 'UNSUBSCRIBE'; streams: readonly string[]; id: number }
  | { method: 'LIST_SUBSCRIPTIONS'; id: number }
  | { method: 'SET_PROPERTY'; combined: boolean; id: number }
  | { method: 'GET_PROPERTY'; id: number };

/** The body that answers a message which is not in order; the exchange gives the id only where it could read one. */
export interface ControlError {
  error: { code: 0 | 1 | 2 | 3; msg: string };
  id?: number;
}

const METHODS = ['SUBSCRIBE', 'UNSUBSCRIBE', 'LIST_SUBSCRIPTIONS', 'SET_PROPERTY', 'GET_PROPERTY'] as const;

const methodSchema = z.enum(METHODS);
const idSchema = z.int().nonnegative();
const streamsSchema = z.array(z.string().min(1)).min(1);

/** Reads a text frame from a client; codes and wording as observed on the real service. */
export function parseControl(text: string): Control | ControlError {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch (error) {
    return fault(3, `Invalid JSON: expected value at ${position(text, error)}`);
  }
  if (typeof message !== 'object' || message === null || !('method' in message)) {
    return fault(2, `Invalid request: missing field method at line 1 column ${text.length}`);
  }
  const method = methodSchema.safeParse(message.method);
  if (!method.success) {
    const end = text.indexOf(JSON.stringify(message.method)) + JSON.stringify(message.method).length;
    return fault(
      2,
      `Invalid request: unknown variant ${String(message.method)}, expected one of ${METHODS.join(', ')} at line 1 column ${end}`,
    );
  }
  const id = idSchema.safeParse('id' in message ? message.id : undefined);
  if (!id.success) return fault(2, 'Invalid request: request ID must be an unsigned integer');
  return parseParameters(method.data, 'params' in message ? message.params : [], id.data);
}

function parseParameters(
  method: (typeof METHODS)[number],
  params: unknown,
  id: number,
): Control | ControlError {
  switch (method) {
    case 'SUBSCRIBE':
    case 'UNSUBSCRIBE': {
      const streams = streamsSchema.safeParse(params);
      return streams.success
        ? { method, streams: streams.data, id }
        : fault(2, 'Invalid request: invalid stream', id);
    }
    case 'LIST_SUBSCRIPTIONS':
      return { method, id };
    case 'SET_PROPERTY':
    case 'GET_PROPERTY': {
      const list: unknown[] = Array.isArray(params) ? params : [];
      if (list.length > (method === 'SET_PROPERTY' ? 2 : 1)) return tooManyParameters(id);
      const [name, value] = list;
      if (typeof name !== 'string') return fault(2, 'Invalid request: property name must be a string', id);
      if (name !== 'combined') return fault(0, 'Unknown property', id);
      if (method === 'GET_PROPERTY') return { method, id };
      return typeof value === 'boolean'
        ? { method, combined: value, id }
        : fault(1, 'Invalid value type: expected Boolean', id);
    }
  }
}

/** The answer to a list of streams longer than a connection may hold. */
export function tooManyParameters(id: number): ControlError {
  return fault(2, 'Invalid request: too many parameters', id);
}

function fault(code: 0 | 1 | 2 | 3, msg: string, id?: number): ControlError {
  return id === undefined ? { error: { code, msg } } : { error: { code, msg }, id };
}

/** Line and column (from 1) of a JSON fault, from V8's offset where it names one. */
function position(text: string, error: unknown): string {
  const offset = error instanceof Error ? /position (\d+)/.exec(error.message)?.[1] : undefined;
  const before = text.slice(0, offset === undefined ? text.length : Number(offset));
  const line = before.split('\n').length;
  return `line ${line} column ${before.length - before.lastIndexOf('\n')}`;
}
