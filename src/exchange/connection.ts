import type { Duplex } from 'node:stream';
import { type RawData, WebSocket } from 'ws';
import { type Control, parseControl, tooManyParameters } from './control.ts';
import { type Endpoint, type Route, routeOf } from './streams.ts';

/** Streams one connection may hold (200 until 2024). */
export const MAX_STREAMS = 1024;

/** Messages a client may send in a second; pings and pongs count. */
const MAX_MESSAGES_PER_SECOND = 10;

const PONG_TIMEOUT_MS = 600_000;

// Unsent bytes at which a socket counts as lagging, and at which it is given up (the exchange's backlog arrives late;
// ours must not fill the memory).
const LAGGING_BYTES = 1 << 20;
const HOPELESS_BYTES = 256 << 20;

/** What a connection reports to the exchange it belongs to. */
export interface ConnectionEvents {
  /** A stream of this connection's own route was added or dropped: from now on its frames are (not) wanted. */
  wanted(connection: Connection, stream: string): void;
  dropped(connection: Connection, stream: string): void;
  closed(connection: Connection): void;
}

/** One client socket: its subscriptions, its property `combined`, its message rate. */
export class Connection {
  readonly route: Route;
  /** Every stream asked for and acknowledged, those that will never send included. */
  readonly subscriptions = new Set<string>();
  /** The most messages received within any second. */
  peakPerSecond = 0;
  readonly #socket: WebSocket;
  readonly #transport: Duplex;
  readonly #events: ConnectionEvents;
  readonly #recent: number[] = [];
  #combined: boolean;
  #heardAt = performance.now();

  constructor(socket: WebSocket, transport: Duplex, endpoint: Endpoint, events: ConnectionEvents) {
    this.route = endpoint.route;
    this.#combined = endpoint.combined;
    this.#socket = socket;
    this.#transport = transport;
    this.#events = events;
    socket.on('message', (data, isBinary) => this.#onMessage(data, isBinary));
    socket.on('ping', () => this.#count());
    socket.on('pong', () => {
      this.#heardAt = performance.now();
      this.#count();
    });
    socket.on('error', () => socket.terminate());
    socket.on('close', () => events.closed(this));
    this.#subscribe(endpoint.streams);
  }

  /** Frames come wrapped as `{"stream","data"}`. */
  get combined(): boolean {
    return this.#combined;
  }

  /** Takes frames slower than they come. */
  get lagging(): boolean {
    return this.#transport.writableLength > LAGGING_BYTES;
  }

  /** Sends one text frame (UTF-8 bytes, or a string). */
  send(frame: Buffer | string): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    if (this.#transport.writableLength > HOPELESS_BYTES) this.#socket.terminate();
    else this.#socket.send(frame, { binary: false });
  }

  /** Resolves when the unsent bytes have gone out, or the socket is closed. */
  flushed(): Promise<void> {
    if (!this.lagging) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        this.#transport.off('drain', done);
        this.#transport.off('close', done);
        resolve();
      };
      this.#transport.once('drain', done);
      this.#transport.once('close', done);
    });
  }

  /** Pings the client; cuts the line if none of the pings of the last ten minutes was answered. */
  ping(): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    if (performance.now() - this.#heardAt > PONG_TIMEOUT_MS) this.#socket.terminate();
    else this.#socket.ping();
  }

  /** Ends with a close frame. */
  close(code: number, reason = ''): void {
    this.#socket.close(code, reason);
  }

  /** Ends without a word, as a cut line does. */
  drop(): void {
    this.#socket.terminate();
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    if (!this.#count()) return;
    if (isBinary) {
      this.#socket.close(1008, 'Invalid request');
      return;
    }
    const message = parseControl(String(data));
    this.send(JSON.stringify('error' in message ? message : this.#answer(message)));
  }

  #answer(control: Control): object {
    const { id } = control;
    switch (control.method) {
      case 'SUBSCRIBE': {
        const added = new Set(control.streams.filter((stream) => !this.subscriptions.has(stream)));
        if (this.subscriptions.size + added.size > MAX_STREAMS) return tooManyParameters(id);
        // Data may overtake the acknowledgement on the real service; here it follows.
        queueMicrotask(() => this.#subscribe(added));
        return { result: null, id };
      }
      case 'UNSUBSCRIBE':
        for (const stream of control.streams) {
          if (this.subscriptions.delete(stream) && this.#serves(stream)) this.#events.dropped(this, stream);
        }
        return { result: null, id };
      case 'LIST_SUBSCRIPTIONS':
        return { result: [...this.subscriptions], id };
      case 'SET_PROPERTY':
        this.#combined = control.combined;
        return { result: null, id };
      case 'GET_PROPERTY':
        return { result: this.#combined, id };
    }
  }

  #subscribe(streams: Iterable<string>): void {
    for (const stream of streams) {
      this.subscriptions.add(stream);
      if (this.#serves(stream)) this.#events.wanted(this, stream);
    }
  }

  #serves(stream: string): boolean {
    return routeOf(stream) === this.route;
  }

  /** Counts a message; false when it was one too many and the connection is being closed. */
  #count(): boolean {
    const now = performance.now();
    this.#recent.push(now);
    while (this.#recent[0] !== undefined && this.#recent[0] <= now - 1000) this.#recent.shift();
    this.peakPerSecond = Math.max(this.peakPerSecond, this.#recent.length);
    if (this.#recent.length <= MAX_MESSAGES_PER_SECOND) return true;
    this.#socket.close(1008, 'Too many requests');
    return false;
  }
}
