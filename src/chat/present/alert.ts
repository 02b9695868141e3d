import { WINDOW_MS } from '../../market/brief.ts';
import type { AlertNotice } from '../../notice/notice.ts';
import type { Block, Line } from '../../notice/text.ts';
import type { Formats } from '../format.ts';
import type { Catalogue } from '../locale/en.ts';
import { conditionWords, figureWords, ruleTag, shortName } from '../rule-words.ts';

/** An alert in words: what happened in a line that reads alone, then what else was measured, then the rule. */
export function alertBlocks(notice: AlertNotice, t: Catalogue, f: Formats): Block[] {
  const details = detailParts(notice, t, f);
  return [
    { type: 'title', line: [headline(notice, t, f)] },
    ...(notice.test ? [{ type: 'text', line: [`🧪 ${t.alert.test}`] } as const] : []),
    ...(details.length > 0 ? [{ type: 'text', line: [details.join(' · ')] } as const] : []),
    { type: 'small', line: ruleLine(notice, t, f) },
  ];
}

const LISTING_SIGN = { listed: '🆕', settling: '⏳', delisted: '⛔' } as const;

/** What happened, in a line that reads alone in a list of chats. */
export function headline(notice: AlertNotice, t: Catalogue, f: Formats): string {
  const { rule, firing, from, to, tickSize } = notice;
  const name = shortName(firing.symbol);
  const price = (value: number) => f.price(value, tickSize);
  const path = from ? `${price(from.price)} → ${price(to.price)}` : price(to.price);
  if (notice.listing) return `${LISTING_SIGN[notice.listing.event]} ${name} ${t.alert[notice.listing.event]}`;
  if (rule.kind === 'price') {
    const up = rule.direction !== 'down';
    const crossed = (up ? t.alert.above : t.alert.below)(price(rule.threshold));
    return `${up ? '🔺' : '🔻'} ${name} ${crossed} · ${t.alert.now(price(to.price))}`;
  }
  const figure = figureWords(rule.kind, Math.abs(firing.value), tickSize, f);
  const span = f.duration(WINDOW_MS[rule.window]);
  const now = t.alert.now(price(to.price));
  if (rule.kind === 'volume')
    return `📊 ${name} ${t.alert.volume(f.number(firing.value, 1))} · ${span} · ${now}`;
  if (rule.kind === 'liquidation') return `💥 ${name} ${t.alert.liquidation(figure)} · ${span} · ${now}`;
  if (rule.kind === 'ratio') {
    const who = firing.value < 0 ? t.alert.sellers(figure) : t.alert.buyers(figure);
    return `⚖️ ${name} ${who} · ${span} · ${now}`;
  }
  if (rule.kind === 'funding') {
    return `💸 ${name} ${t.alert.funding(`${firing.value < 0 ? '−' : '+'}${figure}`)} · ${now}`;
  }
  if (rule.kind === 'oi') {
    return `📈 ${name} ${t.alert.oi(f.percent(firing.value, { signed: true }))} · ${span} · ${now}`;
  }
  if (rule.kind === 'sentiment') {
    return `🧠 ${name} ${t.alert.sentiment(f.number(firing.value, 0))} · ${now}`;
  }
  // A threshold in σ: the reader still wants to know how far it went.
  const value = rule.unit === 'sigma' && from ? (to.price / from.price - 1) * 100 : firing.value;
  const elapsed = from ? f.span(Math.max(1_000, to.time - from.time)) : f.duration(WINDOW_MS[rule.window]);
  if (rule.kind === 'volatility') {
    const range = t.alert.volatility(f.percent(Math.abs(value)));
    return `↕️ ${name} ${range} · ${f.duration(WINDOW_MS[rule.window])} · ${path}`;
  }
  const up = rule.direction !== 'down' && firing.value >= 0;
  return `${up ? '🔺' : '🔻'} ${name} ${f.percent(value, { signed: true })} · ${elapsed} · ${path}`;
}

function detailParts(notice: AlertNotice, t: Catalogue, f: Formats): string[] {
  const { rule, firing, volumeRatio, late, waitedMs, earlier = 0 } = notice;
  return [
    ...(volumeRatio === undefined || rule.kind === 'volume' || rule.kind === 'funding'
      ? []
      : [t.alert.volume(f.number(volumeRatio, 1))]),
    ...(firing.why === 'still' ? [t.alert.still] : []),
    ...(firing.suppressed > 0 ? [t.alert.suppressed(firing.suppressed)] : []),
    ...(earlier > 0 ? [t.alert.earlier(earlier)] : []),
    ...(late ? [t.alert.late(f.clock(firing.time))] : []),
    ...(waitedMs === undefined ? [] : [t.alert.waited(f.span(waitedMs))]),
  ];
}

function ruleLine({ rule, firing, tickSize }: AlertNotice, t: Catalogue, f: Formats): Line {
  return [
    `${t.alert.rule} `,
    { code: ruleTag(rule.id) },
    ` ${rule.all ? `${t.rule.all} ` : ''}${conditionWords(rule, tickSize, t, f)} · `,
    { time: firing.time, text: f.clock(firing.time) },
    ...(rule.mode === 'once' ? [` · ${rule.all ? t.alert.endedHere : t.alert.ended}`] : []),
  ];
}
