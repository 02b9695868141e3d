import type { ChartInterval, Picture } from '../../notice/picture.ts';
import type { Block, Button, Reply } from '../../notice/text.ts';
import { type Analysis, FRESH_MS, type Reading } from '../../store/analyses.ts';
import { packAction } from '../actions.ts';
import { currentChart, drawAhead } from '../chart-picture.ts';
import type { Action, Command, Context } from '../context.ts';
import { define } from '../definition.ts';
import { cautions, factRows } from '../facts.ts';
import { type Lookup, lookUp } from '../lookup.ts';
import { gistBlocks, readingBlocks } from '../reading.ts';
import { recordLine } from '../record-words.ts';
import { symbolButtons } from './buttons.ts';

const HOUR_MS = 3_600_000;
/** Of the chart beside the reading. */
const INTERVAL: ChartInterval = '15m';

/** `/analyze`: the AI's reading with the facts it was given; without an AI, the facts and why. */
export const analyze: Command = {
  definition: { ...define('analyze', [{ name: 'symbol', autocomplete: true }]), anywhere: true },
  async run(context, call) {
    return answer(context, call.options.symbol ?? call.words[0]);
  },
};

/** `v1:analyze[:<symbol>]`; a new message, since the reading it was pressed under stays true of its moment. */
export const pressAnalyze: Action = async (context, [symbol]) => answer(context, symbol);

async function answer(context: Context, word: string | undefined): Promise<Reply> {
  const { t, symbols } = context;
  if (word === undefined) {
    return {
      text: [{ type: 'text', line: [t.choose.symbol] }],
      buttons: symbolButtons(symbols, 'analyze'),
      personal: true,
    };
  }
  const { symbol } = symbols.resolve(word);
  // So that a symbol nobody watched has a brief when the desk looks for it.
  const lookup = await lookUp(context, symbol);
  // Drawn while the AI thinks, so that the answer need not wait for it.
  const picture = currentChart(context, symbol, INTERVAL);
  drawAhead(context, picture);
  const refused = await refusal(context);
  if (refused !== undefined) return factsOnly(context, symbol, refused, lookup, picture);

  const { deps, timings, chat, f } = context;
  // Read meanwhile; an answer without it is an answer still.
  const record = deps.scoreboard.of(symbol).catch(() => []);
  const analysis = await deps.desk.analyze({
    symbol,
    locale: chat.locale,
    payer: chat.uid,
    operator: context.operator,
    trigger: 'interactive',
    deadlineMs: timings.analyzeMs,
  });
  if (!analysis.reading) {
    const why = t.analyze.noReading[analysis.noReading ?? 'gateway-error'];
    return factsOnly(context, symbol, why, given(analysis, timings.staleMs) ?? lookup, picture);
  }
  if (await isAbove(context, analysis)) return pointer(context, analysis, analysis.reading);
  const proven = recordLine(analysis, analysis.reading, await record, t, f);
  return {
    text: [
      { type: 'title', line: [t.analyze.title(symbol)] },
      ...readingBlocks(analysis, analysis.reading, t, f, deps.clock.now()),
      ...factBlocks(context, given(analysis, timings.staleMs)),
      { type: 'small', line: [t.analyze.disclaimer] },
      { type: 'small', line: [proven] },
    ],
    buttons: buttonsFor(context, symbol),
    picture,
  };
}

/** Was this very answer told in this chat while it was new? Whoever asks now can find it there. */
async function isAbove({ chat, deps }: Context, { id, shared }: Analysis): Promise<boolean> {
  const told = await deps.chats.count(`told:${chat.uid}:${chat.locale}:${id}`, FRESH_MS);
  return shared === true && told > 1;
}

/** What the answer above comes to, and when there can be another. */
function pointer(context: Context, { symbol, finishedAt }: Analysis, reading: Reading): Reply {
  const { t, f, deps } = context;
  const ageMs = Math.max(1_000, deps.clock.now() - finishedAt);
  const leftMs = Math.max(1_000, FRESH_MS - ageMs);
  return {
    text: [
      { type: 'title', line: [t.analyze.title(symbol)] },
      ...gistBlocks(reading, t, f),
      { type: 'small', line: [`⬆ ${t.analyze.above(f.span(ageMs), f.span(leftMs))}`] },
    ],
    buttons: buttonsFor(context, symbol),
  };
}

/** Why this chat gets no reading now, in words; undefined: it does. Counts the question. */
async function refusal({ chat, deps, quotas, t, f }: Context): Promise<string | undefined> {
  if (deps.desk.off !== undefined) return undefined;
  if (!chat.approved) return t.analyze.notApproved;
  const asked = await deps.chats.count(`analyze:${chat.uid}`, HOUR_MS);
  return asked > quotas.analysesPerHour ? t.analyze.tooMany(f.count(quotas.analysesPerHour)) : undefined;
}

function factsOnly(context: Context, symbol: string, why: string, lookup: Lookup, picture: Picture): Reply {
  const { t } = context;
  return {
    text: [
      { type: 'title', line: [t.analyze.factsOnly(symbol)] },
      { type: 'text', line: [why] },
      ...factBlocks(context, lookup),
    ],
    buttons: buttonsFor(context, symbol),
    picture,
  };
}

/** The facts that the desk worked with. Stale is what was old when it was read; its age since is said by the reading. */
function given({ brief, createdAt }: Analysis, staleMs: number): Lookup | undefined {
  if (!brief) return undefined;
  const ageMs = createdAt - brief.writtenAt;
  return { brief, stale: ageMs > staleMs ? { ageMs } : undefined };
}

function factBlocks({ t, f, deps }: Context, lookup: Lookup | undefined): Block[] {
  if (!lookup) return [];
  const { brief } = lookup;
  return [
    ...cautions(lookup, t, f),
    ...(brief ? [{ type: 'facts', rows: factRows(brief, t, f, deps.clock.now()) } as const] : []),
  ];
}

function buttonsFor({ t }: Context, symbol: string): Button[][] {
  return [
    [
      { label: t.analyze.again, action: packAction('analyze', symbol) },
      { label: t.start.buttons.price, action: packAction('price', symbol) },
      { label: t.start.buttons.subscribe, action: packAction('sub', symbol) },
    ],
  ];
}
