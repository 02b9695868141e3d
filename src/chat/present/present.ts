import type { MarketSource } from '../../market/events.ts';
import type { Addition } from '../../notice/amendment.ts';
import { newestOfEachRule } from '../../notice/newest.ts';
import type {
  AlertNotice,
  DigestNotice,
  Notice,
  OperatorNotice,
  RuleEndedNotice,
} from '../../notice/notice.ts';
import type { Block, Button } from '../../notice/text.ts';
import { BARKS_PER_HOUR, type Chat } from '../../store/chat-model.ts';
import { packAction } from '../actions.ts';
import { costBlocks } from '../cost-blocks.ts';
import { type Formats, formatsFor } from '../format.ts';
import { letterBlocks, letterButtons } from '../letter-blocks.ts';
import type { Catalogue } from '../locale/en.ts';
import { catalogueOf } from '../locale/index.ts';
import type { Presented, Telling } from '../model.ts';
import { withheldBlocks } from '../quiet.ts';
import { reportBlocks } from '../report-blocks.ts';
import { conditionWords, nameWords, ruleTag, shortName } from '../rule-words.ts';
import { shown, shownModel } from '../shown.ts';
import { withSource } from '../source.ts';
import { additionBlocks, additionsOf } from './additions.ts';
import { alertBlocks, headline } from './alert.ts';
import { alertButtons, readersButtons, severalAlertsButtons } from './alert-buttons.ts';
import { alertPicture, alertToChart, nightPicture } from './picture.ts';
import { restBlocks, rowBlocks, wideBlocks } from './rows.ts';

/**
 * Puts notices into one message in the chat's language: of each rule only the newest alert, the newest first, and then
 * everything else in the order it came. `mayRepeat` marks what may have been delivered already.
 */
export function presentNotices(
  notices: readonly Notice[],
  chat: Chat,
  mayRepeat: boolean,
  operatorChat: boolean,
  knownTick: (symbol: string) => number,
  { form = 'barks', additions = [], brief = false }: Telling = {},
): Presented {
  const t = catalogueOf(chat.locale);
  const f = formatsFor(chat.locale, chat.timezone);
  const newest = newestOfEachRule(notices);
  const alerts = newest
    .filter((notice) => notice.type === 'alert')
    .toSorted((a, b) => b.firing.time - a.firing.time);
  const others = newest.filter((notice) => notice.type !== 'alert');
  const perHour = chat.barksPerHour ?? BARKS_PER_HOUR;
  const blocks: Block[] = [
    ...(form === 'wide'
      ? wideBlocks(alerts, additions, t, f)
      : form === 'rest'
        ? restBlocks(alerts, additions, perHour, t, f)
        : barkBlocks(alerts, brief ? 1 : IN_FULL, additions, t, f)),
    ...others.flatMap((notice) => otherBlocks(notice, t, f, operatorChat, knownTick)),
    ...(mayRepeat ? [{ type: 'small', line: [`↻ ${t.alert.repeat}`] } as const] : []),
  ];
  const [only, ...more] = alerts;
  const night = others.find((notice) => notice.type === 'withheld');
  const charted = form === 'rest' ? undefined : alertToChart(alerts, form);
  const picture = charted ? alertPicture(charted, t, f) : night && nightPicture(night, knownTick, t, f);
  return {
    text: withSource(blocks, sourceOf(notices), t),
    buttons: [
      ...(only
        ? more.length > 0 || form !== 'barks'
          ? severalAlertsButtons(only, t, f)
          : hasReaders(chat)
            ? readersButtons(only, t)
            : alertButtons(only, chat.type, t, f)
        : []),
      ...others.flatMap((notice) => otherButtons(notice, t, f)),
    ],
    ...(picture ? { picture } : {}),
  };
}

/** A Telegram channel, whose posts everybody reads and nobody answers. */
function hasReaders({ type, address }: Chat): boolean {
  return type === 'channel' && address.platform === 'telegram';
}

/** Most alerts of one message that are told in full; the others are rows. */
const IN_FULL = 5;

function barkBlocks(
  alerts: readonly AlertNotice[],
  inFull: number,
  additions: readonly Addition[],
  t: Catalogue,
  f: Formats,
): Block[] {
  return [
    ...alerts
      .slice(0, inFull)
      .flatMap((alert) => [
        ...alertBlocks(alert, t, f),
        ...additionBlocks(additionsOf(alert, additions), alert.tickSize, t, f),
      ]),
    ...rowBlocks(alerts.slice(inFull), additions, t, f, headline),
  ];
}

function sourceOf(notices: readonly Notice[]): MarketSource | undefined {
  return notices
    .flatMap((notice) => ('source' in notice ? [notice.source] : []))
    .find((each) => each !== 'live');
}

function otherBlocks(
  notice: Exclude<Notice, AlertNotice>,
  t: Catalogue,
  f: Formats,
  operatorChat: boolean,
  knownTick: (symbol: string) => number,
): Block[] {
  switch (notice.type) {
    case 'cost':
      return [
        { type: 'title', line: [t.cost.daily(notice.day)] },
        ...costBlocks(notice.summary, t, f, operatorChat),
        ...(notice.late ? [{ type: 'small', line: [t.cost.late] } as const] : []),
      ];
    case 'report':
      return reportBlocks(notice, knownTick, t, f);
    case 'withheld':
      return withheldBlocks(notice, t, f);
    case 'letter':
      return letterBlocks(notice, knownTick, t, f);
    case 'feed':
      return [{ type: 'text', line: [feedWords(notice.state, notice.since, notice.until, t, f)] }];
    case 'digest':
      return digestBlocks(notice, t, f);
    case 'rule-ended':
      return endedBlocks(notice, t, f, knownTick);
    case 'operator':
      return [{ type: 'text', line: [`🛠 ${operatorWords(notice, t, f)}`] }];
  }
}

function feedWords(
  state: 'degraded' | 'recovered',
  since: number,
  until: number | undefined,
  t: Catalogue,
  f: Formats,
): string {
  if (state === 'degraded') return `⚠️ ${t.feed.degraded(f.clock(since))}`;
  return `✅ ${until === undefined ? t.feed.back : t.feed.recovered(f.clock(since), f.clock(until))}`;
}

function digestBlocks({ count, rows, from, to }: DigestNotice, t: Catalogue, f: Formats): Block[] {
  return [
    { type: 'title', line: [`🕘 ${t.digest.title(f.count(count), f.dateTime(from), f.dateTime(to))}`] },
    {
      type: 'list',
      items: rows.map(({ last, count: times }) => [
        `${shortName(last.firing.symbol)} ${conditionWords(last.rule, last.tickSize, t, f)} `,
        { code: ruleTag(last.rule.id) },
        ` · ${t.digest.row(f.count(times), f.clock(last.firing.time))}`,
      ]),
    },
  ];
}

function endedBlocks(
  { rule, reason }: RuleEndedNotice,
  t: Catalogue,
  f: Formats,
  knownTick: (symbol: string) => number,
): Block[] {
  const condition = conditionWords(rule, knownTick(rule.symbol), t, f);
  return [
    { type: 'text', line: [`⏹ ${t.ended[reason]}`] },
    {
      type: 'small',
      line: [`${t.alert.rule} `, { code: ruleTag(rule.id) }, ` ${nameWords(rule, t)} ${condition}`],
    },
  ];
}

function operatorWords({ code, args }: OperatorNotice, t: Catalogue, f: Formats): string {
  const text = (name: string) => shown(String(args[name] ?? '?'));
  switch (code) {
    case 'budget':
      return t.operator.budget(f.percent(Number(args.percent)));
    case 'gateway-auth':
    case 'gateway-balance':
      return t.operator[code];
    case 'chat-paused':
      return t.operator['chat-paused'](text('chat'), text('reason'));
    case 'chat-closed':
      return t.operator['chat-closed'](text('chat'), String(args.why));
    case 'gateway-over':
      return t.operator['gateway-over'](text('model'));
    case 'gateway-other':
      return t.operator['gateway-other'](text('asked'), shownModel(String(args.served ?? '?')));
    case 'gateway-changed':
      return t.operator['gateway-changed'](text('model'), text('before'), text('now'));
    case 'everybody-refused':
      return t.operator['everybody-refused'](text('platform'), text('reason'));
    case 'ambiguous-delivery':
      return t.operator['ambiguous-delivery'](text('chat'));
    case 'approval':
      return t.operator.approval(text('chat'));
  }
}

function otherButtons(notice: Exclude<Notice, AlertNotice>, t: Catalogue, f: Formats): Button[][] {
  if (notice.type === 'letter') return letterButtons(notice, t, f);
  if (notice.type !== 'operator' || notice.code !== 'approval') return [];
  return [
    [
      {
        label: t.operator.approve,
        action: packAction('approve', String(notice.args.uid)),
        style: 'primary',
      },
    ],
  ];
}
