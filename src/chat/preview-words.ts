import type { Proposal } from '../alerts/presets.ts';
import type { Preview } from '../alerts/preview.ts';
import type { RuleKind } from '../alerts/rule.ts';
import type { Formats } from './format.ts';
import type { Catalogue } from './locale/en.ts';
import { figureWords, thresholdWords, type WordedRule } from './rule-words.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** The start of the first window is never known; so much of a day or week counts as whole. */
const WHOLE = 0.95;
/** Of a day and some hours a second figure beside that of 24 h would say the same. */
const TWICE_MS = 1.5 * DAY_MS;

/** What a rule would have done, in one sentence. */
export function previewWords(preview: Preview, rule: WordedRule, t: Catalogue, f: Formats): string {
  const { fires24h, longestBurst, judgedMs, suggestion, doubts } = preview;
  const { all, most, span } = countsOf(preview, t, f);
  const counts =
    judgedMs < TWICE_MS
      ? t.preview.once(all, span, most)
      : t.preview.twice(f.count(fires24h), all, span, fires24h);
  return [
    most === 0 ? t.preview.never(span) : counts,
    ...(longestBurst > 1 ? [t.preview.burst(f.count(longestBurst))] : []),
    ...(suggestion === undefined || suggestion === rule.threshold
      ? []
      : // Only prices need the tick size, and they have no suggestion.
        [t.preview.suggestion(thresholdWords({ ...rule, threshold: suggestion }, 1, f))]),
    ...(doubts.includes('within-minute') ? [t.preview.withinMinute] : []),
  ].join('; ');
}

/** How often a rule would have fired, as short as a picture's title: `3 in 24 h · 17 in 7 days`. */
export function tallyWords(preview: Preview, t: Catalogue, f: Formats): string {
  const { all, span } = countsOf(preview, t, f);
  return preview.judgedMs < TWICE_MS
    ? t.preview.short(all, span)
    : t.preview.weekly(f.count(preview.fires24h), all, span);
}

function countsOf(
  { fires7d, otherFires7d, judgedMs }: Preview,
  t: Catalogue,
  f: Formats,
): { all: string; most: number; span: string } {
  const [least, most] = [Math.min(fires7d, otherFires7d), Math.max(fires7d, otherFires7d)];
  return {
    // Where it matters which extreme of a candle came first, both readings are told.
    all: least === most ? f.count(least) : `${f.count(least)}–${f.count(most)}`,
    most,
    span: judgedMs >= WHOLE * 7 * DAY_MS ? t.preview.week : t.preview.last(f.count(judgedMs / HOUR_MS)),
  };
}

/** A threshold that is offered, with how often it would have fired: `0.42 % · ≈3/day`. */
export function proposalWords(
  { threshold, perDay }: Proposal,
  t: Catalogue,
  f: Formats,
  kind: RuleKind = 'move',
): string {
  const figure =
    kind === 'volume' || kind === 'ratio' ? figureWords(kind, threshold, 1, f) : f.percent(threshold);
  return `${figure} · ${perDayWords(perDay, t, f)}`;
}

/** A rule's threshold, with how often it would have fired where that is known: `1.4 % · ≈1/day`. */
export function stepWords(
  rule: WordedRule,
  preview: Preview | undefined,
  tickSize: number,
  t: Catalogue,
  f: Formats,
): string {
  const figure = thresholdWords(rule, tickSize, f);
  if (preview === undefined || preview.judgedMs <= 0) return figure;
  return `${figure} · ${perDayWords((preview.fires7d * DAY_MS) / preview.judgedMs, t, f)}`;
}

function perDayWords(perDay: number, t: Catalogue, f: Formats): string {
  return t.preview.perDay(f.number(perDay, perDay < 2 ? 1 : 0));
}
