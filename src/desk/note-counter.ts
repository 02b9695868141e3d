import { Queue } from 'bullmq';
import type { Direction } from '../alerts/rule.ts';
import type { Clock } from '../kit/clock.ts';
import { describeError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import type { AlertNotice } from '../notice/notice.ts';
import type { Chat } from '../store/chat-model.ts';
import { QUEUE_PREFIX } from '../store/keys.ts';
import type { NoteReader, Notes } from '../store/notes.ts';
import type { Post } from '../store/post.ts';
import { type NoteJob, QUEUES } from '../store/queues.ts';
import type { Store } from '../store/redis.ts';
import { noteAmendment } from './note-amendment.ts';

/** Where notes on barks are asked for, after a message told them. */
export interface NoteCounter {
  /**
   * Asks for a note on the strongest of these alerts, and resolves, within milliseconds, with whether one is to be
   * expected: it is then posted to the chat as an amendment within 20 s, and if none could be made, the reason. Throws
   * what Redis threw.
   */
  explain(
    chat: Pick<Chat, 'uid' | 'locale' | 'approved' | 'noNotes'>,
    alerts: readonly AlertNotice[],
  ): Promise<boolean>;
  close(): Promise<void>;
}

/** How long a chat waits for a note, ms. */
const WAIT_MS = 19_000;
/** The figures of now do not explain what happened longer ago than this, ms. */
const OLD_MS = 5 * 60_000;

export function createNoteCounter(deps: {
  /** For BullMQ; stays the caller's. */
  connection: Store;
  notes: Notes;
  post: Pick<Post, 'post'>;
  /** There is an AI. Without one nothing is asked for: `/why` and `/help` say so, and not every bark. */
  aiOn: boolean;
  clock: Clock;
  log: Log;
  waitMs?: number;
}): NoteCounter {
  const { notes, post, clock, log, waitMs = WAIT_MS } = deps;
  const queue = new Queue<NoteJob>(QUEUES.note, { connection: deps.connection, prefix: QUEUE_PREFIX });
  // A broken connection is reported by whoever opened it, and fails the call that needed it.
  queue.on('error', () => undefined);
  const timers = new Set<NodeJS.Timeout>();

  /** Tells a reader who waited in vain that no note came: perhaps no desk is open. */
  const giveUpLater = (symbol: string, group: string, reader: NoteReader) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      void giveUp(symbol, group, reader).catch((error: unknown) =>
        log.warn({ error: describeError(error) }, 'a note that did not come'),
      );
    }, waitMs);
    timers.add(timer);
  };

  const giveUp = async (symbol: string, group: string, reader: NoteReader): Promise<void> => {
    if (!(await notes.leave(symbol, group, reader))) return;
    await post.post(reader.uid, 'am', [noteAmendment(reader.eventId, { state: 'none', reason: 'timeout' })]);
  };

  return {
    async explain(chat, alerts) {
      if (!deps.aiOn || !chat.approved || chat.noNotes) return false;
      const now = clock.now();
      const alert = strongest(alerts.filter((each) => isExplicable(each, now)));
      if (!alert) return false;
      const { rule, firing, eventId } = alert;
      const { kind, window, unit } = rule;
      const event = { symbol: firing.symbol, kind, direction: sideOf(alert), window, time: firing.time };
      const reader = { uid: chat.uid, eventId, locale: chat.locale };
      const group = await notes.group(event);
      // What is made for others, or was, costs no call, so that it needs no turn.
      const mayLead = await notes.turn(chat.uid, eventId);
      const joined = await notes.join(event.symbol, group, reader, mayLead, waitMs);
      if (joined.type === 'made' || joined.type === 'none') {
        const note = joined.type === 'made' ? joined.note : ({ state: 'none', reason: 'turn' } as const);
        await post.post(chat.uid, 'am', [noteAmendment(eventId, note)]);
        return true;
      }
      giveUpLater(event.symbol, group, reader);
      if (joined.type === 'lead') {
        const value = unit === undefined ? { value: firing.value } : {};
        await queue.add(
          'note',
          { v: 1, group, ...event, ...value, deadlineAt: now + waitMs },
          { attempts: 1, removeOnComplete: { count: 200 }, removeOnFail: { count: 200 } },
        );
      }
      return true;
    },
    async close() {
      for (const timer of timers) clearTimeout(timer);
      await queue.close();
    },
  };
}

/** Is it of now, and of a kind that the figures of a market say something of? */
function isExplicable({ rule, late, decidedAt }: AlertNotice, now: number): boolean {
  return rule.kind !== 'listing' && !late && now - decidedAt <= OLD_MS;
}

/** The one whose value went furthest beyond what was asked for, by its own measure. */
function strongest(alerts: readonly AlertNotice[]): AlertNotice | undefined {
  const strength = ({ rule, firing }: AlertNotice) =>
    rule.threshold > 0 ? Math.abs(firing.value) / rule.threshold : 0;
  return alerts.toSorted((a, b) => strength(b) - strength(a))[0];
}

/** Which way it went; of what has two sides the sign says it. */
function sideOf({ rule, firing }: AlertNotice): Direction {
  if (rule.direction !== 'either') return rule.direction;
  return firing.value < 0 ? 'down' : 'up';
}
