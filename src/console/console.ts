import type { ChatService } from '../chat/model.ts';
import type { Sender } from '../courier/sender.ts';
import { type Clock, systemClock } from '../kit/clock.ts';
import type { MarketSource } from '../market/events.ts';
import type { Pictures } from '../notice/picture.ts';
import type { MarketRepository } from '../store/market.ts';
import type { Store } from '../store/redis.ts';
import { createHttp, type Http, type HttpOptions } from './http.ts';
import { startLive } from './live.ts';
import { pictureOf } from './outbox.ts';
import { addPage } from './page.ts';
import { createConsoleSender } from './sender.ts';
import { createShelf } from './shelf.ts';

export interface ConsoleOptions extends Omit<HttpOptions, 'routes'> {
  chat: ChatService;
  pictures: Pictures;
  market: Pick<MarketRepository, 'briefs' | 'health'>;
  store: Store;
  /** Which market this is; said in large letters unless it is live. */
  label: MarketSource;
  clock?: Clock;
  /** How often the table of symbols is sent to open pages, ms; default 1,000. */
  everyMs?: number;
}

/** The role `console`: the page with live symbols, alerts and chat box, beside what every process serves. */
export interface Console extends Http {
  /** Posts notices to the page; works from any process (`createConsoleSender`), also without this one. */
  sender: Sender;
}

/** Starts the console; rejects as `createHttp` does. */
export async function createConsole(options: ConsoleOptions): Promise<Console> {
  const { chat, pictures, market, store, label, clock = systemClock, everyMs = 1_000, ...rest } = options;
  const live = startLive({ market, store, source: label, clock, log: options.log, everyMs });
  try {
    const http = await createHttp({
      ...rest,
      routes: (app) =>
        addPage(app, {
          chat,
          live,
          shelf: createShelf(pictures),
          pictureOf: (id) => pictureOf(store, id),
        }),
    });
    return {
      ...http,
      sender: createConsoleSender({ store, chat, pictures }),
      async close() {
        await live.close();
        await http.close();
      },
    };
  } catch (error) {
    await live.close();
    throw error;
  }
}
