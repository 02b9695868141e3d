import { z } from 'zod';
import type { KlineQuery, KlineRow, Listing, Row } from '../market-model.ts';
import type { TapeAnswer } from './lines.ts';

const exchangeInfo = z.object({
  symbols: z.array(z.looseObject({ symbol: z.string(), status: z.string() })),
});
const klineRow = z.array(z.union([z.number(), z.string()])).refine((row) => typeof row[0] === 'number');
const symbolRow = z.looseObject({
  symbol: z.string(),
  time: z.number().optional(),
  closeTime: z.number().optional(),
});

/** The REST answers a tape brings, looked up as the exchange would be asked. Unreadable ones are left out. */
export class RecordedAnswers {
  /** exchangeInfo's symbols; undefined when the tape has none. */
  readonly listings: readonly Listing[] | undefined;
  readonly #klines = new Map<string, Map<number, KlineRow>>();
  readonly #rows = new Map<string, z.infer<typeof symbolRow>[]>();

  constructor(answers: readonly TapeAnswer[]) {
    let listings: readonly Listing[] | undefined;
    for (const { rest, data } of answers) {
      const [path = '', query = ''] = rest.split('?', 2);
      if (path === '/fapi/v1/exchangeInfo') listings = exchangeInfo.safeParse(data).data?.symbols ?? listings;
      else if (path === '/fapi/v1/klines') this.#addKlines(new URLSearchParams(query), data);
      else this.#addRows(path, data);
    }
    this.listings = listings;
  }

  /** As the exchange selects them; nothing that lies after `now`. */
  klines(query: KlineQuery, now: number): readonly KlineRow[] {
    const until = Math.min(query.endTime ?? now, now);
    const rows = [...(this.#klines.get(`${query.symbol} ${query.interval}`) ?? [])]
      .filter(([openTime]) => openTime >= (query.startTime ?? 0) && openTime <= until)
      .sort(([a], [b]) => a - b)
      .map(([, row]) => row);
    return query.startTime === undefined ? rows.slice(-query.limit) : rows.slice(0, query.limit);
  }

  /** A symbol's newest row of this path that is not later than `now`, else its first. */
  row(path: string, symbol: string, now: number): Row | undefined {
    const rows = this.#rows.get(`${path} ${symbol}`);
    return rows?.findLast((row) => (row.time ?? row.closeTime ?? 0) <= now) ?? rows?.[0];
  }

  /** The newest row of every symbol. */
  rows(path: string, now: number): readonly Row[] {
    const symbols = [...this.#rows.keys()].filter((key) => key.startsWith(`${path} `));
    return symbols
      .map((key) => this.row(path, key.slice(path.length + 1), now))
      .filter((row) => row !== undefined);
  }

  #addKlines(query: URLSearchParams, data: unknown): void {
    const key = `${query.get('symbol')} ${query.get('interval')}`;
    const known = this.#klines.get(key) ?? new Map<number, KlineRow>();
    this.#klines.set(key, known);
    for (const row of z.array(klineRow).safeParse(data).data ?? []) {
      if (typeof row[0] === 'number') known.set(row[0], row);
    }
  }

  #addRows(path: string, data: unknown): void {
    for (const value of Array.isArray(data) ? data : [data]) {
      const row = symbolRow.safeParse(value).data;
      if (!row) continue;
      const key = `${path} ${row.symbol}`;
      const rows = this.#rows.get(key);
      if (rows) rows.push(row);
      else this.#rows.set(key, [row]);
    }
  }
}
