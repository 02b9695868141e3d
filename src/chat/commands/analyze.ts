import type { Block, Button, Reply } from '../../notice/text.ts';
import type { Analysis } from '../../store/analyses.ts';
import { packAction } from '../actions.ts';
import type { Action, Command, Context } from '../context.ts';
import { define } from '../definition.ts';
import { cautions, factRows } from '../facts.ts';
import { lookUp } from '../lookup.ts';
import { readingBlocks } from '../reading.ts';
import { symbolButtons } from './buttons.ts';

const HOUR_MS = 3_600_000;

/** `/analyze`: the AI's reading with the facts it was given; without an AI, the facts and why. */
export const analyze: Command = {
  definition: define('analyze', [{ name: 'symbol', autocomplete: true }]),
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
  const refused = await refusal(context);
  if (refused !== undefined) return await factsOnly(context, symbol, refused);

  const { deps, timings, chat, f } = context;
  // So that a symbol nobody watched has a brief when the desk looks for it.
  await lookUp(context, symbol);
  const analysis = await deps.desk.analyze({
    symbol,
    locale: chat.locale,
    payer: chat.uid,
    operator: context.operator,
    trigger: 'interactive',
    deadlineMs: timings.analyzeMs,
  });
  if (!analysis.reading) {
    return await factsOnly(
      context,
      symbol,
      t.analyze.noReading[analysis.noReading ?? 'gateway-error'],
      analysis,
    );
  }
  return {
    text: [
      { type: 'title', line: [t.analyze.title(symbol)] },
      ...readingBlocks(analysis, analysis.reading, t, f, deps.clock.now()),
      ...factBlocks(context, analysis),
      { type: 'small', line: [t.analyze.disclaimer] },
    ],
    buttons: buttonsFor(context, symbol),
  };
}

/** Why this chat gets no reading now, in words; undefined: it does. Counts the question. */
async function refusal({ chat, deps, quotas, t, f }: Context): Promise<string | undefined> {
  if (!deps.desk.aiOn) return undefined;
  if (!chat.approved) return t.analyze.notApproved;
  const asked = await deps.chats.count(`analyze:${chat.uid}`, HOUR_MS);
  return asked > quotas.analysesPerHour ? t.analyze.tooMany(f.count(quotas.analysesPerHour)) : undefined;
}

async function factsOnly(context: Context, symbol: string, why: string, analysis?: Analysis): Promise<Reply> {
  const { t, f, deps } = context;
  const lookup = analysis?.brief ? undefined : await lookUp(context, symbol);
  const facts: Block[] = lookup
    ? [
        ...cautions(lookup, t, f),
        ...(lookup.brief
          ? [{ type: 'facts', rows: factRows(lookup.brief, t, f, deps.clock.now()) } as const]
          : []),
      ]
    : factBlocks(context, analysis);
  return {
    text: [
      { type: 'title', line: [t.analyze.factsOnly(symbol)] },
      { type: 'text', line: [why] },
      ...facts,
      { type: 'small', line: [t.analyze.disclaimer] },
    ],
    buttons: buttonsFor(context, symbol),
  };
}

/** The facts that the model was given, with what must be known of them. */
function factBlocks({ t, f, deps, timings }: Context, analysis: Analysis | undefined): Block[] {
  const brief = analysis?.brief;
  if (!analysis || !brief) return [];
  // Stale is what was old when it was read; that time has passed since is said by the reading's own age.
  const ageWhenRead = analysis.createdAt - brief.writtenAt;
  const stale = ageWhenRead > timings.staleMs ? { ageMs: ageWhenRead } : undefined;
  return [
    ...cautions({ brief, stale }, t, f),
    { type: 'facts', rows: factRows(brief, t, f, deps.clock.now()) },
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
