import { setImmediate as nextTurn } from 'node:timers/promises';
import { delay } from '../kit/duration.ts';
import type { Log } from '../kit/log.ts';
import type { FrameSink, MarketModel } from './market-model.ts';
import { RecordedAnswers } from './tape/answers.ts';
import { forEachFrame } from './tape/merge.ts';
import { scanTape } from './tape/scan.ts';

/** What came of a playback. */
export interface TapeStatistics {
  /** Frames played, and those that reached a socket. */
  frames: number;
  delivered: number;
  /** Event times of the first and last frame played, Unix ms. */
  firstTime: number;
  lastTime: number;
  /** Frames by kind of stream (`aggTrade`, `depth20@100ms`, `!miniTicker@arr`, …). */
  byType: Readonly<Record<string, number>>;
  wallMs: number;
  framesPerSecond: number;
  /** Played to the end, not closed on the way. */
  complete: boolean;
}

/** A market played from recorded frames, which reach the sockets exactly as recorded. */
export interface TapeMarket extends MarketModel {
  readonly source: 'replay';
  /** Symbols that have streams of their own on the tape. */
  readonly symbols: readonly string[];
  /** Event times of the tape's first and last frame, Unix ms. */
  readonly firstTime: number;
  readonly lastTime: number;
  /** Streams that are watched and that the tape does not have: nobody should wait for them. */
  readonly silentStreams: readonly string[];
  /** Resolves when the last frame was sent, or when the market was closed; rejects when the tape could not be read on. */
  readonly ended: Promise<TapeStatistics>;
  /** Begins now, whoever listens; otherwise it begins by itself. */
  play(): void;
}

// Frames sent before the event loop gets a turn, so that sockets and requests are served at any speed.
const FRAMES_A_TURN = 256;
// Waiting for less than this is not worth a timer.
const TIMER_MS = 2;

/**
 * Opens a tape (`.jsonl`, `.jsonl.gz`; several files are merged by event time) as a market. It plays, paced by event time ÷ `speed`
 * (`Infinity`: as fast as the sockets take it), as soon as somebody watches trades and no further stream has been asked
 * for during `settleMs`; when only other streams are watched, `deadlineMs` after the first.
 * Old frames are not dressed up as today's: fields they lack (`nq`, `st`, `ps`) were not recorded.
 * Throws StartError when a file cannot be read or when none holds a frame.
 */
export async function openTape(
  files: readonly string[],
  options: {
    log: Log;
    speed?: number;
    settleMs?: number;
    deadlineMs?: number;
    /** Between two sessions on one tape lie days: a longer pause is cut to this. */
    longestPauseMs?: number;
  },
): Promise<TapeMarket> {
  const { log, speed = 1, settleMs = 500, deadlineMs = 10_000, longestPauseMs = 5_000 } = options;
  const contents = await scanTape(files, log);
  const answers = new RecordedAnswers(contents.answers);
  const listings = answers.listings ?? contents.inferred;
  const known = new Set([...listings.map((listing) => listing.symbol), ...contents.symbols]);
  const watched = new Set<string>();
  const closing = new AbortController();
  const ended = Promise.withResolvers<TapeStatistics>();
  // Whoever does not ask how it ended must not bring the process down.
  ended.promise.catch(() => undefined);

  let sink: FrameSink | undefined;
  let starting: NodeJS.Timeout | undefined;
  let armed = false;
  let playing = false;
  let position = { time: contents.firstTime, at: 0, moving: false };

  /** Market time: that of the newest frame, moving on at the tape's speed until the next is due. */
  function now(): number {
    if (!position.moving || speed === Number.POSITIVE_INFINITY) return position.time;
    const moved = position.time + (performance.now() - position.at) * speed;
    return Math.floor(Math.min(moved, contents.lastTime));
  }

  function startSoon(ms: number): void {
    clearTimeout(starting);
    starting = setTimeout(play, ms);
  }

  function play(): void {
    if (playing || closing.signal.aborted) return;
    playing = true;
    clearTimeout(starting);
    run().then(ended.resolve, (error: unknown) => ended.reject(error));
  }

  async function run(): Promise<TapeStatistics> {
    const begun = performance.now();
    let skipped = 0;
    const byType = new Map<string, number>();
    let frames = 0;
    let delivered = 0;

    const pace = async (dueIn: number): Promise<void> => {
      if (sink?.congested) await sink.drained();
      await (dueIn > TIMER_MS ? delay(dueIn, closing.signal) : nextTurn());
      closing.signal.throwIfAborted();
    };
    try {
      await forEachFrame(files, log, (frame, time) => {
        const send = (): void => {
          position = { time, at: performance.now(), moving: true };
          frames += 1;
          const type = typeOf(frame.stream);
          byType.set(type, (byType.get(type) ?? 0) + 1);
          if ((sink?.push(frame.stream, frame.data) ?? 0) > 0) delivered += 1;
        };
        const pause = (time - contents.firstTime) / speed - skipped - (performance.now() - begun);
        const dueIn = Math.min(pause, longestPauseMs);
        skipped += pause - dueIn;
        if (dueIn <= TIMER_MS && frames % FRAMES_A_TURN !== FRAMES_A_TURN - 1) {
          send();
          return undefined;
        }
        return pace(dueIn).then(send);
      });
    } catch (error) {
      if (!closing.signal.aborted) throw error;
    }
    position.moving = false;
    return statistics({ frames, delivered, byType, wallMs: performance.now() - begun });
  }

  function statistics(played: {
    frames: number;
    delivered: number;
    byType: ReadonlyMap<string, number>;
    wallMs: number;
  }): TapeStatistics {
    return {
      ...played,
      byType: Object.fromEntries(played.byType),
      firstTime: contents.firstTime,
      lastTime: position.time,
      framesPerSecond: Math.round((played.frames * 1000) / Math.max(1, played.wallMs)),
      complete: played.frames === contents.frames,
    };
  }

  return {
    source: 'replay',
    symbols: contents.symbols,
    firstTime: contents.firstTime,
    lastTime: contents.lastTime,
    get silentStreams() {
      return [...watched].filter((stream) => !contents.streams.has(stream));
    },
    ended: ended.promise,
    play,
    now,
    open(out) {
      sink = out;
    },
    watch(stream) {
      watched.add(stream);
      if (playing) return;
      armed ||= stream.endsWith('@aggTrade');
      if (armed) startSoon(settleMs);
      else if (starting === undefined) startSoon(deadlineMs);
    },
    unwatch: (stream) => void watched.delete(stream),
    close() {
      clearTimeout(starting);
      closing.abort(new Error('the tape was closed'));
      if (!playing) ended.resolve(statistics({ frames: 0, delivered: 0, byType: new Map(), wallMs: 0 }));
    },

    listings: () => listings,
    knows: (symbol) => known.has(symbol),
    klines: (query) => answers.klines(query, now()),
    aggTrades: () => [],
    premiumIndex: (symbol) => answers.row('/fapi/v1/premiumIndex', symbol, now()),
    openInterestHist: () => [],
    openInterest: (symbol) => answers.row('/fapi/v1/openInterest', symbol, now()),
    longShort: () => undefined,
    dayTicker: (symbol) => answers.row('/fapi/v1/ticker/24hr', symbol, now()),
    depth: () => undefined,
    fundingInfo: () => answers.rows('/fapi/v1/fundingInfo', now()),
  };
}

/** The kind of a stream: its name without the symbol. */
function typeOf(stream: string): string {
  const at = stream.indexOf('@');
  return stream.startsWith('!') || at < 0 ? stream : stream.slice(at + 1);
}
