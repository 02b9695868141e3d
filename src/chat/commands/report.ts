import { UserError } from '../../kit/errors.ts';
import type { Button, Reply } from '../../notice/text.ts';
import { packAction } from '../actions.ts';
import type { Action, Command, Context } from '../context.ts';
import { define } from '../definition.ts';
import { reportBlocks } from '../report-blocks.ts';
import { parseTimeOfDay } from '../resolve/time.ts';
import { meaningOf } from '../resolve/words.ts';
import { requireAdmin } from '../target.ts';

const OFFERED = ['08:00', '09:00', '21:00'] as const;

/** `/report [now|HH:MM|off]`: the market report at once, or every day at a local time. */
export const report: Command = {
  definition: define('report', [{ name: 'period', choices: ['now', 'off'] }, { name: 'time' }]),
  async run(context, call) {
    if (call.options.time !== undefined) return await daily(context, call.options.time);
    const word = call.options.period ?? call.words[0] ?? 'now';
    const meaning = meaningOf(word);
    if (meaning === 'now') return await now(context);
    return meaning === 'off' ? await schedule(context, undefined) : await daily(context, word);
  },
};

/** `v1:report[:now|off|at:<HH>:<MM>]` */
export const pressReport: Action = async (context, [word, hour, minute]) => {
  switch (word) {
    case undefined:
    case 'now':
      return await now(context);
    case 'off':
      return { ...(await schedule(context, undefined)), replace: true };
    case 'at':
      return await daily(context, `${hour}:${minute}`);
    default:
      return undefined;
  }
};

async function now(context: Context): Promise<Reply> {
  const { deps, chat, symbols, t, f } = context;
  const notice = await deps.report(chat);
  // It was asked for just now, whenever the daily one comes.
  const text = reportBlocks({ ...notice, late: false }, symbols.tickSize, t, f);
  return {
    text: [
      ...text,
      ...(chat.reportAt === undefined
        ? []
        : [{ type: 'small', line: [t.report.scheduled(chat.reportAt, chat.timezone)] } as const]),
    ],
    buttons: [
      chat.reportAt === undefined ? OFFERED.map((time) => dailyButton(context, time)) : [end(context)],
    ],
  };
}

async function daily(context: Context, word: string): Promise<Reply> {
  const time = parseTimeOfDay(word);
  if (time === undefined) throw new UserError('time-invalid', { word, example: '/report 08:00' });
  return await schedule(context, time);
}

async function schedule(context: Context, time: string | undefined): Promise<Reply> {
  const { deps, chat, t } = context;
  await requireAdmin(context, { chat, elsewhere: false, reference: '' });
  await deps.changeChat(chat.uid, { reportAt: time });
  if (time === undefined) return { text: [{ type: 'text', line: [`✅ ${t.report.unscheduled}`] }] };
  return {
    text: [{ type: 'text', line: [`✅ ${t.report.scheduled(time, chat.timezone)}`] }],
    buttons: [[{ label: t.report.now, action: packAction('report', 'now') }, end(context)]],
  };
}

function dailyButton({ t }: Context, time: string): Button {
  return { label: t.report.daily(time), action: packAction('report', 'at', ...time.split(':')) };
}

function end({ t }: Context): Button {
  return { label: t.report.end, action: packAction('report', 'off') };
}
