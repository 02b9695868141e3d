import {
  describeFeature,
  type Feature,
  type FeatureUnit,
  featureValue,
  isFeature,
} from '../desk/features.ts';
import { isSameModel } from '../desk/model-names.ts';
import { formatUsd } from '../kit/money.ts';
import { WINDOW_MS } from '../market/brief.ts';
import type { Block, Line } from '../notice/text.ts';
import type { Analysis, Reading } from '../store/analyses.ts';
import type { Formats } from './format.ts';
import type { Catalogue } from './locale/en.ts';
import { shown, shownModel } from './shown.ts';

/** The AI's reading in words. Every number but the sentiment comes from the brief; the summary is the model's own. */
export function readingBlocks(
  analysis: Analysis,
  reading: Reading,
  t: Catalogue,
  f: Formats,
  now: number,
): Block[] {
  const drivers = reading.drivers.map((driver) => driverLine(analysis, driver, t, f));
  return [
    ...gistBlocks(reading, t, f),
    ...(reading.flags?.includes('conflict')
      ? [{ type: 'text', line: [`⚠️ ${t.analyze.conflict}`] } as const]
      : []),
    ...(reading.flags?.includes('cut') ? [{ type: 'small', line: [t.analyze.tooLong] } as const] : []),
    ...(drivers.length > 0
      ? [
          { type: 'text', line: [{ b: t.analyze.drivers }] } as const,
          { type: 'list', items: drivers } as const,
        ]
      : []),
    ...modelLines(analysis, t, f, now).map((line) => ({ type: 'small', line: [line] }) as const),
  ];
}

/** What a reading comes to: its scale, and the model's own sentence. */
export function gistBlocks(reading: Reading, t: Catalogue, f: Formats): Block[] {
  return [
    ...(reading.abstain
      ? [{ type: 'text', line: [t.analyze.abstained] } as const]
      : [
          {
            type: 'text',
            line: [
              `${t.analyze.sentimentLabel}: `,
              { b: t.analyze.sentiment(f.count(reading.sentiment), sentimentWord(reading.sentiment, t)) },
              ` · ${t.analyze.risk}: ${t.analyze.risks[reading.risk]}`,
              ` · ${t.analyze.horizon}: ${f.duration(WINDOW_MS[reading.horizon])}`,
            ],
          } as const,
        ]),
    ...(reading.summary === ''
      ? []
      : [{ type: 'text', line: ['🤖 ', { i: shown(reading.summary) }] } as const]),
  ];
}

/** Five words for the scale of 0 to 100: the figure alone tells a newcomer nothing. */
export function sentimentWord(sentiment: number, t: Catalogue): string {
  const { words } = t.analyze;
  if (sentiment < 20) return words.veryBearish;
  if (sentiment < 40) return words.bearish;
  if (sentiment <= 60) return words.neutral;
  return sentiment <= 80 ? words.bullish : words.veryBullish;
}

const ARROWS = { up: '▲', down: '▼', neutral: '◆' } as const;

function driverLine({ brief }: Analysis, driver: Reading['drivers'][number], t: Catalogue, f: Formats): Line {
  const effect = `${ARROWS[driver.effect]} ${t.effects[driver.effect]}`;
  if (!isFeature(driver.feature)) return [`${shown(driver.feature)} – ${effect}`];
  const value = brief && featureValue(brief, driver.feature);
  const { label, figure } = featureWords(driver.feature, value, brief?.tickSize ?? 0, t, f);
  return [label, { b: figure === '' ? '' : ` ${figure}` }, ` – ${effect}`];
}

/** A feature's name in words, and its value with its unit; blank where there is none. */
export function featureWords(
  feature: Feature,
  value: number | undefined,
  tickSize: number,
  t: Catalogue,
  f: Formats,
): { label: string; figure: string } {
  const { name, window, unit } = describeFeature(feature);
  return {
    label: t.features[name](window ? f.duration(WINDOW_MS[window]) : ''),
    figure: value === undefined ? '' : inUnit(value, unit, tickSize, f),
  };
}

function inUnit(value: number, unit: FeatureUnit, tickSize: number, f: Formats): string {
  switch (unit) {
    case 'percent':
      return f.percent(value, { decimals: Math.abs(value) < 0.1 ? 4 : 2 });
    case 'bps':
      return `${f.number(value)} bps`;
    case 'count':
      return f.count(value);
    case 'usdt':
      return f.notional(value);
    case 'price':
      return f.price(value, Math.min(tickSize, 0.0001));
    case 'sigma':
      return `${f.number(value, 1)} σ`;
    case 'ratio':
      return f.number(value, 4);
  }
}

/** Model, age, tokens and cost, in one short line; a second one when another model answered than was asked. */
function modelLines(analysis: Analysis, t: Catalogue, f: Formats, now: number): string[] {
  const { askedModel, servedModel } = analysis;
  const ageMs = now - analysis.finishedAt;
  const age = analysis.shared
    ? t.analyze.sharedAge(f.span(Math.max(1_000, ageMs)))
    : ageMs < 2_000
      ? t.analyze.justNow
      : t.analyze.age(f.span(ageMs));
  const cost = `${formatUsd(analysis.costNano)}${analysis.estimated ? ` (${t.analyze.estimated})` : ''}`;
  const usage = t.analyze.usage(f.count(analysis.promptTokens), f.count(analysis.completionTokens), cost);
  const model = servedModel ?? askedModel;
  const first = [...(model === undefined ? [] : [shownModel(model)]), usage, age].join(' · ');
  const another =
    askedModel !== undefined && servedModel !== undefined && !isSameModel(askedModel, servedModel);
  return another ? [first, t.analyze.served(shownModel(askedModel), shownModel(servedModel))] : [first];
}
