import type { NanoUsd } from '../kit/money.ts';
import type { CostSummary } from '../notice/notice.ts';
import { READ_DAY, RELEASE, RESERVE, SETTLE, SHARE } from './budget-scripts.ts';
import { keys } from './keys.ts';
import type { Store } from './redis.ts';

/** Daily limits in nano-USD; undefined = unlimited (must be spelled out in the configuration); 0 = no calls. */
export interface BudgetLimits {
  bot: NanoUsd | undefined;
  chat: NanoUsd | undefined;
}

export interface Reservation {
  id: string;
  /** YYYY-MM-DD in the bot's time zone; a settlement goes to the reservation's day. */
  day: string;
  /** A chat's uid, or `bot` for scheduled and shared calls (together at most half of the bot's budget). */
  payer: string;
  /** An operator's chat may also use the last fifth. */
  operator: boolean;
  amountNano: NanoUsd;
}

/** One finished call as the ledger keeps it. */
export interface LedgerEntry {
  id: string;
  at: number;
  payer: string;
  model: string;
  servedModel: string | undefined;
  symbol: string;
  promptTokens: number;
  cachedTokens: number;
  completionTokens: number;
  costNano: NanoUsd;
  /** Charged by estimate: aborted after dispatch, or no usage in the answer. */
  estimated: boolean;
  outcome: string;
  priceTable: string;
}

/** What only the bot's owner needs to know of a period's money, in nano-USD. */
export interface CostDetail {
  /** Calls that brought a usable answer. */
  answered: number;
  /** Of the prompt tokens, those the gateway had cached. */
  cachedTokens: number;
  /** The part of the cost that is an estimate, lost calls included. */
  estimatedNano: NanoUsd;
  /** Calls whose process died: what was reserved for them counts as spent. */
  lostCalls: number;
  lostNano: NanoUsd;
  /** Calls for which the gateway counted more tokens than it was allowed. */
  overCalls: number;
  deniedBy: Readonly<Record<Denial, number>>;
  /** Dearest first. */
  payers: readonly { payer: string; costNano: NanoUsd }[];
  daily: readonly DayCost[];
}

/** What one day cost, estimates and lost calls included. */
export interface DayCost {
  /** YYYY-MM-DD. */
  day: string;
  costNano: NanoUsd;
}

/** The AI's money: reserve the worst case, call, settle; atomic in Redis for bot and payer at once. */
export interface Budget {
  /** `ttlMs`: a reservation that is not settled by then is lost; it counts as spent, by estimate, until it is. */
  reserve(reservation: Reservation, limits: BudgetLimits, ttlMs: number): Promise<'ok' | Denial>;
  /** Releases the reservation and adds the entry once (also when it comes late). */
  settle(reservation: Reservation, entry: LedgerEntry): Promise<void>;
  /** Nothing was charged (refused before or by the gateway): releases and counts the failure. */
  release(reservation: Reservation, outcome: string): Promise<void>;
  /** Counts an analysis that cost no call of its own. */
  countShared(day: string, payer: string): Promise<void>;
  /** Sum over the days from…to (inclusive), of all payers or one. */
  summary(
    from: string,
    to: string,
    timezone: string,
    payer: string | undefined,
    limits: BudgetLimits,
  ): Promise<CostSummary>;
  /** What each of the days from…to (inclusive) cost, of all payers or one. */
  daily(from: string, to: string, payer: string | undefined): Promise<DayCost[]>;
  /** The whole bot's money over the days from…to (inclusive), as its owner needs it. */
  detail(from: string, to: string): Promise<CostDetail>;
}

/** Who a charge counts for: the bot's own calls, an ordinary chat's, or an operator's chat's. */
type PayerClass = 'shared' | 'chat' | 'operator';

/** Who pays for what nobody in particular asked for. */
export const BOT_PAYER = 'bot';
/** What forbids a call: a limit that is used up, or no money at all. */
export const DENIALS = ['bot', 'chat', 'shared', 'off'] as const;
export type Denial = (typeof DENIALS)[number];

/** The budget over a store; every step is one script, so that any number of processes keep the limits to the nano-dollar. */
export function createBudget(store: Store): Budget {
  const dayKeys = (day: string, payer: string) =>
    [keys.spend(day), keys.payerSpend(day, payer), keys.reservations(day)] as const;

  /** The figures of a day, of one payer or of all. */
  const readDay = async (day: string, payer: string | undefined): Promise<Figures> => {
    const read = payer === undefined ? keys.spend(day) : keys.payerSpend(day, payer);
    const reserved = payer === undefined ? 'reserved' : `reserved:p:${payer}`;
    const reply = await READ_DAY.run(
      store,
      [keys.spend(day), read, keys.reservations(day)],
      [reserved, payer ?? ''],
    );
    return readFigures(reply);
  };

  return {
    async reserve(reservation, limits, ttlMs) {
      const { amountNano, payer } = reservation;
      if (!Number.isSafeInteger(amountNano) || amountNano < 0)
        throw new RangeError('a reservation is a whole number of nano-USD');
      const caps = [limits.bot, sharedLimit(limits.bot), commonLimit(limits.bot), limits.chat];
      const verdict = await RESERVE.run(store, dayKeys(reservation.day, payer), [
        member(reservation),
        amountNano,
        classOf(reservation),
        payer,
        ttlMs,
        ...caps.map((cap) => cap ?? ''),
      ]);
      const known = (['ok', ...DENIALS] as const).find((each) => each === verdict);
      if (known === undefined) throw new TypeError('the budget script gave no verdict');
      return known;
    },

    async settle(reservation, entry) {
      const { day, payer } = reservation;
      await SETTLE.run(
        store,
        [...dayKeys(day, payer), keys.settled(day), keys.ledger(day), keys.payers(day)],
        [
          member(reservation),
          entry.id,
          classOf(reservation),
          entry.costNano,
          entry.promptTokens,
          entry.cachedTokens,
          entry.completionTokens,
          entry.estimated ? 1 : 0,
          entry.outcome === 'ok' ? 1 : 0,
          entry.model,
          payer,
          JSON.stringify(entry),
        ],
      );
    },

    async release(reservation, outcome) {
      const { day, payer, id } = reservation;
      await RELEASE.run(
        store,
        [...dayKeys(day, payer), keys.settled(day)],
        [member(reservation), id, outcome],
      );
    },

    async countShared(day, payer) {
      await SHARE.run(store, [keys.spend(day), keys.payerSpend(day, payer)], []);
    },

    async summary(from, to, timezone, payer, limits) {
      const days = daysBetween(from, to);
      const figures = await Promise.all(days.map((day) => readDay(day, payer)));
      const limit =
        payer === undefined ? limits.bot : payer === BOT_PAYER ? sharedLimit(limits.bot) : limits.chat;
      const sum = sumOver(figures);
      const lost = sum('lost');
      return {
        from,
        to,
        timezone,
        calls: sum('calls') + lost,
        estimatedCalls: sum('estimated') + lost,
        failedCalls: sum('failed'),
        sharedAnalyses: sum('shared'),
        deniedByBudget: sum('denied'),
        promptTokens: sum('prompt'),
        completionTokens: sum('completion'),
        costNano: sum('cost') + sum('cost:lost'),
        reservedNano: sum('open'),
        budgetNano: limit === undefined ? undefined : limit * days.length,
        perModel: modelsIn(figures)
          .map((model) => ({
            model,
            calls: sum(`m:calls:${model}`),
            promptTokens: sum(`m:prompt:${model}`),
            completionTokens: sum(`m:completion:${model}`),
            costNano: sum(`m:cost:${model}`),
          }))
          .sort((a, b) => b.costNano - a.costNano || a.model.localeCompare(b.model)),
      };
    },

    async daily(from, to, payer) {
      const days = daysBetween(from, to);
      return costsOf(days, await Promise.all(days.map((day) => readDay(day, payer))));
    },

    async detail(from, to) {
      const days = daysBetween(from, to);
      const figures = await Promise.all(days.map((day) => readDay(day, undefined)));
      const sum = sumOver(figures);
      const costs = await Promise.all(
        days.map((day) => store.zrange(keys.payers(day), 0, '-1', 'WITHSCORES')),
      );
      const denied = (reason: Denial) => sum(`denied:${reason}`);
      return {
        answered: sum('ok'),
        cachedTokens: sum('cached'),
        estimatedNano: sum('cost:estimated') + sum('cost:lost'),
        lostCalls: sum('lost'),
        lostNano: sum('cost:lost'),
        overCalls: sum('over'),
        deniedBy: {
          bot: denied('bot'),
          chat: denied('chat'),
          shared: denied('shared'),
          off: denied('off'),
        },
        payers: sumPayers(costs),
        daily: costsOf(days, figures),
      };
    },
  };
}

type Figures = ReadonlyMap<string, number>;

function sumOver(days: readonly Figures[]): (name: string) => number {
  return (name) => days.reduce((total, day) => total + (day.get(name) ?? 0), 0);
}

function costsOf(days: readonly string[], figures: readonly Figures[]): DayCost[] {
  return days.map((day, i) => {
    const figure = (name: string) => figures[i]?.get(name) ?? 0;
    return { day, costNano: figure('cost') + figure('cost:lost') };
  });
}

/** Payers over several days, dearest first; each day is a flat list of payer and cost, as Redis answers. */
function sumPayers(days: readonly (readonly string[])[]): { payer: string; costNano: NanoUsd }[] {
  const total = new Map<string, NanoUsd>();
  for (const day of days) {
    for (const [payer, costNano] of readFigures(day)) total.set(payer, (total.get(payer) ?? 0) + costNano);
  }
  return [...total]
    .map(([payer, costNano]) => ({ payer, costNano }))
    .sort((a, b) => b.costNano - a.costNano || a.payer.localeCompare(b.payer));
}

/** Scheduled and shared calls may use half of the bot's budget. */
function sharedLimit(bot: NanoUsd | undefined): NanoUsd | undefined {
  return bot === undefined ? undefined : Math.floor(bot / 2);
}

/** All but operators' chats together may use four fifths of the bot's budget. */
function commonLimit(bot: NanoUsd | undefined): NanoUsd | undefined {
  return bot === undefined ? undefined : Math.floor((bot * 4) / 5);
}

function classOf(reservation: Reservation): PayerClass {
  if (reservation.payer === BOT_PAYER) return 'shared';
  return reservation.operator ? 'operator' : 'chat';
}

function member(reservation: Reservation): string {
  return [reservation.amountNano, classOf(reservation), reservation.payer, reservation.id].join('|');
}

/** A flat list of names and integers, as Redis answers. */
function readFigures(reply: unknown): Figures {
  const figures = new Map<string, number>();
  if (!Array.isArray(reply)) return figures;
  for (let i = 0; i + 1 < reply.length; i += 2) figures.set(String(reply[i]), Number(reply[i + 1]));
  return figures;
}

function modelsIn(days: readonly Figures[]): string[] {
  const prefix = 'm:calls:';
  const names = days.flatMap((day) => [...day.keys()].filter((name) => name.startsWith(prefix)));
  return [...new Set(names.map((name) => name.slice(prefix.length)))];
}

/** The days from…to, inclusive; calendar arithmetic in UTC, where no day is short or long. */
function daysBetween(from: string, to: string): string[] {
  const days: string[] = [];
  const last = Date.parse(`${to}T00:00:00Z`);
  for (let time = Date.parse(`${from}T00:00:00Z`); time <= last; time += 86_400_000)
    days.push(new Date(time).toISOString().slice(0, 10));
  return days;
}
