import { kindOf } from './routes.ts';

/** Within which a subscribed stream must send, ms; undefined: it may be silent for as long as it likes. */
export function dataDueMs(stream: string, liquid: boolean): number | undefined {
  switch (kindOf(stream)) {
    case 'markPrice':
      return 3_000;
    case 'markPrices':
    case 'dayTickers':
    case 'session':
      return 5_000;
    case 'depth':
    case 'aggTrade':
      // A quiet symbol's trades and books may stand still for minutes.
      return liquid ? 10_000 : undefined;
    case 'kline':
      return liquid ? 60_000 : undefined;
    case 'contractInfo':
    case 'other':
      return undefined;
  }
}

interface Watched {
  dueMs: number;
  /** Frames seen at the last look. */
  frames: number;
  /** When data last came, or was first due to come; monotonic ms. */
  since: number;
  silent: boolean;
  /** Attempts to wake it; each doubles the time to the next. */
  attempts: number;
}

/** What a look at the streams found. */
export interface Findings {
  /** Streams that should be asked for anew now. */
  wake: readonly string[];
  /** Nothing that has a cadence sends any more: the connection itself is dead. */
  dead: boolean;
}

/**
 * Watches the streams of one connection for silence: an acknowledgement proves nothing, since a stream on the wrong
 * route, a misspelt one and a frozen server are all acknowledged.
 */
export class Liveness {
  readonly #watched = new Map<string, Watched>();
  readonly #framesOf: (stream: string) => number;
  readonly #isLiquid: (stream: string) => boolean;
  readonly #scale: number;

  constructor(options: {
    framesOf: (stream: string) => number;
    isLiquid: (stream: string) => boolean;
    scale: number;
  }) {
    this.#framesOf = options.framesOf;
    this.#isLiquid = options.isLiquid;
    this.#scale = options.scale;
  }

  /** Data of these streams is due from `now` (monotonic ms) on. */
  acknowledged(streams: readonly string[], now: number): void {
    for (const stream of streams) {
      const known = this.#watched.get(stream);
      if (known) {
        known.since = now;
        continue;
      }
      const dueMs = dataDueMs(stream, this.#isLiquid(stream));
      if (dueMs === undefined) continue;
      const frames = this.#framesOf(stream);
      this.#watched.set(stream, {
        dueMs: dueMs * this.#scale,
        frames,
        since: now,
        silent: false,
        attempts: 0,
      });
    }
  }

  /** Forgets streams that are not asked for any more. */
  keep(streams: ReadonlySet<string>): void {
    for (const stream of this.#watched.keys()) if (!streams.has(stream)) this.#watched.delete(stream);
  }

  /** The connection ended: what is silent stays so until data comes, but nothing is due before it is acknowledged anew. */
  disconnected(): void {
    for (const watched of this.#watched.values()) watched.since = Number.POSITIVE_INFINITY;
  }

  /** Looks at every stream; `now` is monotonic ms. */
  look(now: number): Findings {
    const wake: string[] = [];
    let silent = 0;
    let watching = 0;
    for (const [stream, watched] of this.#watched) {
      const frames = this.#framesOf(stream);
      if (frames !== watched.frames) {
        watched.frames = frames;
        watched.since = now;
        watched.silent = false;
        watched.attempts = 0;
      }
      if (watched.since === Number.POSITIVE_INFINITY) continue;
      watching += 1;
      const late = now - watched.since;
      if (late >= watched.dueMs) watched.silent = true;
      if (watched.silent) silent += 1;
      if (late >= watched.dueMs * 2 ** Math.min(watched.attempts, 10)) {
        watched.attempts += 1;
        watched.since = now;
        wake.push(stream);
      }
    }
    return { wake, dead: watching > 0 && silent === watching };
  }

  /** Streams past their time. */
  get silent(): string[] {
    return [...this.#watched].filter(([, watched]) => watched.silent).map(([stream]) => stream);
  }
}
