import { normalise, parseSpan } from '../../alerts/words.ts';
import { formatDuration } from '../../kit/duration.ts';
import { UserError } from '../../kit/errors.ts';
import { nextLocalTime } from '../../kit/local-time.ts';
import type { Button, Reply } from '../../notice/text.ts';
import { isMuted } from '../../store/quiet.ts';
import { packAction } from '../actions.ts';
import type { Action, Command, Context } from '../context.ts';
import { define } from '../definition.ts';
import { quietBlocks } from '../quiet.ts';
import { meaningOf } from '../resolve/words.ts';
import { type About, about, requireAdmin, splitReference, splitTail, tail, whereBlocks } from '../target.ts';
import { formButton, settingsButton } from './buttons.ts';

const HOUR_MS = 3_600_000;
const MAX_MS = 30 * 24 * HOUR_MS;
const MIN_MS = 60_000;
/** Local time at which a mute until morning ends. */
const MORNING = '08:00';
const OFFERED = ['1h', '4h', '8h'] as const;

/** `/mute <duration>|off [@channel]`: no alerts in a chat for a while; what is withheld is told in one message at the end. */
export const mute: Command = {
  definition: define('mute', [{ name: 'duration' }, { name: 'channel' }], true),
  async run(context, call) {
    const { reference, rest } = splitReference(call.words);
    const there = await about(context, call.options.channel ?? reference);
    // `1 h` and `1 시간` come as two words.
    const word = call.options.duration ?? rest.join('');
    return word === '' ? screen(there) : await answer(there, word);
  },
};

/** `v1:mute[:<duration>|morning|off[:r]][:@<chat>]`; `r`: in place of the message that carries the button. */
export const pressMute: Action = async (context, args) => {
  const { reference, rest } = splitTail(args);
  const [word, replace] = rest;
  const there = await about(context, reference);
  if (word === undefined) return { ...screen(there), replace: true };
  const reply = await answer(there, word);
  return replace === 'r' ? { ...reply, replace: true } : reply;
};

function screen({ context, target }: About): Reply {
  const { chat, deps, t, f } = context;
  const quiet = quietBlocks(chat, deps.clock.now(), t, f);
  const button = (label: string, word: string): Button => ({
    label,
    action: packAction('mute', word, 'r', ...tail(target)),
  });
  return {
    text: [...whereBlocks(context, target), ...quiet, { type: 'text', line: [t.mute.choose] }],
    buttons: [
      OFFERED.map((word) => button(f.duration(parseSpan(word) ?? HOUR_MS), word)),
      [
        button(t.mute.untilMorning, 'morning'),
        ...(quiet.length > 0 ? [button(t.mute.unmute, 'off')] : []),
        formButton(context, 'mute', target),
      ],
      [settingsButton(context, target)],
    ],
  };
}

async function answer({ context, target }: About, word: string): Promise<Reply> {
  const { chat, deps, t, f } = context;
  await requireAdmin(context, target);
  const now = deps.clock.now();
  const until = endOfMute(context, word, now);
  if (until === undefined) {
    if (isMuted(chat, now)) {
      // Its end is now: the clerk tells what was withheld, as at every end.
      await deps.changeChat(chat.uid, { mutedUntil: now });
    }
    return { text: [{ type: 'text', line: [`🔔 ${t.mute.on}`] }, ...whereBlocks(context, target)] };
  }
  await deps.changeChat(chat.uid, { mutedUntil: until });
  return {
    text: [
      { type: 'text', line: [`🔕 ${t.mute.until(f.dateTime(until))}`] },
      { type: 'small', line: [t.mute.digest] },
      ...whereBlocks(context, target),
    ],
    buttons: [[{ label: `🔔 ${t.mute.unmute}`, action: packAction('mute', 'off', 'r', ...tail(target)) }]],
  };
}

/** When the mute that a word asks for ends, Unix ms; undefined: now. Throws UserError for anything else. */
function endOfMute({ chat }: Context, word: string, now: number): number | undefined {
  const meaning = meaningOf(word);
  if (meaning === 'off') return undefined;
  if (meaning === 'morning') return nextLocalTime(now, MORNING, chat.timezone);
  const ms = parseSpan(normalise(word));
  if (ms === undefined) throw new UserError('duration', { word, example: '/mute 1h' });
  if (ms < MIN_MS || ms > MAX_MS) {
    throw new UserError('duration-bounds', {
      word,
      min: formatDuration(MIN_MS),
      max: formatDuration(MAX_MS),
      example: '/mute 1h',
    });
  }
  return now + ms;
}
