import { Worker } from 'bullmq';
import type { Clock } from '../kit/clock.ts';
import { delay } from '../kit/duration.ts';
import { describeError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import type { NanoUsd } from '../kit/money.ts';
import type { AlertNote, NoNote } from '../notice/amendment.ts';
import type { NoReading } from '../store/analyses.ts';
import { BOT_PAYER } from '../store/budget.ts';
import { LOCALES, type Locale } from '../store/chat-model.ts';
import { QUEUE_PREFIX } from '../store/keys.ts';
import type { NoteReader, Notes } from '../store/notes.ts';
import type { Post } from '../store/post.ts';
import { type NoteJob, noteJob, QUEUES } from '../store/queues.ts';
import type { Store } from '../store/redis.ts';
import type { Dialogue } from './dialogue.ts';
import type { GatherFacts } from './facts.ts';
import { type FindBrief, isReadable } from './inquiry.ts';
import { noteAmendment } from './note-amendment.ts';
import { noteTask } from './note-task.ts';
import type { Languages } from './wording.ts';

/** Calls for notes in a minute, of the whole bot: a crash of the market is many events. */
const CALLS_PER_MINUTE = 6;
/** The chats that are told of the same within this time are asked for in one call, ms. */
const GATHER_MS = 300;
/** Kept of the time to bring the note back, ms. */
const RETURN_MS = 500;
const CONCURRENCY = 4;

/** Why a note could not be made, as it is told to those who wait for it. */
function reasonOf(noReading: NoReading | undefined): NoNote {
  switch (noReading) {
    case 'no-key':
      return 'no-key';
    case 'budget-off':
    case 'budget-bot':
    case 'budget-chat':
    case 'budget-shared':
      return 'budget';
    case 'gateway-auth':
    case 'gateway-balance':
    case 'gateway-model':
    case 'unpriced-model':
      return 'refused';
    case 'gateway-down':
    case 'gateway-limit':
      return 'busy';
    case 'no-brief':
    case 'insufficient-data':
      return 'no-data';
    case 'timeout':
    case 'late':
      return 'timeout';
    default:
      return 'failed';
  }
}

/** What a note costs, for the books of the process. */
export interface NoteMaker {
  costNano(): NanoUsd;
  close(): Promise<void>;
}

/** Starts the worker of the queue `note`: it makes each note once for all who wait for it, in all their languages. */
export async function startNoteMaker(deps: {
  connection: Store;
  notes: Notes;
  post: Pick<Post, 'post'>;
  findBrief: FindBrief;
  gatherFacts: GatherFacts;
  /** Undefined: there is no AI. */
  dialogue: Dialogue | undefined;
  clock: Clock;
  closing: AbortSignal;
  log: Log;
  callsPerMinute?: number | undefined;
  /** Told what each question cost, or why it had no answer. */
  onAsked(asked: { noReading: NoReading | undefined; costNano: NanoUsd }): void;
}): Promise<NoteMaker> {
  const { notes, post, dialogue, clock, closing, log } = deps;
  let costNano = 0;

  /** The note in each of the languages, made or the reason for none; charged to the bot's shared half. */
  const make = async (
    job: NoteJob,
    locales: Languages,
    id: string,
    signal: AbortSignal,
  ): Promise<Partial<Record<Locale, AlertNote>>> => {
    const none = (noReading: NoReading | undefined) =>
      inEach(locales, () => ({ state: 'none', reason: reasonOf(noReading) }));
    if (signal.aborted) return none('late');
    if (!dialogue) return none('no-key');
    const brief = await deps.findBrief(job.symbol, signal, job.time);
    if (!brief || !isReadable(brief)) return none('no-brief');
    if (!(await notes.call(deps.callsPerMinute ?? CALLS_PER_MINUTE))) return none('gateway-limit');
    const { value, noReading, askedModel, servedModel, ...charge } = await dialogue(
      noteTask(job, await deps.gatherFacts(brief), locales),
      { id, payer: BOT_PAYER, operator: false, awaited: false, deadlineAt: job.deadlineAt - RETURN_MS },
      signal,
    );
    costNano += charge.costNano;
    deps.onAsked({ noReading, costNano: charge.costNano });
    log.info(
      { symbol: job.symbol, kind: job.kind, locales, noReading, costNano: charge.costNano },
      'note on a bark',
    );
    if (!value) return none(noReading);
    const { why, unusual } = value;
    const model = servedModel ?? askedModel ?? '';
    const madeAt = clock.now();
    return inEach(locales, (locale) => {
      const words = why[locale];
      return words === undefined
        ? { state: 'none', reason: 'failed' }
        : { state: 'made', why: words, unusual, model, madeAt };
    });
  };

  const serve = async (job: NoteJob, id: string): Promise<void> => {
    const leftMs = Math.max(0, job.deadlineAt - RETURN_MS - clock.now());
    const signal = AbortSignal.any([closing, AbortSignal.timeout(leftMs)]);
    if (leftMs > GATHER_MS) await delay(GATHER_MS, closing).catch(() => undefined);
    // Whoever comes while it is made in other languages than his own is next; there are no more rounds than languages.
    for (const round of LOCALES.keys()) {
      const readers = await notes.waiting(job.symbol, job.group);
      const [first, ...others] = LOCALES.filter((locale) =>
        readers.some((reader) => reader.locale === locale),
      );
      if (first === undefined) break;
      const made = await make(job, [first, ...others], `${id}.${round}`, signal);
      await notes.put(job.symbol, job.group, made);
      // From here on nobody joins those who wait for it in these languages: who comes finds the note.
      const all = await notes.waiting(job.symbol, job.group);
      const told = all.filter((reader) => made[reader.locale] !== undefined);
      await tell(told, made);
      if (!(await notes.served(job.symbol, job.group, told))) return;
    }
    await notes.served(job.symbol, job.group, []);
  };

  const tell = async (
    readers: readonly NoteReader[],
    made: Partial<Record<Locale, AlertNote>>,
  ): Promise<void> => {
    await Promise.all(
      readers.map(async ({ uid, eventId, locale }) => {
        const note = made[locale];
        if (note) await post.post(uid, 'am', [noteAmendment(eventId, note)]);
      }),
    );
  };

  const worker = new Worker(
    QUEUES.note,
    async (queued) => {
      // A job that a dead worker left is asked anew: its first attempts may have been charged under their own ids.
      await serve(noteJob.parse(queued.data), `${queued.id}.r${queued.attemptsStarted}`);
    },
    {
      connection: deps.connection,
      prefix: QUEUE_PREFIX,
      concurrency: CONCURRENCY,
      lockDuration: 10_000,
      stalledInterval: 5_000,
    },
  );
  worker.on('error', (error) => log.warn({ error: describeError(error) }, 'note queue'));
  worker.on('failed', (_job, error) => log.error({ error: describeError(error) }, 'note failed'));
  await worker.waitUntilReady();
  return { costNano: () => costNano, close: () => worker.close() };
}

function inEach(locales: Languages, note: (locale: Locale) => AlertNote): Partial<Record<Locale, AlertNote>> {
  return Object.fromEntries(locales.map((locale) => [locale, note(locale)]));
}
