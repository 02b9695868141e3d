import { ALL_SYMBOLS, type Rule } from '../../alerts/rule.ts';
import { WINDOW_MS } from '../../market/brief.ts';
import type { AlertNotice } from '../../notice/notice.ts';
import { shownRule } from '../../notice/shown-rule.ts';
import type { Action, Context } from '../context.ts';
import { lookUp } from '../lookup.ts';
import { quietBlocks } from '../quiet.ts';
import { ruleOf } from '../stored-rule.ts';
import { findTarget, requireRuleRight } from '../target.ts';

/** Stands for every symbol. */
const LEADER = 'BTCUSDT';

/** `v1:test:<rule>:<target>`: an alert of this rule as it would be told now, marked as a test, by the way that alerts go. */
export const pressTest: Action = async (context, [id, reference]) => {
  if (id === undefined) return undefined;
  const { deps, t } = context;
  const target = await findTarget(context, reference, 'post');
  await requireRuleRight(context, target);
  const rule = await ruleOf(context, target, id);
  // It would be withheld as any other, and told of when that is over.
  const quiet = quietBlocks(target.chat, deps.clock.now(), t, context.f, [rule.kind]);
  if (quiet.length > 0) return { text: quiet, personal: true, toast: true };
  await deps.post.post(target.chat.uid, 'hi', [await testNotice(context, rule)]);
  return { text: [{ type: 'text', line: [`🧪 ${t.subscribe.tested}`] }], personal: true, toast: true };
};

/** The rule as if it fired at this moment, exactly at its threshold. */
async function testNotice(context: Context, rule: Rule): Promise<AlertNotice> {
  const { deps, symbols } = context;
  const symbol = rule.symbol === ALL_SYMBOLS ? LEADER : rule.symbol;
  const { brief } = await lookUp(context, symbol);
  const now = deps.clock.now();
  const time = brief?.time ?? now;
  const last = brief?.last ?? 0;
  const eventId = `${rule.id}:${symbol}.t${now.toString(36)}`;
  const fell = rule.direction === 'down';
  return {
    type: 'alert',
    eventId,
    rule: shownRule({ ...rule, ...(rule.symbol === ALL_SYMBOLS ? { all: true } : {}), symbol }),
    firing: {
      eventId,
      ruleId: rule.id,
      symbol,
      episode: 0,
      why: 'cross',
      time,
      value: fell && rule.kind !== 'price' ? -rule.threshold : rule.threshold,
      suppressed: 0,
    },
    source: symbols.source() ?? 'live',
    tickSize: symbols.tickSize(symbol),
    // In σ alone it would not say how far the price went.
    from: rule.unit === 'sigma' ? { price: last, time: time - WINDOW_MS[rule.window] } : undefined,
    to: { price: last, time },
    volumeRatio: undefined,
    late: false,
    decidedAt: now,
    test: true,
  };
}
