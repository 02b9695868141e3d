import { beforeEach } from 'vitest';
import type { Analyst, AnalystDeps } from '../../src/desk/analyst.ts';
import { createDesk, type Desk } from '../../src/desk/client.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { silentLog } from '../../src/kit/log.ts';
import type { Brief } from '../../src/market/brief.ts';
import { type Analysis, createAnalysesRepository } from '../../src/store/analyses.ts';
import { makeBrief } from './brief.ts';
import { type House, useHouse } from './house.ts';

export interface DeskChange {
  config?: Partial<AnalystDeps['config']>;
  timings?: AnalystDeps['timings'];
  /** How long a reading answers further questions. */
  freshMs?: number;
}

/** Desks with their analysts on one Redis, and the gateway that they ask. */
export interface Room extends House {
  /** What is known of the market; BTCUSDT at first. */
  readonly briefs: Map<string, Brief>;
  /** What operators were told. */
  readonly told: string[];
  openDesk(change?: DeskChange): Promise<{ desk: Desk; analyst: Analyst }>;
  /** A desk without an analyst: questions wait until there is one. */
  openCounter(): Promise<Desk>;
  ask(desk: Desk, change?: Partial<Parameters<Desk['analyze']>[0]>): Promise<Analysis>;
}

/** A room of its own for each test of a file. */
export function useRoom(): Room {
  const house = useHouse();
  const briefs = new Map<string, Brief>();
  const told: string[] = [];
  beforeEach(() => {
    briefs.clear();
    briefs.set('BTCUSDT', makeBrief());
    told.splice(0);
  });

  const openCounter = async (): Promise<Desk> => {
    const desk = await createDesk({
      address: house.redis.address,
      analyses: house.analyses,
      budget: house.budget,
      off: undefined,
      timezone: 'UTC',
      locale: 'en',
      clock: systemClock,
      log: silentLog(),
    });
    return house.closing(desk);
  };

  // Added to it, so that what is new for each test stays a look at the house.
  return Object.assign(house, {
    briefs,
    told,
    openCounter,

    async openDesk({ config = {}, timings = {}, freshMs }: DeskChange = {}) {
      const analyst = await house.openAnalyst({
        market: { brief: async (symbol) => briefs.get(symbol), candles: async () => [] },
        analyses: createAnalysesRepository(house.store, freshMs),
        post: { post: async () => undefined },
        tellOperators: async (code, _args, onceKey) => void told.push(`${code} ${onceKey}`),
        config,
        timings,
      });
      return { desk: await openCounter(), analyst };
    },

    ask: (desk: Desk, change: Partial<Parameters<Desk['analyze']>[0]> = {}) =>
      desk.analyze({
        symbol: 'BTCUSDT',
        locale: 'en',
        payer: 'chat-1',
        operator: false,
        trigger: 'interactive',
        deadlineMs: 5_000,
        ...change,
      }),
  });
}
