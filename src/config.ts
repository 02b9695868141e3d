import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import { parseDuration } from './kit/duration.ts';
import { ConfigError } from './kit/errors.ts';
import { type NanoUsd, usdToNano } from './kit/money.ts';
import { LOCALES } from './store/chat-model.ts';
import type { StoreAddress } from './store/redis.ts';

/** Exit code of a wrong configuration (sysexits: EX_CONFIG). */
export const EXIT_CONFIG = 78;

/** Roles a process can play. */
export const ROLES = ['feed', 'analyst', 'courier', 'telegram', 'discord', 'console', 'clerk'] as const;
export type Role = (typeof ROLES)[number];

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]', '::1']);

/** An empty variable counts as unset: `.env.example` is copied with its blanks. */
const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess(
    (value) => (typeof value === 'string' && value.trim() === '' ? undefined : value),
    schema.optional(),
  );

const url = (...schemes: string[]) =>
  z.string().transform((text, context) => {
    const parsed = URL.canParse(text) ? new URL(text) : undefined;
    if (!parsed || !schemes.includes(parsed.protocol)) {
      context.addIssue({
        code: 'custom',
        message: `must be a URL that begins with ${schemes.map((s) => `${s}//`).join(' or ')}`,
      });
      return z.NEVER;
    }
    return text.replace(/\/+$/, '');
  });

/** Clear text leaves the machine only to itself: http and ws are for loopback. */
const outsideUrl = (secure: string, plain: string) =>
  url(secure, plain).refine(
    (text) => text.startsWith(`${secure}//`) || LOOPBACK.has(new URL(text).hostname),
    {
      message: `must begin with ${secure}// (${plain}// only for this machine itself)`,
    },
  );

const exchangeRoot = (secure: string, plain: string) =>
  outsideUrl(secure, plain).refine(
    (text) =>
      !/[?#]/.test(text) && !/\/(ws|stream|market|public|private|fapi)(\/|$)/.test(new URL(text).pathname),
    { message: 'must be the root only, without a path: Sheepdog adds its own' },
  );

const list = (item: (text: string) => string | undefined, what: string) =>
  z.string().transform((text, context) => {
    const items = text
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean);
    for (const part of items) {
      if (item(part) === undefined)
        context.addIssue({ code: 'custom', message: `"${part.slice(0, 40)}" is not ${what}` });
    }
    return items;
  });

const platformId = list(
  (text) => (/^(telegram:-?\d{1,20}|discord:\d{5,20}|console:\S{1,40})$/.test(text) ? text : undefined),
  'of the form telegram:42 or discord:123456789',
);

const usdPerDay = z.string().transform((text, context): NanoUsd | undefined => {
  if (text === 'unlimited') return undefined;
  const usd = /^\d{1,6}(\.\d{1,9})?$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(usd)) {
    context.addIssue({
      code: 'custom',
      message: 'must be an amount in USD such as 0.30, 0 for none, or the word unlimited',
    });
    return z.NEVER;
  }
  return usdToNano(usd);
});

const port = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port number')
  .transform(Number)
  .refine((n) => n <= 65_535, 'must be a port number');

/** How often each symbol of SYMBOLS is analysed unasked. */
export type AnalysisEvery = { type: 'off' } | { type: 'every'; ms: number } | { type: 'trades' };

const analysisEvery = z.string().transform((text, context): AnalysisEvery => {
  if (text === 'off') return { type: 'off' };
  if (text === '50trades') return { type: 'trades' };
  const ms = parseDuration(text);
  if (ms === undefined || ms < 60_000) {
    context.addIssue({
      code: 'custom',
      message: 'must be off, 50trades, or a duration of at least 1m such as 15m or 1h',
    });
    return z.NEVER;
  }
  return { type: 'every', ms };
});

const timezone = z.string().refine((zone) => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}, 'must be an IANA time zone such as UTC or Asia/Seoul');

/** `BTC`, `BTC/USDT` and `BTC-USDT` are `BTCUSDT`: only perpetuals in USDT are watched. */
function symbolOf(name: string): string {
  const joined = name.replace(/[/_-]/g, '');
  return joined.endsWith('USDT') ? joined : `${joined}USDT`;
}

const symbols = z.string().transform((text, context): string[] | 'all' => {
  if (text.trim().toLowerCase() === 'all') return 'all';
  const names = [
    ...new Set(
      text
        .split(',')
        .map((part) => part.trim().normalize('NFKC').toUpperCase())
        .filter(Boolean)
        .map(symbolOf),
    ),
  ];
  if (names.length === 0) context.addIssue({ code: 'custom', message: 'names no symbol' });
  for (const name of names) {
    // Symbols may be non-ASCII; whether one exists is checked against the exchange.
    if (!/^[\p{L}\p{N}_]{2,40}$/u.test(name)) {
      context.addIssue({ code: 'custom', message: `"${name.slice(0, 40)}" is not a symbol such as BTCUSDT` });
    }
  }
  return names;
});

const schema = z.object({
  REDIS_URL: optional(url('redis:', 'rediss:')),
  REDIS_CLUSTER: optional(
    list(
      (text) => (/^rediss?:\/\//.test(text) && URL.canParse(text) ? text : undefined),
      'a node such as redis://10.0.0.1:6379',
    ),
  ),
  DATA_DIR: optional(z.string()).default('./data'),
  BINANCE_WS_URL: optional(exchangeRoot('wss:', 'ws:')).default('wss://fstream.binance.com'),
  BINANCE_REST_URL: optional(exchangeRoot('https:', 'http:')).default('https://fapi.binance.com'),
  SYMBOLS: optional(symbols).default(['BTCUSDT', 'ETHUSDT', 'BNBUSDT']),
  HOLYSHEEP_API_KEY: optional(
    z.string().trim().min(8, 'looks too short to be a key').regex(/^\S+$/, 'must not hold blanks'),
  ),
  HOLYSHEEP_BASE_URL: optional(outsideUrl('https:', 'http:')).default('https://api.holysheep.ai/v1'),
  HOLYSHEEP_MODEL: optional(z.string().trim()).default('deepseek/deepseek-chat-v3-0324'),
  HOLYSHEEP_FALLBACK_MODELS: optional(list((text) => text, 'a model')).default([]),
  MODEL_PRICES: optional(z.string()),
  AI_DAILY_BUDGET_USD: optional(usdPerDay),
  AI_CHAT_DAILY_BUDGET_USD: optional(usdPerDay),
  AI_MAX_CALLS_PER_SECOND: optional(
    z
      .string()
      .regex(/^\d{1,4}(\.\d{1,3})?$/, 'must be a number such as 3')
      .transform(Number)
      .refine((n) => n > 0, 'must be above 0'),
  ).default(3),
  ANALYSIS_EVERY: optional(analysisEvery).default({ type: 'every', ms: 3_600_000 }),
  ACCESS: optional(z.enum(['open', 'approval', 'list'])).default('open'),
  ALLOWED_CHATS: optional(platformId).default([]),
  TELEGRAM_BOT_TOKEN: optional(
    z
      .string()
      .trim()
      .regex(/^\d{6,12}:[\w-]{30,}$/, 'does not look like a bot token (123456789:ABC…)'),
  ),
  TELEGRAM_API_ROOT: optional(outsideUrl('https:', 'http:')).default('https://api.telegram.org'),
  TELEGRAM_WEBHOOK_URL: optional(outsideUrl('https:', 'http:')),
  TELEGRAM_WEBHOOK_SECRET: optional(
    z.string().regex(/^[\w-]{8,256}$/, 'must be 8 to 256 letters, digits, _ or -'),
  ),
  TELEGRAM_WEBHOOK_PORT: optional(port),
  DISCORD_TOKEN: optional(
    z
      .string()
      .trim()
      .regex(/^[\w-]{20,}\.[\w-]{4,}\.[\w-]{20,}$/, 'does not look like a bot token'),
  ),
  DISCORD_API_URL: optional(outsideUrl('https:', 'http:')).default('https://discord.com/api'),
  OPERATORS: optional(platformId).default([]),
  LOCALE: optional(z.enum(LOCALES)).default('en'),
  TIMEZONE: optional(timezone).default('UTC'),
  CONSOLE_HOST: optional(z.string().trim()).default('127.0.0.1'),
  CONSOLE_PORT: optional(port).default(8080),
  CONSOLE_PASSWORD: optional(z.string().min(8, 'must have at least 8 characters')),
  LOG_LEVEL: optional(z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace'])).default('info'),
});

/** Every variable there is. */
export const VARIABLES: readonly string[] = Object.keys(schema.shape);

const DEFAULT_BOT_BUDGET = usdToNano(0.3);
const DEFAULT_CHAT_BUDGET = usdToNano(0.05);

/** The whole configuration, checked. */
export interface Config {
  /** Undefined: an embedded Redis under `dataDir`. */
  store: StoreAddress | undefined;
  dataDir: string;
  binance: { wsUrl: string; restUrl: string };
  symbols: string[] | 'all';
  ai: {
    apiKey: string | undefined;
    baseUrl: string;
    /** First choice, then fallbacks. */
    models: string[];
    pricesPath: string | undefined;
    /** nano-USD a day; undefined = unlimited. */
    budget: { bot: NanoUsd | undefined; chat: NanoUsd | undefined };
    maxCallsPerSecond: number;
    every: AnalysisEvery;
  };
  access: {
    access: 'open' | 'approval' | 'list';
    allowed: ReadonlySet<string>;
    operators: ReadonlySet<string>;
  };
  telegram:
    | { token: string; apiRoot: string; webhook: { url: string; secret: string; port: number } | undefined }
    | undefined;
  discord: { token: string; apiUrl: string } | undefined;
  locale: (typeof LOCALES)[number];
  timezone: string;
  console: { host: string; port: number; password: string | undefined };
  logLevel: string;
  /** Every secret value, for the redactor. */
  secrets: string[];
}

/** Checks the environment. Throws ConfigError with every fault, by variable. */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const parsed = schema.safeParse(env);
  const faults = [
    ...(parsed.error?.issues ?? []).map(
      (issue) => `${issue.path.join('.') || 'environment'}: ${issue.message}`,
    ),
    ...contradictions(env),
  ];
  if (!parsed.success || faults.length > 0) throw new ConfigError(faults);
  const v = parsed.data;
  return {
    store: v.REDIS_CLUSTER?.length
      ? { type: 'cluster', nodes: v.REDIS_CLUSTER }
      : v.REDIS_URL
        ? { type: 'url', url: v.REDIS_URL }
        : undefined,
    dataDir: v.DATA_DIR,
    binance: { wsUrl: v.BINANCE_WS_URL, restUrl: v.BINANCE_REST_URL },
    symbols: v.SYMBOLS,
    ai: {
      apiKey: v.HOLYSHEEP_API_KEY,
      baseUrl: v.HOLYSHEEP_BASE_URL,
      models: [...new Set([v.HOLYSHEEP_MODEL, ...v.HOLYSHEEP_FALLBACK_MODELS])],
      pricesPath: v.MODEL_PRICES,
      budget: {
        bot: isSet(env.AI_DAILY_BUDGET_USD) ? v.AI_DAILY_BUDGET_USD : DEFAULT_BOT_BUDGET,
        chat: isSet(env.AI_CHAT_DAILY_BUDGET_USD) ? v.AI_CHAT_DAILY_BUDGET_USD : DEFAULT_CHAT_BUDGET,
      },
      maxCallsPerSecond: v.AI_MAX_CALLS_PER_SECOND,
      every: v.ANALYSIS_EVERY,
    },
    access: { access: v.ACCESS, allowed: new Set(v.ALLOWED_CHATS), operators: new Set(v.OPERATORS) },
    telegram: v.TELEGRAM_BOT_TOKEN
      ? {
          token: v.TELEGRAM_BOT_TOKEN,
          apiRoot: v.TELEGRAM_API_ROOT,
          webhook:
            v.TELEGRAM_WEBHOOK_URL && v.TELEGRAM_WEBHOOK_SECRET
              ? {
                  url: v.TELEGRAM_WEBHOOK_URL,
                  secret: v.TELEGRAM_WEBHOOK_SECRET,
                  port: v.TELEGRAM_WEBHOOK_PORT ?? 8443,
                }
              : undefined,
        }
      : undefined,
    discord: v.DISCORD_TOKEN ? { token: v.DISCORD_TOKEN, apiUrl: v.DISCORD_API_URL } : undefined,
    locale: v.LOCALE,
    timezone: v.TIMEZONE,
    console: { host: v.CONSOLE_HOST, port: v.CONSOLE_PORT, password: v.CONSOLE_PASSWORD },
    logLevel: v.LOG_LEVEL,
    secrets: [
      v.HOLYSHEEP_API_KEY,
      v.TELEGRAM_BOT_TOKEN,
      v.TELEGRAM_WEBHOOK_SECRET,
      v.DISCORD_TOKEN,
      v.CONSOLE_PASSWORD,
      ...[v.REDIS_URL, ...(v.REDIS_CLUSTER ?? [])].map((text) =>
        text ? decodeURIComponent(new URL(text).password) : undefined,
      ),
    ].filter((secret): secret is string => typeof secret === 'string' && secret !== ''),
  };
}

/** The machine's environment with `.env` of the working folder beneath it (the environment wins). */
export function readEnvironment(env: NodeJS.ProcessEnv, path = '.env'): NodeJS.ProcessEnv {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return env;
  }
  return { ...parseEnv(text), ...env };
}

/** Faults between variables; read from the raw texts, so that they are listed beside the faults of single ones. */
function contradictions(env: NodeJS.ProcessEnv): string[] {
  const faults: string[] = [];
  if (isSet(env.TELEGRAM_WEBHOOK_URL) && !isSet(env.TELEGRAM_WEBHOOK_SECRET)) {
    faults.push(
      'TELEGRAM_WEBHOOK_SECRET: is required with TELEGRAM_WEBHOOK_URL, else anyone could send updates',
    );
  }
  if (
    isSet(env.CONSOLE_HOST) &&
    !LOOPBACK.has(env.CONSOLE_HOST?.trim() ?? '') &&
    !isSet(env.CONSOLE_PASSWORD)
  ) {
    faults.push('CONSOLE_PASSWORD: is required as soon as CONSOLE_HOST is not loopback');
  }
  if (env.ACCESS?.trim() === 'list' && !isSet(env.ALLOWED_CHATS)) {
    faults.push('ALLOWED_CHATS: is required with ACCESS=list, else nobody could use the bot');
  }
  if (env.SYMBOLS?.trim().toLowerCase() === 'all' && env.ANALYSIS_EVERY?.trim() !== 'off') {
    faults.push(
      'ANALYSIS_EVERY: must be off with SYMBOLS=all (hundreds of symbols would be analysed unasked)',
    );
  }
  return faults;
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value.trim() !== '';
}
