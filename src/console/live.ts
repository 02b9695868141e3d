import type { ServerResponse } from 'node:http';
import { Cluster } from 'ioredis';
import type { Clock } from '../kit/clock.ts';
import { delay } from '../kit/duration.ts';
import { describeError } from '../kit/errors.ts';
import type { Log } from '../kit/log.ts';
import { startLoop } from '../kit/loop.ts';
import type { MarketSource } from '../market/events.ts';
import type { Locale } from '../store/chat-model.ts';
import type { FeedHealth, MarketRepository } from '../store/market.ts';
import type { Store } from '../store/redis.ts';
import { awaitNotices, isAfter, noticesAfter, type ShownNotice } from './outbox.ts';
import { type Row, rowOf, STALE_MS } from './rows.ts';

export interface LiveOptions {
  market: Pick<MarketRepository, 'briefs' | 'health'>;
  store: Store;
  /** Which market this process was started for; the feed's own word counts for more. */
  source: MarketSource;
  clock: Clock;
  log: Log;
  /** How often the table is sent, ms. */
  everyMs: number;
}

/** What the table of live symbols shows. */
export interface MarketView {
  source: MarketSource;
  /** `none`: no feed is running; `blind`: it runs, but nothing arrives. */
  feed: 'live' | 'blind' | 'none';
  rows: Row[];
  /** Symbols in use beyond those shown. */
  more: number;
}

/** Keeps open pages up to date by server-sent events: `market` each second, `notice` as one arrives. */
export interface Live {
  /** Takes over a response: sends what came after `lastId` (all that is kept without it), then goes on. False: too many. */
  open(response: ServerResponse, locale: Locale, lastId: string | undefined): Promise<boolean>;
  close(): Promise<void>;
}

interface Page {
  response: ServerResponse;
  locale: Locale;
  /** Id of the newest notice it has. */
  last: string;
  /** Notices that arrived while its history is being read; undefined from then on. */
  held: ShownNotice[] | undefined;
}

const MAX_PAGES = 20;
const MAX_ROWS = 100;
/** A page that does not read is cut off before it fills our memory. */
const MAX_UNREAD_BYTES = 4_000_000;
/** Below every time limit of a connection to the store. */
const BLOCK_MS = 2_000;

export function startLive(options: LiveOptions): Live {
  const { market, clock, log } = options;
  const pages = new Set<Page>();
  let symbols: readonly string[] = [];

  async function view(): Promise<(locale: Locale) => MarketView> {
    const health = await market.health();
    symbols = health?.symbols ?? symbols;
    const shown = symbols.slice(0, MAX_ROWS);
    const briefs = await market.briefs(shown);
    const now = clock.now();
    const feed = feedState(health, now);
    return (locale) => ({
      source: health?.source ?? options.source,
      feed,
      rows: shown.map((symbol) => rowOf(symbol, briefs.get(symbol), now, feed !== 'live', locale)),
      more: symbols.length - shown.length,
    });
  }

  const ticking = startLoop(
    'console-market',
    options.everyMs,
    async () => {
      if (pages.size === 0) return;
      const of = await view();
      for (const page of pages) if (!page.held) send(page.response, 'market', of(page.locale));
    },
    log,
  );

  // A blocking read keeps its connection to itself.
  const reader = duplicate(options.store);
  reader.on('error', (error: unknown) => log.debug({ error: describeError(error) }, 'console reader'));
  // From the oldest: a page may have read its history before this reader came up, and takes only what it has not.
  let newest = '0';
  const reading = startLoop(
    'console-notices',
    10,
    async (signal) => {
      try {
        for (const notice of await awaitNotices(reader, newest, BLOCK_MS)) {
          newest = notice.id;
          for (const page of pages) deliver(page, notice);
        }
      } catch (error) {
        if (signal.aborted) return;
        log.warn({ error: describeError(error) }, 'console cannot read its notices');
        await delay(1_000, signal);
      }
    },
    log,
  );

  return {
    async open(response, locale, lastId) {
      if (pages.size >= MAX_PAGES) return false;
      if (response.destroyed) return true;
      response.writeHead(200, {
        ...response.getHeaders(),
        'content-type': 'text/event-stream; charset=utf-8',
      });
      // The page is known before its history is read, so that no notice falls between.
      const page: Page = { response, locale, last: lastId ?? '0', held: [] };
      pages.add(page);
      response.on('close', () => pages.delete(page));
      try {
        const [history, marketOf] = await Promise.all([noticesAfter(options.store, page.last), view()]);
        const held = page.held ?? [];
        page.held = undefined;
        for (const notice of [...history, ...held]) deliver(page, notice);
        send(response, 'market', marketOf(locale));
      } catch (error) {
        log.warn({ error: describeError(error) }, 'console cannot open a page');
        // The browser comes back by itself, a few seconds later.
        response.destroy();
      }
      return true;
    },
    async close() {
      const ended = Promise.all([ticking.stop(), reading.stop()]);
      reader.disconnect();
      for (const page of pages) page.response.end();
      await ended;
    },
  };
}

function duplicate(store: Store): Store {
  return store instanceof Cluster ? store.duplicate() : store.duplicate();
}

function feedState(health: FeedHealth | undefined, now: number): MarketView['feed'] {
  if (!health || now - health.at > STALE_MS) return 'none';
  return health.blindSince === undefined ? 'live' : 'blind';
}

/** Sends a notice to a page once, in order; one that arrives before the page has its history waits. */
function deliver(page: Page, notice: ShownNotice): void {
  if (page.held) {
    page.held.push(notice);
    return;
  }
  if (!isAfter(notice.id, page.last)) return;
  page.last = notice.id;
  const { id, ...shown } = notice;
  send(page.response, 'notice', shown, id);
}

function send(response: ServerResponse, event: string, data: unknown, id?: string): void {
  if (response.writableEnded || response.destroyed) return;
  if (response.writableLength > MAX_UNREAD_BYTES) {
    response.destroy();
    return;
  }
  // JSON has no line breaks of its own, so that a text cannot end its event.
  response.write(
    `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`,
  );
}
