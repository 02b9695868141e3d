import { UserError } from '../../kit/errors.ts';
import type { Button, Reply } from '../../notice/text.ts';
import { packAction } from '../actions.ts';
import type { Action, Command, Context } from '../context.ts';
import { define } from '../definition.ts';
import { typeIt } from '../examples.ts';
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
import { formButton, settingsButton } from './buttons.ts';

const OFFERED = ['22:00-07:00', '23:00-07:00', '00:00-08:00'] as const;

/** `/sleep HH:MM-HH:MM|off [@channel]`: in these hours only extremes are told, and the rest in one message when they end. */
export const sleep: Command = {
  definition: define('sleep', [{ name: 'time', words: 'sleepTime' }, { name: 'channel' }], true),
  async run(context, call) {
    const { reference, rest } = splitReference(call.words);
    const there = await about(context, call.options.channel ?? reference);
    const word = call.options.time ?? rest.filter((each) => !/^[-–—~]$/.test(each)).join('-');
    return word === '' ? screen(there) : await answer(there, word);
  },
};

/** `v1:sleep[:<HHMM-HHMM>|off][:@<chat>]` */
export const pressSleep: Action = async (context, args) => {
  const { reference, rest } = splitTail(args);
  const [word] = rest;
  const there = await about(context, reference);
  return { ...(word === undefined ? screen(there) : await answer(there, word)), replace: true };
};

function screen({ context, target }: About): Reply {
  const { chat, t } = context;
  return {
    text: [
      ...whereBlocks(context, target),
      {
        type: 'text',
        line: [chat.sleep === undefined ? t.sleep.none : t.sleep.set(...zoned(chat.sleep, chat.timezone))],
      },
      { type: 'small', line: [t.sleep.extremes] },
      typeIt(context, '/sleep 23:30-07:15'),
    ],
    buttons: [
      OFFERED.map(
        (hours): Button => ({
          label: hours,
          action: packAction('sleep', hours.replaceAll(':', ''), ...tail(target)),
        }),
      ),
      [...(chat.sleep === undefined ? [] : [offButton(t, target)]), formButton(context, 'sleep', target)],
      [settingsButton(context, target)],
    ],
  };
}

async function answer({ context, target }: About, word: string): Promise<Reply> {
  const { deps, chat, t } = context;
  const hours = meaningOf(word) === 'off' ? undefined : parseHours(word);
  await requireAdmin(context, target);
  await deps.changeChat(chat.uid, { sleep: hours });
  if (hours === undefined) {
    return { text: [{ type: 'text', line: [`✅ ${t.sleep.ended}`] }, ...whereBlocks(context, target)] };
  }
  return {
    text: [
      { type: 'text', line: [`😴 ${t.sleep.set(...zoned(hours, chat.timezone))}`] },
      { type: 'small', line: [t.sleep.extremes] },
      ...whereBlocks(context, target),
    ],
    buttons: [[offButton(t, target), settingsButton(context, target)]],
  };
}

/** Reads `23:00-07:00`, `23:00~7:00`, `23-7`, `11pm-7am` and, from a button, `2300-0700`. Throws UserError for anything else. */
function parseHours(word: string): string {
  const [from, to, ...more] = word
    .normalize('NFKC')
    .split(/[-–—~〜]/)
    .map(timeOf);
  if (from === undefined || to === undefined || more.length > 0 || from === to) {
    throw new UserError('hours-invalid', { word, example: '/sleep 23:00-07:00' });
  }
  return `${from}-${to}`;
}

function timeOf(text: string): string | undefined {
  const short = /^(\d{1,2})(\d{2})?$/.exec(text.trim());
  return parseTimeOfDay(short ? `${short[1]}:${short[2] ?? '00'}` : text);
}

function zoned(hours: string, timezone: string): [from: string, to: string, zone: string] {
  const [from = '', to = ''] = hours.split('-');
  return [from, to, timezone];
}

function offButton(t: Context['t'], target: Target): Button {
  return { label: t.sleep.end, action: packAction('sleep', 'off', ...tail(target)) };
}
