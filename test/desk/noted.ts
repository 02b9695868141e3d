import { beforeEach } from 'vitest';
import type { AnalystDeps } from '../../src/desk/analyst.ts';
import { createNoteCounter, type NoteCounter } from '../../src/desk/note-counter.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { silentLog } from '../../src/kit/log.ts';
import type { Brief } from '../../src/market/brief.ts';
import type { AlertNote, Amendment } from '../../src/notice/amendment.ts';
import type { AlertNotice } from '../../src/notice/notice.ts';
import type { Locale } from '../../src/store/chat-model.ts';
import { createNotes } from '../../src/store/notes.ts';
import type { Post } from '../../src/store/post.ts';
import { moving } from '../courier/support.ts';
import { makeBrief } from './brief.ts';
import { type House, useHouse } from './house.ts';

/** How long a chat waits for its note, ms. */
export const WAIT_MS = 2_500;

/** A chat with its own rule on a symbol that has just moved. */
export function bark(
  symbol: string,
  chat: string,
  value = 2.4,
  change: Partial<AlertNotice> = {},
): AlertNotice {
  const now = Date.now();
  const { rule, firing, ...rest } = moving(symbol, value);
  return {
    ...rest,
    rule: { ...rule, id: chat, threshold: 2 },
    firing: { ...firing, symbol, value, time: now, eventId: `${chat}:${symbol}.1` },
    eventId: `${chat}:${symbol}.1`,
    decidedAt: now,
    ...change,
  };
}

export function chat(uid: string, locale: Locale = 'en') {
  return { uid, locale, approved: true };
}

type DeskChange = Partial<AnalystDeps['config']> & {
  notesPerMinute?: number;
  attemptMs?: number;
  /** The newest brief, each time it is looked for. */
  brief?: (symbol: string) => Brief;
};

/** Desks that make notes and counters where they are asked for, on one Redis, and the gateway that is asked for them. */
export interface Noted extends House {
  /** What was added to whose messages, in order. */
  readonly posted: { uid: string; amendment: Amendment }[];
  /** What operators were told. */
  readonly told: string[];
  /** It knows every market but UNSEENUSDT. */
  openDesk(change?: DeskChange): Promise<void>;
  openCounter(options?: { aiOn?: boolean; waitMs?: number }): NoteCounter;
  /** The notes that were posted, by chat. */
  notes(): Record<string, AlertNote>;
}

/** A house whose desks make notes, for each test of a file. */
export function useNoted(): Noted {
  const house = useHouse();
  const posted: Noted['posted'] = [];
  const told: string[] = [];
  const post: Pick<Post, 'post'> = {
    async post(uid, ...[lane, entries]) {
      if (lane === 'am') posted.push(...entries.map((amendment) => ({ uid, amendment })));
    },
  };
  beforeEach(() => {
    posted.splice(0);
    told.splice(0);
  });

  return Object.assign(house, {
    posted,
    told,

    async openDesk(change: DeskChange = {}) {
      const { notesPerMinute = 100, attemptMs = WAIT_MS, brief, ...config } = change;
      await house.openAnalyst({
        market: {
          brief: async (symbol) =>
            symbol === 'UNSEENUSDT'
              ? undefined
              : (brief?.(symbol) ?? makeBrief({ symbol, time: Date.now() })),
          candles: async () => [],
        },
        post,
        notesPerMinute,
        tellOperators: async (code) => void told.push(code),
        config,
        timings: { attemptMs },
      });
    },

    openCounter(options: { aiOn?: boolean; waitMs?: number } = {}) {
      const connection = house.redis.connect();
      const counter = createNoteCounter({
        connection,
        notes: createNotes(connection),
        post,
        aiOn: true,
        clock: systemClock,
        log: silentLog(),
        waitMs: WAIT_MS,
        ...options,
      });
      return house.closing(counter);
    },

    notes: () =>
      Object.fromEntries(
        posted.flatMap(({ uid, amendment }) => (amendment.what === 'note' ? [[uid, amendment.note]] : [])),
      ),
  });
}
