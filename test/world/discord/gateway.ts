import type { Server } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';

const OP = {
  dispatch: 0,
  heartbeat: 1,
  identify: 2,
  resume: 6,
  reconnect: 7,
  invalid: 9,
  hello: 10,
  ack: 11,
};

const frame = z.looseObject({ op: z.int(), d: z.unknown() });
const identify = z.looseObject({ token: z.string(), intents: z.int(), properties: z.looseObject({}) });
const resume = z.looseObject({ token: z.string(), session_id: z.string(), seq: z.int() });

interface Session {
  id: string;
  seq: number;
  sent: { s: number; t: string; d: unknown }[];
  socket: WebSocket | undefined;
}

/** The gateway's side of one fake Discord: sessions that survive their socket, as real ones do. */
export interface FakeGateway {
  /** Intents of every identify so far. */
  readonly intents: number[];
  readonly resumes: number;
  readonly connected: number;
  /** Sends an event to every session; a disconnected one gets it when it resumes. */
  dispatch(type: string, data: unknown): void;
  /** Ends every socket with this code; 4004 and the like are final. */
  drop(code: number): void;
  /** Asks every client to reconnect (op 7). */
  askToReconnect(): void;
  /** Forgets every session: a resume is answered by op 9. */
  forgetSessions(): void;
  close(): Promise<void>;
}

/** Serves `/gateway` on an HTTP server. `ready` gives READY's data and the events that follow it. */
export function serveGateway(options: {
  server: Server;
  token: string;
  heartbeatMs: number;
  ready(sessionId: string): { ready: unknown; after: readonly (readonly [type: string, data: unknown])[] };
  changed(): void;
  violation(what: string): void;
}): FakeGateway {
  const sockets = new WebSocketServer({ noServer: true });
  const sessions = new Map<string, Session>();
  const intents: number[] = [];
  let resumes = 0;
  let lastSession = 0;

  options.server.on('upgrade', (request, socket, head) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const known = pathname.replace(/\/+$/, '') === '/gateway';
    if (!known || searchParams.get('v') !== '10' || searchParams.get('encoding') !== 'json') {
      options.violation(`gateway opened at ${request.url}`);
      socket.destroy();
      return;
    }
    sockets.handleUpgrade(request, socket, head, serve);
  });

  function send(socket: WebSocket, payload: object): void {
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(payload));
  }

  function emit(session: Session, t: string, d: unknown): void {
    const event = { s: ++session.seq, t, d };
    session.sent.push(event);
    if (session.socket) send(session.socket, { op: OP.dispatch, ...event });
  }

  function serve(socket: WebSocket): void {
    let session: Session | undefined;
    send(socket, { op: OP.hello, d: { heartbeat_interval: options.heartbeatMs } });
    socket.on('close', () => {
      if (session?.socket === socket) session.socket = undefined;
      options.changed();
    });
    socket.on('message', (raw) => {
      const message = frame.safeParse(JSON.parse(String(raw))).data;
      if (message === undefined) return socket.close(4002);
      if (message.op === OP.heartbeat) return send(socket, { op: OP.ack });
      if (message.op === OP.identify && session === undefined) session = onIdentify(socket, message.d);
      else if (message.op === OP.resume && session === undefined) session = onResume(socket, message.d);
      else if (session === undefined) socket.close(4003);
      else if (message.op !== 3) options.violation(`gateway op ${message.op}`);
      options.changed();
    });
  }

  function onIdentify(socket: WebSocket, data: unknown): Session | undefined {
    const wish = identify.safeParse(data).data;
    if (wish === undefined) return void socket.close(4002);
    if (wish.token !== options.token) return void socket.close(4004);
    intents.push(wish.intents);
    const session: Session = { id: `session-${++lastSession}`, seq: 0, sent: [], socket };
    sessions.set(session.id, session);
    const { ready, after } = options.ready(session.id);
    emit(session, 'READY', ready);
    for (const [type, event] of after) emit(session, type, event);
    return session;
  }

  function onResume(socket: WebSocket, data: unknown): Session | undefined {
    const wish = resume.safeParse(data).data;
    const session = wish && sessions.get(wish.session_id);
    if (wish?.token !== options.token || session === undefined || wish.seq > session.seq) {
      send(socket, { op: OP.invalid, d: false });
      return undefined;
    }
    resumes += 1;
    session.socket = socket;
    for (const event of session.sent) if (event.s > wish.seq) send(socket, { op: OP.dispatch, ...event });
    emit(session, 'RESUMED', {});
    return session;
  }

  const open = () => [...sockets.clients].filter((socket) => socket.readyState === socket.OPEN);
  return {
    intents,
    get resumes() {
      return resumes;
    },
    get connected() {
      return open().length;
    },
    dispatch(type, data) {
      for (const session of sessions.values()) emit(session, type, data);
    },
    drop(code) {
      for (const socket of open()) socket.close(code);
    },
    askToReconnect() {
      for (const socket of open()) send(socket, { op: OP.reconnect, d: null });
    },
    forgetSessions() {
      sessions.clear();
    },
    async close() {
      for (const client of sockets.clients) client.terminate();
      await new Promise((resolve) => sockets.close(resolve));
    },
  };
}
