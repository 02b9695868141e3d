/** Worker: a WebSocket server that sends prepared frames of the streams it is asked for, as fast as the sockets take them. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { WebSocketServer } from 'ws';
import { z } from 'zod';
import { FIRST_ID, type SenderOptions, senderOptions, symbolAt } from './feed-market.ts';

const CHUNK_BYTES = 1 << 16;
const options = senderOptions.parse(workerData);

interface Frame {
  stream: string;
  bytes: Buffer;
}

/** A text frame from the server: unmasked, payload of 126 to 65,535 bytes. */
function textFrame(payload: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head[0] = 0x81;
  head[1] = 126;
  head.writeUInt16BE(payload.length, 2);
  return Buffer.concat([head, payload]);
}

let random = 1;
/** 0 up to 2³². The seed is fixed: every run sees the same. */
function next(): number {
  random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
  return random;
}

const tenths = Array.from({ length: options.symbols }, () => 860_000);
const ids = Array.from({ length: options.symbols }, () => FIRST_ID);

function data(kind: string, symbol: number, time: number): string {
  const name = symbolAt(symbol);
  const price = ((tenths[symbol] ?? 0) / 10).toFixed(2);
  switch (kind) {
    case 'aggTrade': {
      const up = next() > 0x7fff_ffff;
      tenths[symbol] = (tenths[symbol] ?? 0) + (up ? 1 : -1);
      const id = ids[symbol] ?? 0;
      ids[symbol] = id + 1;
      const quantity = ((next() % 2000) / 1000 + 0.001).toFixed(3);
      return `{"e":"aggTrade","E":${time + 3},"a":${id},"s":"${name}","p":"${price}","q":"${quantity}","nq":"${quantity}","f":${id * 2},"l":${id * 2 + 1},"T":${time},"m":${!up},"st":1}`;
    }
    case 'markPrice@1s':
      return `{"e":"markPriceUpdate","E":${time},"s":"${name}","p":"${price}000000","ap":"${price}000000","P":"${price}000000","i":"${price}000000","r":"0.00008900","T":${time + 3_600_000},"st":1}`;
    case 'kline_1m':
      return `{"e":"kline","E":${time},"s":"${name}","k":{"t":${Math.floor(time / 60_000) * 60_000},"T":${Math.floor(time / 60_000) * 60_000 + 59_999},"s":"${name}","i":"1m","f":1,"L":2,"o":"${price}","c":"${price}","h":"${price}","l":"${price}","v":"12.345","n":120,"x":false,"q":"1063170.22","V":"6.1","Q":"525000.10","B":"0"}}`;
    default: {
      const side = (sign: number) =>
        Array.from({ length: 20 }, (_, level) => {
          const at = ((tenths[symbol] ?? 0) + sign * (level + 1)) / 10;
          return `["${at.toFixed(2)}","${((next() % 5000) / 1000).toFixed(3)}"]`;
        }).join(',');
      return `{"e":"depthUpdate","E":${time},"T":${time - 1},"s":"${name}","ps":"${name}","U":${time},"u":${time + 9},"pu":${time - 1},"b":[${side(-1)}],"a":[${side(1)}],"st":1}`;
    }
  }
}

/** Each symbol in turn, each stream of it as often as its share says. */
function prepare(): Frame[] {
  const kinds = options.mix.flatMap(([kind, share]) => Array.from({ length: share }, () => kind));
  return Array.from({ length: options.frames }, (_, i) => {
    const symbol = i % options.symbols;
    const kind = kinds[next() % kinds.length] ?? 'aggTrade';
    const stream = `${symbolAt(symbol).toLowerCase()}@${kind}`;
    const payload = `{"stream":"${stream}","data":${data(kind, symbol, options.start + Math.floor((i * 1_000) / options.marketPerSecond))}}`;
    return { stream, bytes: textFrame(Buffer.from(payload)) };
  });
}

/** The frames as the writes in which they go out. */
function chunksOf(own: readonly Frame[]): Buffer[] {
  let parts: Buffer[] = [];
  let bytes = 0;
  const chunks: Buffer[] = [];
  for (const [index, frame] of own.entries()) {
    parts.push(frame.bytes);
    bytes += frame.bytes.length;
    if (bytes < CHUNK_BYTES && index < own.length - 1) continue;
    chunks.push(Buffer.concat(parts));
    parts = [];
    bytes = 0;
  }
  return chunks;
}

async function send(socket: Socket, chunks: readonly Buffer[]): Promise<void> {
  for (const chunk of chunks) if (!socket.write(chunk)) await once(socket, 'drain');
}

/** One frame a write, so many a second; when each was written is left in the shared array, Unix ms. */
function sendPaced(socket: Socket, own: readonly Frame[], pace: NonNullable<SenderOptions['pace']>): void {
  const times = new Float64Array(pace.sentAt);
  const begun = performance.now();
  let sent = 0;
  const step = () => {
    const due = Math.min(own.length, ((performance.now() - begun) * pace.perSecond) / 1000);
    for (; sent < due; sent++) {
      times[sent] = performance.timeOrigin + performance.now();
      socket.write(own[sent]?.bytes ?? '');
    }
    if (sent < own.length && !socket.destroyed) setImmediate(step);
  };
  step();
}

const frames = prepare();
const expected = new Set(frames.map((frame) => frame.stream)).size;
const control = z.object({ id: z.number(), params: z.array(z.string()) });
const asking = new Map<Socket, Set<string>>();
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
server.on('connection', (socket, request) => {
  const own = new Set<string>();
  asking.set(request.socket, own);
  socket.on('close', () => asking.delete(request.socket));
  socket.on('message', (text) => {
    const { id, params } = control.parse(JSON.parse(String(text)));
    for (const stream of params) own.add(stream);
    socket.send(JSON.stringify({ result: null, id }), begin);
  });
});

/** As soon as every stream is asked for, on whatever sockets, all begin. */
function begin(): void {
  const total = [...asking.values()].reduce((sum, streams) => sum + streams.size, 0);
  if (total < expected) return;
  const { pace } = options;
  // All is prepared before the first byte goes out: that is the sender's time, not the reader's.
  const sending = [...asking].map(([socket, streams]) => {
    const own = frames.filter((frame) => streams.has(frame.stream));
    if (pace) return () => sendPaced(socket, own, pace);
    const chunks = chunksOf(own);
    return () => void send(socket, chunks).catch(() => undefined);
  });
  for (const start of sending) start();
}

await once(server, 'listening');
const address = server.address();
parentPort?.postMessage(typeof address === 'object' && address !== null ? address.port : 0);
