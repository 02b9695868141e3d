import { once } from 'node:events';
import { WebSocket } from 'ws';

/** A client that remembers every frame it got, parsed, and lets a test wait for one. */
export interface Client {
  socket: WebSocket;
  frames: unknown[];
  /** The frames as text. */
  texts: string[];
  /** Sends a control message. */
  send(message: unknown): void;
  /** Asks, and returns the answer with the same id. */
  ask(message: { id: number } & Record<string, unknown>): Promise<unknown>;
  /** The first frame, past or to come, that fits. */
  frame(fits: (frame: Frame) => boolean): Promise<Frame>;
  /** Data of the first frame of a stream. */
  data(stream: string): Promise<unknown>;
  /** How many frames of a stream came so far. */
  count(stream: string): number;
  closed: Promise<{ code: number; reason: string }>;
}

/** Any frame: wrapped data, an answer, or bare data. */
export type Frame = Readonly<Record<string, unknown>>;

/** Opens a socket and waits until it is open. */
export async function connect(url: string): Promise<Client> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  const frames: Frame[] = [];
  const texts: string[] = [];
  const waiting = new Set<(frame: Frame) => void>();
  socket.on('message', (data) => {
    const text = String(data);
    const frame: Frame = JSON.parse(text);
    texts.push(text);
    frames.push(frame);
    for (const look of waiting) look(frame);
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: String(reason) }));
  });
  await once(socket, 'open');
  const frame = (fits: (frame: Frame) => boolean): Promise<Frame> => {
    const known = frames.find(fits);
    if (known) return Promise.resolve(known);
    return new Promise((resolve) => {
      const look = (candidate: Frame) => {
        if (!fits(candidate)) return;
        waiting.delete(look);
        resolve(candidate);
      };
      waiting.add(look);
    });
  };
  return {
    socket,
    frames,
    texts,
    send: (message) => socket.send(JSON.stringify(message)),
    ask(message) {
      socket.send(JSON.stringify(message));
      return frame((candidate) => candidate.id === message.id);
    },
    frame,
    data: async (stream) => (await frame((candidate) => candidate.stream === stream)).data,
    count: (stream) => frames.filter((candidate) => candidate.stream === stream).length,
    closed,
  };
}
