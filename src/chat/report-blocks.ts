import { formatUsd } from '../kit/money.ts';
import type { ReportNotice } from '../notice/notice.ts';
import type { Block } from '../notice/text.ts';
import type { Formats } from './format.ts';
import type { Catalogue } from './locale/en.ts';
import { fundingBlocks, moverBlocks } from './market-blocks.ts';
import { sentimentWord } from './reading.ts';
import { shortName } from './rule-words.ts';
import { shown, shownModel } from './shown.ts';

/** A market report in words: what moved, what funding costs, what the AI made of it, and the day before in this chat. */
export function reportBlocks(
  notice: ReportNotice,
  tickSize: (symbol: string) => number,
  t: Catalogue,
  f: Formats,
): Block[] {
  const { cost } = notice;
  return [
    { type: 'title', line: [`📊 ${t.report.title(notice.day)}`] },
    ...marketBlocks(notice.market, tickSize, t, f),
    ...viewBlocks(notice.view, t, f),
    { type: 'text', line: [{ b: t.report.yesterday }] },
    {
      type: 'facts',
      rows: [
        [t.report.alerts, f.count(notice.alertsYesterday)],
        [t.report.cost, `${formatUsd(cost.costNano)} · ${t.report.calls(f.count(cost.calls))}`],
      ],
    },
    ...(notice.late ? [{ type: 'small', line: [t.cost.late] } as const] : []),
    { type: 'small', line: [t.analyze.disclaimer] },
  ];
}

function marketBlocks(
  market: ReportNotice['market'],
  tickSize: (symbol: string) => number,
  t: Catalogue,
  f: Formats,
): Block[] {
  if (!market) return [{ type: 'text', line: [`⚠️ ${t.price.noFeed}`] }];
  const { standouts, ageMs } = market;
  return [
    ...(ageMs === undefined ? [] : [{ type: 'text', line: [`⚠️ ${t.price.stale(f.span(ageMs))}`] } as const]),
    ...moverBlocks(standouts, '24h', tickSize, t, f),
    ...fundingBlocks(standouts, t, f),
    { type: 'small', line: [t.movers.market(f.count(market.count), f.notional(market.turnover))] },
  ];
}

function viewBlocks(view: ReportNotice['view'], t: Catalogue, f: Formats): Block[] {
  if (!view) return [{ type: 'text', line: [`🤖 ${t.report.noView}`] }];
  const figure = view.abstain
    ? t.analyze.abstained
    : `${t.analyze.sentiment(f.count(view.sentiment), sentimentWord(view.sentiment, t))} · ${t.analyze.risk}: ${t.analyze.risks[view.risk]}`;
  return [
    { type: 'text', line: ['🤖 ', { b: shortName(view.symbol) }, ` ${figure}`] },
    ...(view.summary === '' ? [] : [{ type: 'text', line: [{ i: shown(view.summary) }] } as const]),
    {
      type: 'small',
      line: [
        ...(view.model === undefined ? [] : [`${shownModel(view.model)} · `]),
        { time: view.madeAt, text: f.dateTime(view.madeAt) },
      ],
    },
  ];
}
