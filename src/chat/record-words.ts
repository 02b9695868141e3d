import { BASELINES, costPer, ENOUGH, type Score } from '../desk/score/score.ts';
import type { Interval } from '../desk/score/wilson.ts';
import type { Scorecard } from '../desk/scoreboard.ts';
import { formatUsd } from '../kit/money.ts';
import type { Block } from '../notice/text.ts';
import type { Analysis, Reading } from '../store/analyses.ts';
import { HORIZON_MS, HORIZONS, type Horizon } from '../store/record.ts';
import type { Formats } from './format.ts';
import type { Catalogue } from './locale/en.ts';
import { shown, shownModel } from './shown.ts';

type Row = readonly [label: string, value: string];

/** How the calls of one model with one prompt turned out, at every horizon, against those who need no AI. */
export function cardBlocks(card: Scorecard, t: Catalogue, f: Formats): Block[] {
  const a = t.accuracy;
  const horizons = HORIZONS.map(
    (horizon): Row => [f.duration(HORIZON_MS[horizon]), horizonWords(card.scores[horizon], t, f)],
  );
  const baselines = HORIZONS.flatMap((horizon): Row[] => {
    const { decided, baselines: rates } = card.scores[horizon];
    if (decided === 0) return [];
    const words = BASELINES.flatMap((name) => {
      const rate = rates[name];
      return rate === undefined ? [] : [`${a.baselines[name]} ${percent(rate, f)}`];
    });
    return [[f.duration(HORIZON_MS[horizon]), words.join(' · ')]];
  });
  return [
    { type: 'text', line: [{ b: a.card(shownModel(card.model), shown(card.promptVersion)) }] },
    {
      type: 'facts',
      rows: [
        [a.calls, a.counts(f.count(card.calls), f.count(card.abstained), f.count(card.failed))],
        ...(card.missed > 0 ? [[a.missed, f.count(card.missed)] as const] : []),
        ...horizons,
        ...costRows(card, t),
      ],
    },
    ...(baselines.length > 0
      ? [{ type: 'text', line: [a.against] } as const, { type: 'facts', rows: baselines } as const]
      : []),
  ];
}

const HORIZON_OF = { '15m': 'm15', '1h': 'h1', '4h': 'h4' } as const satisfies Record<string, Horizon>;

/** The record of the model that gave a reading, at the reading's own horizon, in one line: also that there is none yet. */
export function recordLine(
  analysis: Analysis,
  reading: Reading,
  cards: readonly Scorecard[],
  t: Catalogue,
  f: Formats,
): string {
  const { promptVersion } = analysis;
  const model = analysis.servedModel ?? analysis.askedModel;
  const card = cards.find((each) => each.model === model && each.promptVersion === promptVersion);
  const horizon = HORIZON_OF[reading.horizon];
  const score = card?.scores[horizon];
  const words =
    score === undefined || score.calls === 0
      ? t.accuracy.verdicts.few(f.count(0), f.count(ENOUGH))
      : horizonWords(score, t, f);
  return t.accuracy.line(f.duration(HORIZON_MS[horizon]), words);
}

function horizonWords(score: Score, t: Catalogue, f: Formats): string {
  const a = t.accuracy;
  if (score.calls === 0) return a.open;
  const skill = f.percent(score.skill * 100, { signed: true, decimals: 1 });
  const parts = [
    ...(score.decided > 0
      ? [a.right(percent(score.hits / score.decided, f), f.count(score.decided), range(score.hitRate, f))]
      : []),
    a.skill(skill),
    verdictWords(score, t, f),
  ];
  return parts.join(' · ');
}

function verdictWords({ verdict, decided }: Score, t: Catalogue, f: Formats): string {
  const { verdicts } = t.accuracy;
  return verdict === 'few' ? verdicts.few(f.count(decided), f.count(ENOUGH)) : verdicts[verdict];
}

/** What a call cost, and what one costs for each hit more than a coin would have had, at an hour. */
function costRows(card: Scorecard, t: Catalogue): Row[] {
  const { call, aboveCoin } = costPer(card.costNano, card.scores.h1);
  if (call === undefined) return [];
  const useful = aboveCoin === undefined ? t.accuracy.noneUseful : formatUsd(aboveCoin);
  return [
    [t.accuracy.perCall, formatUsd(call)],
    [t.accuracy.perUseful, useful],
  ];
}

function percent(share: number, f: Formats): string {
  return f.percent(share * 100, { decimals: 1 });
}

function range({ low, high }: Interval, f: Formats): string {
  return `${f.number(low * 100, 1)}–${percent(high, f)}`;
}
