import type { IncomingMessage } from 'node:http';
import { type RawData, WebSocket } from 'ws';
import { z } from 'zod';
import { delay } from '../kit/duration.ts';
import { describeError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import { backoffMs, Pacer } from './pacer.ts';
import type { Route } from './routes.ts';
import type { FeedTimings } from './timings.ts';

/** Names in one SUBSCRIBE or UNSUBSCRIBE. */
const BATCH = 100;
// Ten times the largest frame seen (all symbols' mark prices); whatever is larger is not the exchange's.
const MAX_FRAME_BYTES = 8 << 20;
/** Close code for too many messages (and for malformed ones); whoever goes on is banned. */
const POLICY_VIOLATION = 1008;
/** How many times slower we may become for it. */
const MAX_SLOWNESS = 8;
// Every data frame of a combined connection begins with `{"stream"`; a control answer with `{"result"`, `{"error"` or `{"id"`.
const DATA_MARK = 's'.charCodeAt(0);

/** What a socket tells its owner. */
export interface RouteSocketEvents {
  /** A data frame, as received. */
  frame(frame: Buffer): void;
  /** These streams were acknowledged: data is due. */
  acknowledged(streams: readonly string[]): void;
  /** The connection ended; another one is being dialled. */
  lost(why: string): void;
  /** The server will be shut down soon. The connection goes on as long as it lasts: a successor can be opened first. */
  leaving(): void;
  /** The exchange refuses this place or address; undefined as soon as it lets us in again. */
  refused(why: string | undefined): void;
}

export interface RouteSocketOptions {
  /** Root of the exchange's WebSocket service, without a path. */
  wsUrl: string;
  route: Route;
  timings: FeedTimings;
  /** Shared by all sockets of the process. */
  dials: Pacer;
  log: Log;
  events: RouteSocketEvents;
}

const controlAnswer = z.object({
  id: z.number().optional(),
  error: z.object({ code: z.number(), msg: z.string() }).optional(),
  e: z.string().optional(),
});

interface PendingAck {
  streams: readonly string[];
  timer: NodeJS.Timeout;
}

/** One open connection and what was asked for on it. */
interface Session {
  readonly socket: WebSocket;
  readonly ended: AbortController;
  readonly control: Pacer;
  /** Streams asked for, acknowledged or not. */
  readonly sent: Set<string>;
  readonly acks: Map<number, PendingAck>;
  gotData: boolean;
  /** As `ended` says, but read on every frame: an AbortSignal's own flag costs as much as a whole tick. */
  over: boolean;
  syncing: boolean;
}

/**
 * A connection to one route that keeps itself alive: it redials with jitter, asks again for every stream it should
 * carry, pings, and gives up a connection whose answers fail to come.
 */
export class RouteSocket {
  readonly route: Route;
  readonly #options: RouteSocketOptions;
  readonly #stopping = new AbortController();
  #wanted: ReadonlySet<string> = new Set();
  #session: Session | undefined;
  #attempt = 0;
  /** By how much the pace of control messages is reduced, since the exchange found it too fast. */
  #slowness = 1;
  #nextId = 1;
  #running: Promise<void> | undefined;

  constructor(options: RouteSocketOptions) {
    this.#options = options;
    this.route = options.route;
  }

  /** The handshake is done and the connection has not ended. */
  get open(): boolean {
    return this.#session !== undefined;
  }

  get streams(): ReadonlySet<string> {
    return this.#wanted;
  }

  /** Carries exactly these streams from now on. Dials at the first call. */
  carry(streams: ReadonlySet<string>): void {
    this.#wanted = streams;
    this.#running ??= this.#run();
    if (this.#session) void this.#sync(this.#session);
  }

  /** Asks anew for streams that were acknowledged but do not send. */
  resubscribe(streams: readonly string[]): void {
    const session = this.#session;
    if (!session) return;
    const known = streams.filter((stream) => session.sent.delete(stream));
    // The exchange takes a second SUBSCRIBE for a stream it holds as done; it must be dropped first.
    void this.#ask(session, 'UNSUBSCRIBE', known)
      .then(() => this.#sync(session))
      .catch(() => undefined);
  }

  /** Ends the connection, if any, and dials again. */
  reconnect(why: string): void {
    if (this.#session) this.#end(this.#session, why);
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('stopped'));
    if (this.#session) this.#end(this.#session, 'stopped');
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const { timings, dials, log, events, route } = this.#options;
    while (!signal.aborted) {
      try {
        await dials.turn(signal);
        const why = await this.#connect(signal);
        if (signal.aborted) return;
        log.warn({ route, why }, 'market socket ended');
        events.lost(why);
        await delay(backoffMs(this.#attempt, timings.backoffBaseMs, timings.backoffCapMs), signal);
        this.#attempt += 1;
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof Refusal)) throw error;
        log.error({ route, why: error.message, waitMs: error.waitMs }, 'market socket refused');
        events.refused(error.message);
        await delay(error.waitMs, signal).catch(() => undefined);
      }
    }
  }

  /** Holds one connection until it ends; resolves with the reason. Throws Refusal when the handshake is turned down. */
  #connect(signal: AbortSignal): Promise<string> {
    const { wsUrl, route, timings, events } = this.#options;
    const socket = new WebSocket(`${wsUrl}/${route}/stream`, {
      perMessageDeflate: false,
      skipUTF8Validation: true,
      handshakeTimeout: timings.handshakeMs,
      maxPayload: MAX_FRAME_BYTES,
    });
    const session: Session = {
      socket,
      ended: new AbortController(),
      control: new Pacer(timings.controlSpacingMs * this.#slowness),
      sent: new Set(),
      acks: new Map(),
      gotData: false,
      over: false,
      syncing: false,
    };
    return new Promise((resolve, reject) => {
      let failure = '';
      const abort = () => socket.terminate();
      signal.addEventListener('abort', abort, { once: true });
      socket.on('error', (error) => {
        failure = describeError(error);
      });
      socket.on('unexpected-response', (request, response) => {
        request.destroy();
        reject(refusalOf(response, timings));
      });
      socket.on('open', () => {
        this.#session = session;
        events.refused(undefined);
        this.#keepAlive(session);
        void this.#sync(session);
      });
      socket.on('message', (data) => this.#onMessage(session, data));
      socket.on('close', (code, reason) => {
        signal.removeEventListener('abort', abort);
        if (code === POLICY_VIOLATION) this.#slowness = Math.min(this.#slowness * 2, MAX_SLOWNESS);
        const words = [failure, reason.toString().slice(0, 100)].filter(Boolean).join(', ');
        this.#end(session, `code ${code}${words ? `: ${words}` : ''}`);
      });
      session.ended.signal.addEventListener('abort', () => resolve(String(session.ended.signal.reason)), {
        once: true,
      });
    });
  }

  #end(session: Session, why: string): void {
    if (session.over) return;
    session.over = true;
    for (const { timer } of session.acks.values()) clearTimeout(timer);
    session.acks.clear();
    if (this.#session === session) this.#session = undefined;
    session.socket.terminate();
    session.ended.abort(why);
  }

  #onMessage(session: Session, data: RawData): void {
    if (session.over || !(data instanceof Buffer)) return;
    if (data[2] !== DATA_MARK) {
      this.#onControl(session, data);
      return;
    }
    if (!session.gotData) {
      // Only data proves a connection: one that opens and dies at once must not reset the backoff.
      session.gotData = true;
      this.#attempt = 0;
    }
    this.#options.events.frame(data);
  }

  #onControl(session: Session, data: Buffer): void {
    let parsed: unknown;
    try {
      parsed = JSON.parse(data.toString());
    } catch {
      return;
    }
    const answer = controlAnswer.safeParse(parsed);
    if (!answer.success) return;
    const { id, error, e } = answer.data;
    if (e === 'serverShutdown') {
      this.#options.events.leaving();
      return;
    }
    if (error) {
      this.#options.log.error({ route: this.route, ...error }, 'the exchange refused a subscription');
    }
    const ack = id === undefined ? undefined : session.acks.get(id);
    if (id === undefined || !ack) return;
    clearTimeout(ack.timer);
    session.acks.delete(id);
    if (!error) this.#options.events.acknowledged(ack.streams);
  }

  /** Brings what was asked for to what is wanted, a batch at a time. */
  async #sync(session: Session): Promise<void> {
    if (session.syncing) return;
    session.syncing = true;
    try {
      for (;;) {
        const surplus = [...session.sent].filter((stream) => !this.#wanted.has(stream)).slice(0, BATCH);
        const missing = [...this.#wanted].filter((stream) => !session.sent.has(stream)).slice(0, BATCH);
        if (missing.length > 0) {
          for (const stream of missing) session.sent.add(stream);
          await this.#ask(session, 'SUBSCRIBE', missing);
        } else if (surplus.length > 0) {
          for (const stream of surplus) session.sent.delete(stream);
          await this.#ask(session, 'UNSUBSCRIBE', surplus);
        } else return;
      }
    } catch {
      // The connection ended meanwhile; the next one asks for everything again.
    } finally {
      session.syncing = false;
    }
  }

  async #ask(
    session: Session,
    method: 'SUBSCRIBE' | 'UNSUBSCRIBE',
    streams: readonly string[],
  ): Promise<void> {
    if (streams.length === 0) return;
    await session.control.turn(session.ended.signal);
    const id = this.#nextId++;
    const timer = setTimeout(() => {
      this.#end(session, `no answer to ${method} of ${streams.length} streams`);
    }, this.#options.timings.ackMs);
    session.acks.set(id, { streams: method === 'SUBSCRIBE' ? streams : [], timer });
    // A string goes out as a text frame; the exchange closes with 1008 on the same words in a binary one.
    session.socket.send(JSON.stringify({ method, params: streams, id }));
  }

  #keepAlive(session: Session): void {
    const { pingEveryMs, pongMs } = this.#options.timings;
    const { socket, ended } = session;
    let deadline: NodeJS.Timeout | undefined;
    const timer = setInterval(() => {
      socket.ping();
      deadline ??= setTimeout(() => this.#end(session, `no pong within ${pongMs} ms`), pongMs);
    }, pingEveryMs);
    socket.on('pong', () => {
      clearTimeout(deadline);
      deadline = undefined;
    });
    ended.signal.addEventListener(
      'abort',
      () => {
        clearInterval(timer);
        clearTimeout(deadline);
      },
      { once: true },
    );
  }
}

/** The opening handshake was turned down; asking again before `waitMs` would make it worse. */
class Refusal extends Error {
  readonly waitMs: number;

  constructor(message: string, waitMs: number) {
    super(message);
    this.waitMs = waitMs;
  }
}

function refusalOf(response: IncomingMessage, timings: FeedTimings): Refusal {
  const status = response.statusCode ?? 0;
  if (status === 451)
    return new Refusal('HTTP 451: the exchange does not serve this location', timings.refusedMs);
  const retryAfterMs = Number(response.headers['retry-after'] ?? 0) * 1000;
  const limited = status === 429 || status === 418 || status === 403;
  const least = limited ? timings.limitedMs : timings.backoffCapMs;
  return new Refusal(`HTTP ${status} on the opening handshake`, Math.max(least, retryAfterMs || 0));
}
