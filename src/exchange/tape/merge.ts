import type { Log } from '../../kit/log.ts';
import { lineBatches, parseFrame, type TapeFrame } from './lines.ts';

/** The frames of one file, in recorded order; `current` is undefined after the last. */
class FrameCursor {
  current: TapeFrame | undefined;
  /** Event time of the newest frame so far: frames a little out of order stay where they were recorded. */
  time = 0;
  readonly #batches: AsyncGenerator<string[], void>;
  #lines: string[] = [];
  #index = 0;

  constructor(path: string, log: Log) {
    this.#batches = lineBatches(path, log);
  }

  /** Goes on to the next frame; returns a promise only when more of the file must be read. */
  advance(): Promise<void> | undefined {
    return this.#scan() ? undefined : this.#read();
  }

  async close(): Promise<void> {
    await this.#batches.return();
  }

  async #read(): Promise<void> {
    for (;;) {
      const batch = await this.#batches.next();
      if (batch.done) {
        this.current = undefined;
        return;
      }
      this.#lines = batch.value;
      this.#index = 0;
      if (this.#scan()) return;
    }
  }

  /** The next frame within the lines at hand; false when there is none. */
  #scan(): boolean {
    while (this.#index < this.#lines.length) {
      const frame = parseFrame(this.#lines[this.#index++] ?? '');
      if (!frame) continue;
      this.current = frame;
      this.time = Math.max(this.time, frame.time);
      return true;
    }
    return false;
  }
}

/** Calls `each` with the frames of several files, merged by event time; it may make the reading wait. */
export async function forEachFrame(
  files: readonly string[],
  log: Log,
  each: (frame: TapeFrame, time: number) => Promise<void> | undefined,
): Promise<void> {
  const cursors = files.map((file) => new FrameCursor(file, log));
  try {
    for (const cursor of cursors) await cursor.advance();
    for (;;) {
      let earliest: FrameCursor | undefined;
      for (const cursor of cursors) {
        if (cursor.current && (!earliest || cursor.time < earliest.time)) earliest = cursor;
      }
      if (!earliest?.current) return;
      // Awaiting only what must be waited for: at full speed most frames pass without giving up the turn.
      const wait = each(earliest.current, earliest.time);
      if (wait) await wait;
      const more = earliest.advance();
      if (more) await more;
    }
  } finally {
    for (const cursor of cursors) await cursor.close();
  }
}
