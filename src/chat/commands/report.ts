import { UserError } from '../../kit/errors.ts';
import type { Button, Reply } from '../../notice/text.ts';
import { packAction } from '../actions.ts';
import type { Action, Command, Context } from '../context.ts';
import { define } from '../definition.ts';
import { reportBlocks } from '../report-blocks.ts';
import { parseTimeOfDay } from '../resolve/time.ts';
import { meaningOf } from '../resolve/words.ts';
import {
  type About,
  about,
  requireAdmin,
  splitReference,
  splitTail,
  type Target,
  tail,
  whereBlocks,
} from '../target.ts';
import { formButton } from './buttons.ts';

const OFFERED = ['08:00', '09:00', '21:00'] as const;

/** `/report [now|HH:MM|off] [@channel]`: the market report at once, or every day at a local time of the chat. */
export const report: Command = {
  definition: define('report', [
    { name: 'period', choices: ['now', 'off'] },
    { name: 'time' },
    { name: 'channel' },
  ]),
  async run(context, call) {
    const { reference, rest } = splitReference(call.words);
    const word = call.options.time ?? call.options.period ?? rest[0] ?? 'now';
    const meaning = meaningOf(word);
    const there = await about(
      context,
      call.options.channel ?? reference,
      meaning === 'now' ? 'read' : 'post',
    );
    if (meaning === 'now') return await now(there);
    return meaning === 'off' ? await schedule(there, undefined) : await daily(there, word);
  },
};

/** `v1:report[:now|off|at:<HH>:<MM>][:@<chat>]` */
export const pressReport: Action = async (context, args) => {
  const { reference, rest } = splitTail(args);
  const [word, hour, minute] = rest;
  switch (word) {
    case undefined:
    case 'now':
      return await now(await about(context, reference));
    case 'off':
      return { ...(await schedule(await about(context, reference), undefined)), replace: true };
    case 'at':
      return await daily(await about(context, reference, 'post'), `${hour}:${minute}`);
    default:
      return undefined;
  }
};

async function now({ context, target }: About): Promise<Reply> {
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
      ...whereBlocks(context, target),
    ],
    buttons: [
      chat.reportAt === undefined
        ? [...OFFERED.map((time) => dailyButton(t, time, target)), formButton(context, 'report', target)]
        : [end(t, target)],
    ],
  };
}

async function daily(there: About, word: string): Promise<Reply> {
  const time = parseTimeOfDay(word);
  if (time === undefined) throw new UserError('time-invalid', { word, example: '/report 08:00' });
  return await schedule(there, time);
}

async function schedule({ context, target }: About, time: string | undefined): Promise<Reply> {
  const { deps, chat, t } = context;
  await requireAdmin(context, target);
  await deps.changeChat(chat.uid, { reportAt: time });
  const where = whereBlocks(context, target);
  if (time === undefined) return { text: [{ type: 'text', line: [`✅ ${t.report.unscheduled}`] }, ...where] };
  const shownNow: Button = { label: t.report.now, action: packAction('report', 'now', ...tail(target)) };
  return {
    text: [{ type: 'text', line: [`✅ ${t.report.scheduled(time, chat.timezone)}`] }, ...where],
    buttons: [[shownNow, end(t, target)]],
  };
}

function dailyButton(t: Context['t'], time: string, target: Target): Button {
  return {
    label: t.report.daily(time),
    action: packAction('report', 'at', ...time.split(':'), ...tail(target)),
  };
}

function end(t: Context['t'], target: Target): Button {
  return { label: t.report.end, action: packAction('report', 'off', ...tail(target)) };
}
