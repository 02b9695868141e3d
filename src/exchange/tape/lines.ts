import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { describeError, StartError } from '../../kit/errors.ts';
import type { Log } from '../../kit/log.ts';

// A tape is a text file, one JSON object a line, gzip if its name ends with .gz:
//   {"stream":"btcusdt@aggTrade","data":{…}}           a frame exactly as the combined stream sent it
//   {"rest":"/fapi/v1/klines?symbol=…","data":[…]}     the answer to a REST request (further fields are ignored)

/** A recorded frame: `data` is the payload's text as recorded; `time` its event time, Unix ms. */
export interface TapeFrame {
  stream: string;
  data: string;
  time: number;
}

/** A recorded REST answer: path with query, and the body. */
export interface TapeAnswer {
  rest: string;
  data: unknown;
}

const FRAME_HEAD = /^\{"stream":"([^"\\]+)","data":/;
const EVENT_TIME = /"E":(\d{10,16})/;

/** Reads a line as a frame; undefined when it is none or has no event time. */
export function parseFrame(line: string): TapeFrame | undefined {
  const head = FRAME_HEAD.exec(line);
  const time = EVENT_TIME.exec(line)?.[1];
  const stream = head?.[1];
  if (!head || stream === undefined || time === undefined) return undefined;
  // The payload is cut out rather than parsed and written again: replayed frames are those recorded, byte for byte.
  return { stream, data: line.slice(head[0].length, line.lastIndexOf('}')), time: Number(time) };
}

/** Reads a line as a recorded REST answer; undefined when it is none. */
export function parseAnswer(line: string): TapeAnswer | undefined {
  if (!line.startsWith('{"rest":')) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null || !('rest' in value) || !('data' in value))
      return undefined;
    return typeof value.rest === 'string' ? { rest: value.rest, data: value.data } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The file's lines, many at a time. A recording that was cut off in the middle ends where it ends, with a warning;
 * throws StartError when the file cannot be read at all.
 */
export async function* lineBatches(path: string, log: Log): AsyncGenerator<string[], void> {
  const file = createReadStream(path);
  const input = path.endsWith('.gz') ? file.pipe(createGunzip()) : file;
  file.on('error', (error) => input.destroy(error));
  const decoder = new TextDecoder();
  let rest = '';
  let read = false;
  try {
    for await (const chunk of input) {
      read = true;
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      yield lines;
    }
  } catch (error) {
    if (!read) throw new StartError(`tape ${path} cannot be read: ${describeError(error)}`);
    log.warn({ path, error: describeError(error) }, 'the tape is cut off; what it holds is played');
  } finally {
    file.destroy();
  }
  if (rest) yield [rest];
}
