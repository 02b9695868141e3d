/**
 * `npm run backtest -- --model M [--from DAY] [--to DAY] [--symbols A,B] [--budget USD]`: asks another model (or the prompt
 * of now) about the stored facts of recorded calls, within a budget, and sets it beside those who made them.
 */
import { parseArgs } from 'node:util';
import { formatsFor } from '../chat/format.ts';
import { catalogueOf } from '../chat/locale/index.ts';
import { cardBlocks } from '../chat/record-words.ts';
import { type Config, EXIT_CONFIG, loadConfig, readEnvironment } from '../config.ts';
import { createAsk } from '../desk/ask.ts';
import { type Backtest, backtest } from '../desk/backtest.ts';
import { cappedBudget } from '../desk/capped-budget.ts';
import { createPaidDialogue } from '../desk/paid-dialogue.ts';
import { loadPrices } from '../desk/prices.ts';
import { systemClock } from '../kit/clock.ts';
import { ConfigError, describeError } from '../kit/errors.ts';
import { shortId } from '../kit/id.ts';
import { silentLog } from '../kit/log.ts';
import { formatUsd, type NanoUsd, usdToNano } from '../kit/money.ts';
import { plainText } from '../notice/text.ts';
import { createAnalysesRepository } from '../store/analyses.ts';
import { createBudget } from '../store/budget.ts';
import { createCallRecord } from '../store/record.ts';
import { openStoreForTool } from './store/open.ts';

const USAGE =
  'usage: npm run backtest -- --model M [--from 2026-11-01] [--to 2026-11-30] [--symbols BTCUSDT,ETHUSDT] [--budget 0.05]';
const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 7;
const DEFAULT_BUDGET = usdToNano(0.05);
const QUESTION_MS = 60_000;

export interface Asked {
  model: string;
  /** Unix ms. */
  from: number;
  to: number;
  symbols: readonly string[];
  budgetNano: NanoUsd;
}

/** Reads the words after the command; undefined when they make no sense. */
export function parseBacktest(
  argv: readonly string[],
  config: Pick<Config, 'symbols'>,
  now: number,
): Asked | undefined {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        model: { type: 'string' },
        from: { type: 'string' },
        to: { type: 'string' },
        symbols: { type: 'string' },
        budget: { type: 'string' },
      },
    });
    const from = values.from === undefined ? now - DEFAULT_DAYS * DAY_MS : Date.parse(values.from);
    // A day means the whole of it.
    const end = values.to === undefined ? now : Date.parse(values.to);
    const to = values.to?.length === 10 ? end + DAY_MS - 1 : end;
    const named = values.symbols?.split(',').map((symbol) => symbol.trim().toUpperCase());
    const symbols = named ?? (config.symbols === 'all' ? [] : config.symbols);
    const budgetNano = values.budget === undefined ? DEFAULT_BUDGET : usdToNano(Number(values.budget));
    const sound = values.model && symbols.length > 0 && from < to && budgetNano > 0;
    return sound && values.model ? { model: values.model, from, to, symbols, budgetNano } : undefined;
  } catch {
    return undefined;
  }
}

/** Replays within the budget given and what is left of the bot's own of today. Throws what store and configuration throw. */
export async function runBacktest(
  config: Config,
  asked: Asked,
  options: { programDir?: string; signal: AbortSignal },
): Promise<Backtest> {
  const { apiKey, baseUrl, pricesPath, budget, maxCallsPerSecond } = config.ai;
  if (apiKey === undefined) throw new ConfigError(['HOLYSHEEP_API_KEY: is required to ask a model']);
  const prices = loadPrices(pricesPath);
  if (!prices.find(asked.model, systemClock.now()))
    throw new ConfigError([`--model: ${asked.model} has no price in the table, so it is not called`]);
  const opened = await openStoreForTool(config, silentLog(), options);
  const { store } = opened;
  try {
    const { dialogue } = createPaidDialogue(
      {
        apiKey,
        baseUrl,
        models: [asked.model],
        limits: { bot: budget.bot, chat: asked.budgetNano },
        timezone: config.timezone,
        maxCallsPerSecond,
      },
      { store, prices, budget: cappedBudget(createBudget(store), asked.budgetNano), clock: systemClock },
    );
    return await backtest(
      {
        record: createCallRecord(store),
        analyses: createAnalysesRepository(store),
        ask: createAsk(dialogue),
        clock: systemClock,
        runId: `backtest-${shortId()}`,
        questionMs: QUESTION_MS,
      },
      { ...asked, signal: options.signal },
    );
  } finally {
    await opened.close();
  }
}

/** The outcome in words, in a language and zone. */
export function tellBacktest(
  { reports, stopped }: Backtest,
  config: Pick<Config, 'locale' | 'timezone'>,
): string {
  const t = catalogueOf(config.locale);
  const f = formatsFor(config.locale, config.timezone);
  const cards = (list: Backtest['reports'][number]['recorded']) =>
    list.map((card) => plainText(cardBlocks(card, t, f))).join('\n\n');
  const parts = reports.map((report) =>
    [
      `== ${report.symbol}: ${report.asked} asked again for ${formatUsd(report.costNano)}, ${report.withoutFacts} no longer stored ==`,
      ...(report.asked > 0
        ? [`-- as it was --\n${cards(report.recorded)}`, `-- as it is now --\n${cards(report.replayed)}`]
        : []),
    ].join('\n'),
  );
  return [
    ...parts,
    ...(stopped === undefined ? [] : [`Ended early. ${t.analyze.noReading[stopped]}`]),
    'A model that was trained after these days may know what came of them.',
  ].join('\n\n');
}

async function main(argv: readonly string[]): Promise<number> {
  try {
    const config = loadConfig(readEnvironment(process.env));
    const asked = parseBacktest(argv, config, Date.now());
    if (!asked) {
      console.error(USAGE);
      return 64;
    }
    const stop = new AbortController();
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => stop.abort(new Error(name)));
    console.log(tellBacktest(await runBacktest(config, asked, { signal: stop.signal }), config));
    return 0;
  } catch (error) {
    console.error(error instanceof ConfigError ? error.faults.join('\n') : describeError(error));
    return error instanceof ConfigError ? EXIT_CONFIG : 1;
  }
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
