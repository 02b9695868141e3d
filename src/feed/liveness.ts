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
    case 'liquidations':
    case 'other':
      return undefined;
  }
}

/** Arrivals after which a stream's own rhythm is known. */
const LEARNT = 32;
/** A quiet stream is called silent only beyond so many of its usual and of its longest recent pauses, and this time, ms. */
const USUAL_PAUSES = 20;
const LONGEST_PAUSES = 3;
const LEAST_DUE_MS = 10_000;

interface Watched {
  /** By what the stream is; undefined: by its own rhythm. */
  dueMs: number | undefined;
  /** Pauses between arrivals, as far as looks tell: how many were seen, their mean and the longest of late, ms. */
  pauses: number;
  meanMs: number;
  longestMs: number;
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
 * route, a misspelt one and a frozen server are all acknowledged. A quiet symbol's trades and books have no rhythm that
 * could be known beforehand; theirs is learnt, so that a pause of usual length is no silence.
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
      if (dueMs === undefined && !hasRhythm(stream)) continue;
      const frames = this.#framesOf(stream);
      this.#watched.set(stream, {
        dueMs,
        pauses: 0,
        meanMs: 0,
        longestMs: 0,
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
        if (watched.frames > 0) learn(watched, now - watched.since);
        watched.frames = frames;
        watched.since = now;
        watched.silent = false;
        watched.attempts = 0;
      }
      if (watched.since === Number.POSITIVE_INFINITY) continue;
      const dueMs = dueOf(watched) * this.#scale;
      if (dueMs === Number.POSITIVE_INFINITY) continue;
      watching += 1;
      const late = now - watched.since;
      if (late >= dueMs) watched.silent = true;
      if (watched.silent) silent += 1;
      if (late >= dueMs * 2 ** Math.min(watched.attempts, 10)) {
        watched.attempts += 1;
        watched.since = now;
        wake.push(stream);
      }
    }
    return { wake, dead: watching > 0 && silent === watching };
  }

  isSilent(stream: string): boolean {
    return this.#watched.get(stream)?.silent ?? false;
  }

  /** Streams past their time. */
  get silent(): string[] {
    return [...this.#watched].filter(([, watched]) => watched.silent).map(([stream]) => stream);
  }
}

/** Streams that send whenever their symbol is traded or its book changes. */
function hasRhythm(stream: string): boolean {
  const kind = kindOf(stream);
  return kind === 'aggTrade' || kind === 'kline' || kind === 'depth';
}

function learn(watched: Watched, pauseMs: number): void {
  if (!Number.isFinite(pauseMs) || watched.silent) return;
  watched.pauses += 1;
  watched.meanMs += (pauseMs - watched.meanMs) / Math.min(watched.pauses, LEARNT);
  watched.longestMs = Math.max(pauseMs, watched.longestMs * (1 - 1 / (8 * LEARNT)));
}

function dueOf(watched: Watched): number {
  if (watched.dueMs !== undefined) return watched.dueMs;
  if (watched.pauses < LEARNT) return Number.POSITIVE_INFINITY;
  return Math.max(LEAST_DUE_MS, USUAL_PAUSES * watched.meanMs, LONGEST_PAUSES * watched.longestMs);
}
