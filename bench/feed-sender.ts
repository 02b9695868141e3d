/** Worker: a WebSocket server that sends prepared aggTrade frames as fast as the socket takes them. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { WebSocketServer } from 'ws';
import { z } from 'zod';

/** What the worker is told: how many frames one batch has. */
export interface SenderOptions {
  frames: number;
  /** Event time of the first trade, Unix ms. */
  start: number;
}

const FIRST_ID = 3_391_740_215;
const CHUNK_BYTES = 1 << 16;
const options = z.object({ frames: z.number(), start: z.number() }).parse(workerData);

/** A text frame from the server: unmasked, payload of 126 to 65,535 bytes. */
function textFrame(payload: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head[0] = 0x81;
  head[1] = 126;
  head.writeUInt16BE(payload.length, 2);
  return Buffer.concat([head, payload]);
}

/** A walk of one tick a trade around 86,000; a hundred trades a second. The seed is fixed: every run sees the same. */
function prepare(): Buffer[] {
  const chunks: Buffer[] = [];
  let parts: Buffer[] = [];
  let bytes = 0;
  let ticks = 860_000;
  let random = 1;
  for (let i = 0; i < options.frames; i++) {
    random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
    const up = random > 0x7fff_ffff;
    ticks += up ? 1 : -1;
    const time = options.start + i * 10;
    const id = FIRST_ID + i;
    const quantity = ((random % 2000) / 1000 + 0.001).toFixed(3);
    const payload = Buffer.from(
      `{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":${time + 3},"a":${id},"s":"BTCUSDT","p":"${(ticks / 10).toFixed(2)}",` +
        `"q":"${quantity}","nq":"${quantity}","f":${id * 2},"l":${id * 2 + 1},"T":${time},"m":${!up},"st":1}}`,
    );
    const frame = textFrame(payload);
    parts.push(frame);
    bytes += frame.length;
    if (bytes >= CHUNK_BYTES || i === options.frames - 1) {
      chunks.push(Buffer.concat(parts));
      parts = [];
      bytes = 0;
    }
  }
  return chunks;
}

async function send(socket: Socket, chunks: readonly Buffer[]): Promise<void> {
  for (const chunk of chunks) if (!socket.write(chunk)) await once(socket, 'drain');
}

const chunks = prepare();
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
server.on('connection', (socket, request) => {
  // Our feed asks for its stream and begins at the answer; the baseline asks the same way.
  socket.on('message', (data) => {
    const { id } = z.object({ id: z.number() }).parse(JSON.parse(String(data)));
    socket.send(
      JSON.stringify({ result: null, id }),
      () => void send(request.socket, chunks).catch(() => undefined),
    );
  });
});
await once(server, 'listening');
const address = server.address();
parentPort?.postMessage(typeof address === 'object' && address !== null ? address.port : 0);
