import type { Clock } from '../kit/clock.ts';
import type { Log } from '../kit/log.ts';
import type { RouteHealth } from '../store/market.ts';
import { FrameDecoder } from './decode/decoder.ts';
import type { FeedEvent } from './decode/events.ts';
import { DelayWatch } from './delay-watch.ts';
import { dataDueMs, Liveness } from './liveness.ts';
import type { Pacer } from './pacer.ts';
import type { Route } from './routes.ts';
import { RouteSocket } from './socket.ts';
import type { FeedTimings } from './timings.ts';

/** An acknowledged connection that has sent nothing at all is alarmed within this, ms. */
const MUTE_MS = 10_000;
/** The delay is looked at on one frame in so many. */
const DELAY_EVERY = 8;
/** A look that comes so much too late means that we were busy, not the exchange, ms. */
const OWN_DELAY_MS = 1_000;

export interface LineOptions {
  wsUrl: string;
  route: Route;
  timings: FeedTimings;
  dials: Pacer;
  clock: Clock;
  /** The exchange's clock minus ours, ms. */
  clockOffset: () => number;
  log: Log;
  isLiquid: (stream: string) => boolean;
  /** False for a tape: silence and old times are no fault there. */
  watchSilence: boolean;
  onEvent: (event: FeedEvent, frame: Buffer) => void;
  onResumed: (stream: string) => void;
  onRefused: (why: string | undefined) => void;
}

/** One connection with what is known of its streams: it decodes, and says what is wrong with itself. */
export class Line {
  readonly route: Route;
  readonly streams = new Set<string>();
  /** Takes this one's place as soon as it brings everything too. */
  successor: Line | undefined;
  /** Wall clock of the newest data frame, as of the last look; Unix ms. */
  lastDataAt: number | undefined;
  readonly #options: LineOptions;
  readonly #socket: RouteSocket;
  readonly #decoder = new FrameDecoder();
  readonly #liveness: Liveness;
  readonly #delays = new DelayWatch();
  readonly #acknowledged = new Set<string>();
  /** Streams that were cut off and have not come back. */
  readonly #interrupted = new Set<string>();
  /** Frames at the last look, and when this connection began. */
  #frames = 0;
  #framesBefore = 0;
  #untilDelay = 0;
  #lookedAt = performance.now();
  #openedAt = performance.now();
  #renewAt = Number.POSITIVE_INFINITY;
  #leaving = false;
  /** This connection has been live; a stream added later does not make it less so. */
  #live = false;
  /** Some connection of it has been live. */
  #lived = false;
  /** When data of a connection that is wholly acknowledged was first due; and that it never came. */
  #muteSince: number | undefined;
  #mute = false;

  constructor(options: LineOptions) {
    this.#options = options;
    this.route = options.route;
    const { wsUrl, route, timings, dials, log, isLiquid } = options;
    this.#liveness = new Liveness({
      framesOf: (stream) => this.#decoder.framesOf(stream),
      isLiquid,
      scale: timings.silenceScale,
    });
    this.#socket = new RouteSocket({
      wsUrl,
      route,
      timings,
      dials,
      log,
      events: {
        frame: (frame) => this.#onFrame(frame),
        acknowledged: (streams) => this.#onAcknowledged(streams),
        lost: () => this.#onLost(),
        leaving: () => {
          this.#leaving = true;
        },
        refused: (why) => this.#onRefused(why),
      },
    });
  }

  get frames(): number {
    return this.#decoder.frames;
  }

  get open(): boolean {
    return this.#socket.open;
  }

  /** Brings the connection to what `streams` holds by now. */
  carry(): void {
    for (const stream of this.#acknowledged) if (!this.streams.has(stream)) this.#acknowledged.delete(stream);
    this.#liveness.keep(this.streams);
    this.#socket.carry(new Set(this.streams));
  }

  /** It is open, all its streams are acknowledged, and data has come. */
  get live(): boolean {
    if (!this.#socket.open) return false;
    const sends = this.#decoder.frames > this.#framesBefore || !this.#options.watchSilence;
    if (!this.#live && sends && this.#acknowledged.size >= this.streams.size) {
      this.#live = true;
      this.#lived = true;
    }
    return this.#live;
  }

  /** A tape has only what was recorded: silence is no fault there. */
  get silent(): readonly string[] {
    return this.#options.watchSilence ? this.#liveness.silent : [];
  }

  /** Data of this stream comes, or would come if there was any. */
  flows(stream: string): boolean {
    const { watchSilence } = this.#options;
    return (
      this.#socket.open &&
      this.#acknowledged.has(stream) &&
      !(watchSilence && this.#liveness.isSilent(stream))
    );
  }

  state(refused: boolean): RouteHealth['state'] {
    const { live } = this;
    if (this.#mute) return 'silent';
    if (!this.#socket.open) return this.#lived || refused ? 'down' : 'connecting';
    if (this.silent.length > 0) return 'silent';
    return live ? 'live' : 'connecting';
  }

  /** Why a successor should be opened; undefined while there is no reason. `now` is monotonic ms. */
  outlived(now: number): string | undefined {
    const { lagMs, lagPatienceMs } = this.#options.timings;
    if (!this.#socket.open) return undefined;
    if (this.#leaving) return 'the server shuts down';
    if (now >= this.#renewAt) return 'it is old';
    if (this.#options.watchSilence && this.#delays.behindFor(lagMs, now) > lagPatienceMs) {
      return `it is ${Math.round(this.#delays.median ?? 0)} ms behind`;
    }
    return undefined;
  }

  /** Every stream is acknowledged and those that send steadily have sent, or `overlapMs` are over. */
  caughtUp(now: number): boolean {
    if (!this.live) return false;
    const { isLiquid, timings } = this.#options;
    if (now - this.#openedAt > timings.overlapMs) return true;
    for (const stream of this.streams) {
      const steady = dataDueMs(stream, isLiquid(stream)) !== undefined;
      if (steady && this.#decoder.framesOf(stream) === 0) return false;
    }
    return true;
  }

  /** Looks for silence and acts on it. `now` is monotonic ms. */
  look(now: number): void {
    const { clock, log, timings, watchSilence } = this.#options;
    if (now - this.#lookedAt > timings.watchEveryMs + OWN_DELAY_MS) this.#delays.excuse();
    this.#lookedAt = now;
    if (this.#decoder.frames !== this.#frames) {
      this.#frames = this.#decoder.frames;
      this.lastDataAt = clock.now();
      this.#mute = false;
    }
    const { wake, dead } = this.#liveness.look(now);
    if (!watchSilence) return;
    if (this.#isMute(now)) {
      log.error({ route: this.route, streams: this.streams.size }, 'acknowledged, but nothing was ever sent');
      this.#socket.reconnect('mute');
    } else if (dead && wake.length > 0) {
      log.warn({ route: this.route, streams: wake.length }, 'nothing comes any more: dialling again');
      this.#socket.reconnect('silent');
    } else if (wake.length > 0) {
      log.warn({ route: this.route, streams: wake.slice(0, 10) }, 'acknowledged streams are silent');
      this.#socket.resubscribe(wake);
    }
  }

  stop(): Promise<void> {
    return this.#socket.stop();
  }

  /** A wrong route acknowledges everything and never sends. */
  #isMute(now: number): boolean {
    const acknowledged = this.#acknowledged.size > 0 && this.#acknowledged.size >= this.streams.size;
    if (!this.#socket.open || !acknowledged || this.#decoder.frames > this.#framesBefore) {
      this.#muteSince = undefined;
      return false;
    }
    this.#muteSince ??= now;
    if (now - this.#muteSince < MUTE_MS * this.#options.timings.silenceScale) return false;
    this.#muteSince = undefined;
    this.#mute = true;
    return true;
  }

  #onFrame(frame: Buffer): void {
    const event = this.#decoder.decode(frame);
    if (event.type === 'shutdown') {
      this.#leaving = true;
      return;
    }
    if (--this.#untilDelay < 0) {
      this.#untilDelay = DELAY_EVERY;
      const sentAt = eventTimeOf(event);
      if (sentAt !== undefined) {
        this.#delays.add(sentAt, this.#options.clock.now() + this.#options.clockOffset());
      }
    }
    this.#options.onEvent(event, frame);
  }

  #onAcknowledged(streams: readonly string[]): void {
    for (const stream of streams) {
      this.#acknowledged.add(stream);
      if (this.#interrupted.delete(stream)) this.#options.onResumed(stream);
    }
    this.#liveness.acknowledged(streams, performance.now());
  }

  #onLost(): void {
    for (const stream of this.#acknowledged) this.#interrupted.add(stream);
    this.#acknowledged.clear();
    this.#liveness.disconnected();
    this.#delays.excuse();
    this.#live = false;
    this.#leaving = false;
    this.#framesBefore = this.#decoder.frames;
  }

  #onRefused(why: string | undefined): void {
    if (why === undefined) {
      const { lifetimeMs, lifetimeSpreadMs } = this.#options.timings;
      this.#openedAt = performance.now();
      // Spread, so that all connections of all feeds are not renewed at once.
      this.#renewAt = this.#openedAt + lifetimeMs - Math.random() * lifetimeSpreadMs;
    }
    this.#options.onRefused(why);
  }
}

/** When the exchange sent what the frame says, Unix ms; undefined where it does not say. */
function eventTimeOf(event: FeedEvent): number | undefined {
  switch (event.type) {
    case 'trade':
      return event.trade.eventTime;
    case 'candle':
      return event.eventTime;
    case 'book':
      return event.book.eventTime;
    case 'marks':
      return event.marks[0]?.eventTime;
    default:
      return undefined;
  }
}
