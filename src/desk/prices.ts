import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ConfigError } from '../kit/errors.ts';
import type { NanoUsd } from '../kit/money.ts';
import builtIn from './prices.json' with { type: 'json' };

/** Whole micro-USD per million tokens, which is the same number as pico-USD per token. */
const price = z.int().min(0).max(1_000_000_000_000);
const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/);

/** What a call costs by kind of token. */
const rates = {
  /** Prompt tokens, not cached. */
  inMiss: price,
  /** Prompt tokens that were cached. */
  inHit: price,
  /** Completion tokens, hidden reasoning included. */
  out: price,
};

const row = z.strictObject({
  /** Regular expression over the whole model name, in any case. */
  pattern: z.string().min(1).refine(isRegExp, 'is not a regular expression'),
  /** The model as people call it; without it the row stands in no comparison. */
  name: z.string().min(1).max(60).optional(),
  effectiveFrom: z.iso.date(),
  ...rates,
  /** Hours (UTC) in which everything costs `percent` of the above. */
  windows: z
    .array(
      z.strictObject({
        /** 0 Sunday … 6 Saturday. */
        utcDays: z.array(z.int().min(0).max(6)).min(1),
        from: timeOfDay,
        to: timeOfDay,
        percent: z.int().min(1).max(10_000),
      }),
    )
    .optional(),
  source: z.string(),
  /** What the model's own vendor asks, to compare with; shown with who says so, and as of when. */
  list: z.strictObject({ ...rates, source: z.string().min(1).max(60), date: z.iso.date() }).optional(),
  note: z.string().optional(),
});
const table = z.strictObject({ version: z.string().min(1), rows: z.array(row).min(1) });

/** What a model costs by kind of token, micro-USD per million. */
type Rates = Pick<z.infer<typeof row>, keyof typeof rates>;

/** What a model costs from some day on. */
export type PriceRow = z.infer<typeof row>;

/** Tokens of one call, as the gateway counted them. `prompt` includes `cached`. */
export interface Usage {
  prompt: number;
  cached: number;
  completion: number;
}

/** The price table: which models may be called at all, and for how much. */
export interface Prices {
  /** Names the table in the ledger. */
  readonly version: string;
  /** The row in force for a model at a moment (Unix ms); undefined: unpriced, so it must not be called. */
  find(model: string, at: number): PriceRow | undefined;
  /** What these tokens would cost with each named model of the table at a moment, in ordinary hours; cheapest first. */
  compare(usage: Usage, at: number): Compared[];
}

/** What some tokens would cost with a model, here and, where the table knows, at its vendor's list price. */
export interface Compared {
  name: string;
  costNano: NanoUsd;
  list?: { costNano: NanoUsd; source: string; date: string };
}

/** Reads a price table from a file, or the built-in one. Throws ConfigError that names every fault. */
export function loadPrices(path?: string): Prices {
  const parsed = table.safeParse(path === undefined ? builtIn : readJson(path));
  if (!parsed.success) {
    throw new ConfigError(
      parsed.error.issues.map(
        (issue) => `MODEL_PRICES: ${issue.path.join('.') || 'table'}: ${issue.message}`,
      ),
    );
  }
  // Newest first: the first row that matches and is in force is the right one.
  const rows = parsed.data.rows
    .map((entry) => ({
      entry,
      matches: new RegExp(`^(?:${entry.pattern})$`, 'i'),
      from: Date.parse(entry.effectiveFrom),
    }))
    .sort((a, b) => b.from - a.from);
  return {
    version: parsed.data.version,
    find: (model, at) => rows.find(({ matches, from }) => from <= at && matches.test(model))?.entry,
    compare(usage, at) {
      const named = new Map<string, Compared>();
      for (const { entry, from } of rows) {
        const { name, list } = entry;
        if (name === undefined || from > at || named.has(name)) continue;
        const costNano = nano(entry, usage, ORDINARY);
        named.set(name, { name, costNano, ...(list ? { list: listed(list, usage) } : {}) });
      }
      return [...named.values()].sort((a, b) => a.costNano - b.costNano || a.name.localeCompare(b.name));
    },
  };
}

/** The percentage of hours that are no dearer. */
const ORDINARY = 100;

function listed(list: NonNullable<PriceRow['list']>, usage: Usage): NonNullable<Compared['list']> {
  return { costNano: nano(list, usage, ORDINARY), source: list.source, date: list.date };
}

/** What a call costs at a moment (Unix ms) in nano-USD, rounded up; exact integer arithmetic. */
export function costOf(row: PriceRow, usage: Usage, at: number): NanoUsd {
  return nano(row, usage, percentAt(row, at));
}

/** The most a call can cost, whenever it is billed: in the dearest hours, nothing cached. */
export function worstCost(row: PriceRow, usage: Usage): NanoUsd {
  const percent = Math.max(ORDINARY, ...(row.windows ?? []).map((window) => window.percent));
  // A table may price cached tokens above others; the bound holds even so.
  return nano(
    { ...row, inHit: Math.max(row.inHit, row.inMiss), inMiss: Math.max(row.inHit, row.inMiss) },
    usage,
    percent,
  );
}

/**
 * An upper bound of a text's tokens without a tokenizer: UTF-8 bytes ÷ 1.5. The densest text seen (numeric tables) has
 * 1.68 bytes a token in o200k and cl100k.
 */
export function tokenBound(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / 1.5);
}

/** A lower bound of a text's tokens: twelve bytes a token are more than any tokenizer gets out of tables, JSON or sentences. */
export function leastTokens(text: string): number {
  return Math.floor(Buffer.byteLength(text) / 12);
}

function nano(row: Rates, usage: Usage, percent: number): NanoUsd {
  const cached = Math.min(usage.cached, usage.prompt);
  const pico =
    BigInt(usage.prompt - cached) * BigInt(row.inMiss) +
    BigInt(cached) * BigInt(row.inHit) +
    BigInt(usage.completion) * BigInt(row.out);
  // 1,000 pico a nano, and percent is of 100: one division, rounded up.
  return Number((pico * BigInt(percent) + 99_999n) / 100_000n);
}

function percentAt(row: PriceRow, at: number): number {
  const date = new Date(at);
  const day = date.getUTCDay();
  const time = date.toISOString().slice(11, 16);
  const inside = (row.windows ?? []).filter(
    (window) => window.utcDays.includes(day) && window.from <= time && time < window.to,
  );
  return inside.length > 0 ? Math.max(...inside.map((window) => window.percent)) : ORDINARY;
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const reason = error instanceof SyntaxError ? 'is not JSON' : 'cannot be read';
    throw new ConfigError([`MODEL_PRICES: the file ${path} ${reason}`]);
  }
}

function isRegExp(text: string): boolean {
  try {
    new RegExp(`^(?:${text})$`);
    return true;
  } catch {
    return false;
  }
}
