import { Worker } from 'node:worker_threads';
import { describeError, OperationalError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import type { DrawRequest } from './request.ts';

/** What the worker says to a request. */
export type RenderAnswer = { png: Uint8Array } | { error: string };

/** Why there is no picture: too many wait, it took too long, the worker died, the drawing failed, we are stopping. */
export type ChartFailure = 'busy' | 'late' | 'crashed' | 'failed' | 'closed';

/** A picture that could not be drawn. None of the reasons concerns the next one. */
export class ChartError extends OperationalError {
  readonly reason: ChartFailure;

  constructor(reason: ChartFailure, message: string) {
    super(reason === 'busy' ? 'wait' : 'retry', message, reason === 'busy' ? { waitMs: 1_000 } : {});
    this.name = 'ChartError';
    this.reason = reason;
  }
}

export interface RendererOptions {
  log: Log;
  /** The worker's module. */
  worker?: URL;
  /** How long a picture may take, its wait included, ms. */
  deadlineMs?: number;
  /** How many may wait behind the one that is being drawn. */
  maxWaiting?: number;
}

/** Draws charts off the main thread. */
export interface Renderer {
  /** The picture as a PNG. Throws ChartError. */
  render(request: DrawRequest): Promise<Buffer>;
  /** Ends the worker; what waits fails as `closed`. */
  close(): Promise<void>;
}

interface Job {
  request: DrawRequest;
  resolve(png: Buffer): void;
  reject(error: ChartError): void;
  deadline: NodeJS.Timeout;
}

/** Makes a renderer; its worker starts with the first chart, and a new one takes the place of one that died. */
export function createRenderer(options: RendererOptions): Renderer {
  const { log, deadlineMs = 5_000, maxWaiting = 64 } = options;
  const module = options.worker ?? new URL('./worker.ts', import.meta.url);
  const waiting: Job[] = [];
  let running: Job | undefined;
  let worker: Worker | undefined;
  let closed = false;

  function startWorker(): Worker {
    const started = new Worker(module, {
      name: 'charts',
      // Neither flags nor secrets of the process are its business.
      execArgv: [],
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 8 },
    });
    // A worker that waits for work is no reason for the process to stay; the deadline of a job is.
    started.unref();
    started.on('message', (answer: RenderAnswer) => {
      if (worker === started) finish(answer);
    });
    started.on('error', (error) => lose(started, describeError(error)));
    started.on('exit', (code) => lose(started, `exit code ${code}`));
    return started;
  }

  function finish(answer: RenderAnswer): void {
    const job = takeRunning();
    if ('png' in answer) {
      const { buffer, byteOffset, byteLength } = answer.png;
      job?.resolve(Buffer.from(buffer, byteOffset, byteLength));
    } else {
      log.error({ error: answer.error }, 'charts: a chart could not be drawn');
      job?.reject(new ChartError('failed', 'the chart could not be drawn'));
    }
    next();
  }

  /** The worker is gone; whoever waits gets a new one. */
  function lose(dead: Worker, why: string): void {
    if (worker !== dead) return;
    worker = undefined;
    log.error({ why }, 'charts: the worker died');
    takeRunning()?.reject(new ChartError('crashed', 'the chart worker died'));
    next();
  }

  function takeRunning(): Job | undefined {
    const job = running;
    running = undefined;
    clearTimeout(job?.deadline);
    return job;
  }

  function next(): void {
    if (running || closed) return;
    running = waiting.shift();
    if (!running) return;
    worker ??= startWorker();
    worker.postMessage(running.request);
  }

  function expire(job: Job): void {
    job.reject(new ChartError('late', `no chart within ${deadlineMs} ms`));
    const place = waiting.indexOf(job);
    if (place >= 0) {
      waiting.splice(place, 1);
      return;
    }
    // It hangs in the worker, and would hold up all the others.
    running = undefined;
    const stuck = worker;
    worker = undefined;
    log.error({ deadlineMs }, 'charts: the worker is stuck and is replaced');
    void stuck?.terminate();
    next();
  }

  return {
    render(request) {
      if (closed) return Promise.reject(new ChartError('closed', 'charts are stopped'));
      if (waiting.length >= maxWaiting) {
        return Promise.reject(new ChartError('busy', `${maxWaiting} charts are waiting already`));
      }
      return new Promise((resolve, reject) => {
        const job: Job = { request, resolve, reject, deadline: setTimeout(() => expire(job), deadlineMs) };
        waiting.push(job);
        next();
      });
    },
    async close() {
      closed = true;
      const dying = worker;
      worker = undefined;
      for (const job of [takeRunning(), ...waiting.splice(0)]) {
        clearTimeout(job?.deadline);
        job?.reject(new ChartError('closed', 'charts are stopped'));
      }
      await dying?.terminate();
    },
  };
}
