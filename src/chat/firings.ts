import type { InstanceState, Rule } from '../alerts/rule.ts';
import type { Line } from '../notice/text.ts';
import type { Delivery } from '../store/deliveries.ts';
import type { Context } from './context.ts';
import { shortName } from './rule-words.ts';
import { shown } from './shown.ts';

const MOST = 5;
/** The ledger of deliveries remembers so long. */
const KEPT_MS = 48 * 3_600_000;

/** A rule's last firings, the newest first, and what became of each within the 48 h that deliveries are kept. */
export async function firingLines(context: Context, rule: Rule, state: InstanceState): Promise<Line[]> {
  const { deps, t, f } = context;
  const episodes = Array.from({ length: Math.min(MOST, state.episode) }, (_, i) => state.episode - i);
  const deliveries = await Promise.all(
    episodes.map(async (episode) => {
      const where = await deps.deliveries.ofEvent(`${rule.id}:${rule.symbol}.${episode}`);
      return where && (await deps.deliveries.get(where.batch));
    }),
  );
  return episodes.flatMap((episode, i): Line[] => {
    const delivery = deliveries[i];
    // Only of the newest firing the time is kept with the rule.
    const firedAt = episode === state.episode && state.lastFire > 0 ? state.lastFire : undefined;
    if (firedAt === undefined && !delivery) return [];
    const when: Line =
      firedAt === undefined
        ? []
        : [`${t.alerts.firedAt} `, { time: firedAt, text: f.dateTime(firedAt) }, ' · '];
    const isOld = firedAt !== undefined && deps.clock.now() - firedAt > KEPT_MS;
    return [[`${f.count(episode)}: `, ...when, ...deliveryWords(delivery, isOld, context)]];
  });
}

/** The last firings of a rule on all symbols, the newest first, each with its symbol. */
export async function firingLinesOnAll(context: Context, rule: Rule): Promise<Line[]> {
  const { deps, t, f } = context;
  const overview = await deps.market.overview();
  const symbols = overview?.rows.map(({ symbol }) => symbol) ?? [];
  const firings = await deps.rules.firings(rule.id, symbols, MOST);
  return await Promise.all(
    firings.map(async ({ symbol, time, episode }): Promise<Line> => {
      const where = await deps.deliveries.ofEvent(`${rule.id}:${symbol}.${episode}`);
      const delivery = where && (await deps.deliveries.get(where.batch));
      const isOld = deps.clock.now() - time > KEPT_MS;
      return [
        { b: shortName(symbol) },
        ` ${t.alerts.firedAt} `,
        { time, text: f.dateTime(time) },
        ' · ',
        ...deliveryWords(delivery, isOld, context),
      ];
    }),
  );
}

function deliveryWords(delivery: Delivery | undefined, isOld: boolean, { t, f }: Context): Line {
  if (!delivery) return [isOld ? t.why.delivery.old : t.why.delivery.waiting];
  const at = { time: delivery.at, text: f.dateTime(delivery.at) };
  const reason = shown(delivery.reason ?? '');
  switch (delivery.state) {
    case 'sent':
      return [`${t.why.delivery.sent} `, at];
    case 'withheld':
      return [delivery.reason === 'removed' ? t.why.delivery.removed : t.why.delivery.withheld];
    case 'sending':
      return [t.why.delivery.sending];
    case 'rejected':
      return [t.why.delivery.rejected(reason)];
    case 'unknown':
      return [t.why.delivery.unknown(reason)];
  }
}
