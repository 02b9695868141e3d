import type { Block, Line, Reply } from '../../notice/text.ts';
import type { Command, Context } from '../context.ts';
import { define } from '../definition.ts';
import { addressed } from '../examples.ts';

/** `/help`: every command by intent, each with an example that works as it stands. */
export const help: Command = {
  definition: define('help'),
  async run(context) {
    return helpScreen(context);
  },
};

export function helpScreen({ t, chat, deps, asker }: Context): Reply {
  const h = t.help;
  const entry = (example: string, words: string): Line => [{ code: addressed(example, asker) }, ` ${words}`];
  const group = (title: string, items: Line[]): Block[] => [
    { type: 'text', line: [{ b: title }] },
    { type: 'list', items },
  ];
  return {
    text: [
      { type: 'title', line: [h.title] },
      ...group(h.ask, [
        entry('/price BTC', h.price),
        entry('/analyze ETH', h.analyze),
        entry('/chart BTC 15m', h.chart),
        entry('/movers', h.movers),
        entry('/report', h.report),
      ]),
      ...group(h.alerts, [
        entry('/subscribe BTC move 2% 5m', h.move),
        entry('/subscribe ETH volatility 1% 15m', h.volatility),
        entry('/subscribe BTC 70k', h.level),
        entry('/alerts', h.list),
        entry('/why', h.why),
        entry('/unsubscribe #a1b2c3', h.remove),
        entry('/mute 1h', h.mute),
        entry('/sleep 23:00-07:00', h.sleep),
      ]),
      ...group(h.about, [
        entry('/cost 7d', h.cost),
        entry('/cost 09:00', h.costAt),
        entry('/settings', h.settings),
        entry('/accuracy BTC', h.accuracy),
        entry('/status', h.status),
      ]),
      ...(deps.desk.off === undefined
        ? []
        : [{ type: 'small', line: [h.noAi(t.status.aiOff[deps.desk.off])] } as const]),
      { type: 'small', line: [h.kinds] },
      { type: 'small', line: [h.extras] },
      ...(chat.type === 'private' ? [] : [{ type: 'small', line: [h.admins] } as const]),
    ],
    personal: true,
  };
}
