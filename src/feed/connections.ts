import type { Clock } from '../kit/clock.ts';
import type { Log } from '../kit/log.ts';
import type { RouteHealth } from '../store/market.ts';
import { FrameDecoder } from './decode/decoder.ts';
import type { FeedEvent } from './decode/events.ts';
import { Liveness } from './liveness.ts';
import { Pacer } from './pacer.ts';
import { ROUTES, type Route, routeOf } from './routes.ts';
import { RouteSocket } from './socket.ts';
import type { FeedTimings } from './timings.ts';

/** The exchange allows 1024 by now; a frozen or slow socket should not take everything with it. */
const MAX_STREAMS = 200;

export interface ConnectionsOptions {
  wsUrl: string;
  timings: FeedTimings;
  clock: Clock;
  log: Log;
  /** What arrives: decoded, and the frame as received. */
  onEvent: (event: FeedEvent, frame: Buffer) => void;
  /** A stream comes again after its connection was lost; what it sent meanwhile did not arrive. */
  onResumed?: (stream: string) => void;
  /** Symbols so busy that their trades may be expected within seconds. */
  isLiquid: (stream: string) => boolean;
  /** False for a tape: what was not recorded is silent, and dialling again would not bring it. */
  watchSilence: boolean;
}

/** Every socket of this feed. */
export interface Connections {
  /** Carries exactly these streams, each on its route, at most 200 a socket. */
  carry(streams: ReadonlySet<string>): void;
  /** Every socket is open, all its streams are acknowledged, and data has come; single silent streams are no obstacle. */
  live(): { live: boolean; reasons: string[] };
  /** Data of this stream comes, or would come if there was any. */
  flows(stream: string): boolean;
  routes(): RouteHealth[];
  /** Why the exchange turns us down, if it does. */
  refused(): string | undefined;
  /** Wall clock of the newest data frame, Unix ms. */
  lastDataAt(): number | undefined;
  /** Data frames received so far. */
  frames(): number;
  stop(): Promise<void>;
}

/** One socket with what is known of its streams. */
interface Line {
  route: Route;
  socket: RouteSocket;
  decoder: FrameDecoder;
  liveness: Liveness;
  streams: Set<string>;
  acknowledged: Set<string>;
  /** Frames at the last look, and when they last grew. */
  frames: number;
  lastDataAt: number | undefined;
  /** Frames counted when this connection began. */
  framesBefore: number;
  /** This connection has been live; a stream added later does not make it less so. */
  live: boolean;
  /** Some connection of it has been live. */
  lived: boolean;
}

/** Spreads streams over sockets, decodes what they bring, and wakes what falls silent. */
export function createConnections(options: ConnectionsOptions): Connections {
  const { wsUrl, timings, clock, log, onEvent, onResumed, isLiquid, watchSilence } = options;
  const dials = new Pacer(timings.dialSpacingMs);
  const lines: Line[] = [];
  const refusals = new Map<Route, string>();
  let framesOfClosed = 0;

  function open(route: Route): Line {
    const decoder = new FrameDecoder();
    const liveness = new Liveness({
      framesOf: (stream) => decoder.framesOf(stream),
      isLiquid,
      scale: timings.silenceScale,
    });
    const acknowledged = new Set<string>();
    const interrupted = new Set<string>();
    const socket = new RouteSocket({
      wsUrl,
      route,
      timings,
      dials,
      log,
      events: {
        frame(frame) {
          const event = decoder.decode(frame);
          if (event.type === 'shutdown') socket.reconnect('the server shuts down');
          else onEvent(event, frame);
        },
        acknowledged(streams) {
          for (const stream of streams) {
            acknowledged.add(stream);
            if (interrupted.delete(stream)) onResumed?.(stream);
          }
          liveness.acknowledged(streams, performance.now());
        },
        lost() {
          for (const stream of acknowledged) interrupted.add(stream);
          acknowledged.clear();
          liveness.disconnected();
          line.live = false;
          line.framesBefore = decoder.frames;
        },
        refused(why) {
          if (why === undefined) refusals.delete(route);
          else refusals.set(route, why);
        },
      },
    });
    const line: Line = {
      route,
      socket,
      decoder,
      liveness,
      streams: new Set(),
      acknowledged,
      frames: 0,
      lastDataAt: undefined,
      framesBefore: 0,
      live: false,
      lived: false,
    };
    lines.push(line);
    return line;
  }

  function close(line: Line): void {
    lines.splice(lines.indexOf(line), 1);
    framesOfClosed += line.decoder.frames;
    void line.socket.stop();
  }

  function carry(streams: ReadonlySet<string>): void {
    watch ??= setInterval(look, timings.watchEveryMs);
    const touched = new Set<Line>();
    const placed = new Set<string>();
    for (const line of lines) {
      for (const stream of line.streams) {
        if (streams.has(stream)) placed.add(stream);
        else {
          line.streams.delete(stream);
          line.acknowledged.delete(stream);
          touched.add(line);
        }
      }
    }
    for (const stream of streams) {
      if (placed.has(stream)) continue;
      const route = routeOf(stream);
      const free = lines.find((line) => line.route === route && line.streams.size < MAX_STREAMS);
      const line = free ?? open(route);
      line.streams.add(stream);
      touched.add(line);
    }
    for (const line of touched) {
      if (line.streams.size === 0) close(line);
      else {
        line.liveness.keep(line.streams);
        line.socket.carry(new Set(line.streams));
      }
    }
  }

  let watch: NodeJS.Timeout | undefined;

  function look(): void {
    const now = performance.now();
    for (const line of lines) {
      if (line.decoder.frames !== line.frames) {
        line.frames = line.decoder.frames;
        line.lastDataAt = clock.now();
      }
      const { wake, dead } = line.liveness.look(now);
      if (!watchSilence || wake.length === 0) continue;
      if (dead) {
        log.warn({ route: line.route, streams: wake.length }, 'nothing comes any more: dialling again');
        line.socket.reconnect('silent');
      } else {
        log.warn({ route: line.route, streams: wake.slice(0, 10) }, 'acknowledged streams are silent');
        line.socket.resubscribe(wake);
      }
    }
  }

  function isLive(line: Line): boolean {
    const { socket, acknowledged, streams, decoder } = line;
    if (!socket.open) return false;
    const sends = decoder.frames > line.framesBefore || !watchSilence;
    if (!line.live && sends && acknowledged.size >= streams.size) {
      line.live = true;
      line.lived = true;
    }
    return line.live;
  }

  function stateOf(line: Line): RouteHealth['state'] {
    const live = isLive(line);
    if (!line.socket.open) return line.lived || refusals.has(line.route) ? 'down' : 'connecting';
    if (silentOf(line).length > 0) return 'silent';
    return live ? 'live' : 'connecting';
  }

  /** A tape has only what was recorded: silence is no fault there. */
  function silentOf(line: Line): readonly string[] {
    return watchSilence ? line.liveness.silent : [];
  }

  const RANK = ['live', 'connecting', 'silent', 'down'] as const satisfies readonly RouteHealth['state'][];

  return {
    carry,
    live() {
      const reasons = ROUTES.flatMap((route) => {
        const down = lines.filter((line) => line.route === route && !isLive(line));
        return down.length > 0 ? [`/${route} is ${[...new Set(down.map(stateOf))].join(', ')}`] : [];
      });
      if (lines.length === 0) reasons.push('no stream is subscribed yet');
      return { live: reasons.length === 0, reasons };
    },
    flows(stream) {
      const line = lines.find((each) => each.streams.has(stream));
      return !!line?.socket.open && line.acknowledged.has(stream) && !silentOf(line).includes(stream);
    },
    routes() {
      return ROUTES.flatMap((route): RouteHealth[] => {
        const here = lines.filter((line) => line.route === route);
        if (here.length === 0) return [];
        const worst = Math.max(...here.map((line) => RANK.indexOf(stateOf(line))));
        const times = here.flatMap((line) => line.lastDataAt ?? []);
        return [
          {
            route,
            state: RANK[worst] ?? 'down',
            lastDataAt: times.length > 0 ? Math.max(...times) : undefined,
            streams: here.reduce((sum, line) => sum + line.streams.size, 0),
            silent: here.flatMap(silentOf),
          },
        ];
      });
    },
    refused: () => [...refusals.values()][0],
    lastDataAt() {
      const times = lines.flatMap((line) => line.lastDataAt ?? []);
      return times.length > 0 ? Math.max(...times) : undefined;
    },
    frames: () => lines.reduce((sum, line) => sum + line.decoder.frames, framesOfClosed),
    async stop() {
      clearInterval(watch);
      await Promise.all(lines.map((line) => line.socket.stop()));
    },
  };
}
