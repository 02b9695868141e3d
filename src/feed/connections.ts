import type { Clock } from '../kit/clock.ts';
import type { Log } from '../kit/log.ts';
import type { RouteHealth } from '../store/market.ts';
import type { FeedEvent } from './decode/events.ts';
import { Line } from './line.ts';
import { Pacer } from './pacer.ts';
import { ROUTES, type Route, routeOf } from './routes.ts';
import type { FeedTimings } from './timings.ts';

/** The exchange allows 1024 by now; a frozen or slow socket should not take everything with it. */
const MAX_STREAMS = 200;

export interface ConnectionsOptions {
  wsUrl: string;
  timings: FeedTimings;
  clock: Clock;
  log: Log;
  /** What arrives: decoded, and the frame as received. While a connection is being renewed, twice. */
  onEvent: (event: FeedEvent, frame: Buffer) => void;
  /** A stream comes again after its connection was lost; what it sent meanwhile did not arrive. */
  onResumed?: (stream: string) => void;
  /** Symbols so busy that their trades may be expected within seconds. */
  isLiquid: (stream: string) => boolean;
  /** The exchange's clock minus ours, ms; 0 unless told. */
  clockOffset?: () => number;
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

const RANK = ['live', 'connecting', 'silent', 'down'] as const satisfies readonly RouteHealth['state'][];

/**
 * Spreads streams over sockets, wakes what falls silent, and renews a connection before it ends: a successor is opened,
 * and takes over when it brings what the old one brings. Meanwhile both are heard; trades are known by their ids,
 * everything else by its event time.
 */
export function createConnections(options: ConnectionsOptions): Connections {
  const { timings, log, onResumed, clockOffset = () => 0 } = options;
  const { dialSpacingMs, dialBurst, dialEveryMs } = timings;
  const dials = new Pacer(dialSpacingMs, { burst: dialBurst, everyMs: dialEveryMs });
  const lines: Line[] = [];
  const refusals = new Map<Route, string>();
  let framesOfClosed = 0;
  let watch: NodeJS.Timeout | undefined;

  function open(route: Route): Line {
    return new Line({
      ...options,
      route,
      dials,
      clockOffset,
      onResumed: (stream) => onResumed?.(stream),
      onRefused(why) {
        if (why === undefined) refusals.delete(route);
        else refusals.set(route, why);
      },
    });
  }

  function close(line: Line): void {
    framesOfClosed += line.frames;
    void line.stop();
    if (line.successor) close(line.successor);
  }

  function renew(line: Line, why: string): void {
    log.info({ route: line.route, why }, 'a connection is renewed');
    const successor = open(line.route);
    for (const stream of line.streams) successor.streams.add(stream);
    successor.carry();
    line.successor = successor;
  }

  function succeed(line: Line, successor: Line): void {
    line.successor = undefined;
    lines[lines.indexOf(line)] = successor;
    close(line);
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
          line.successor?.streams.delete(stream);
          touched.add(line);
        }
      }
    }
    for (const stream of streams) {
      if (placed.has(stream)) continue;
      const route = routeOf(stream);
      let line = lines.find((each) => each.route === route && each.streams.size < MAX_STREAMS);
      if (!line) {
        line = open(route);
        lines.push(line);
      }
      line.streams.add(stream);
      line.successor?.streams.add(stream);
      touched.add(line);
    }
    for (const line of touched) {
      if (line.streams.size === 0) {
        lines.splice(lines.indexOf(line), 1);
        close(line);
      } else {
        line.carry();
        line.successor?.carry();
      }
    }
  }

  function look(): void {
    const now = performance.now();
    for (const line of [...lines]) {
      line.look(now);
      const { successor } = line;
      if (successor) {
        successor.look(now);
        if (successor.caughtUp(now)) succeed(line, successor);
        continue;
      }
      const why = line.outlived(now);
      if (why !== undefined) renew(line, why);
    }
  }

  const stateOf = (line: Line) => line.state(refusals.has(line.route));

  return {
    carry,
    live() {
      const reasons = ROUTES.flatMap((route) => {
        const down = lines.filter((line) => line.route === route && !line.live);
        return down.length > 0 ? [`/${route} is ${[...new Set(down.map(stateOf))].join(', ')}`] : [];
      });
      if (lines.length === 0) reasons.push('no stream is subscribed yet');
      return { live: reasons.length === 0, reasons };
    },
    flows: (stream) => lines.find((each) => each.streams.has(stream))?.flows(stream) ?? false,
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
            silent: here.flatMap((line) => line.silent),
          },
        ];
      });
    },
    refused: () => [...refusals.values()][0],
    lastDataAt() {
      const times = lines.flatMap((line) => line.lastDataAt ?? []);
      return times.length > 0 ? Math.max(...times) : undefined;
    },
    frames: () =>
      lines.reduce((sum, line) => sum + line.frames + (line.successor?.frames ?? 0), framesOfClosed),
    async stop() {
      clearInterval(watch);
      await Promise.all(lines.flatMap((line) => [line.stop(), line.successor?.stop()]));
    },
  };
}
