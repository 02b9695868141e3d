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
import { requireAdmin } from '../target.ts';

const HOUR_MS = 3_600_000;
const MAX_MS = 30 * 24 * HOUR_MS;
const MIN_MS = 60_000;
/** Local time at which a mute until morning ends. */
const MORNING = '08:00';
const OFFERED = ['1h', '4h', '8h'] as const;

/** `/mute <duration>|off`: no alerts in this chat for a while; what is withheld is told in one message at the end. */
export const mute: Command = {
  definition: define('mute', [{ name: 'duration' }], true),
  async run(context, call) {
    // `1 h` and `1 시간` come as two words.
    const word = call.options.duration ?? call.words.join('');
    if (word === '') return screen(context);
    return await answer(context, word);
  },
};

/** `v1:mute:<duration>|morning|off[:r]`; `r`: in place of the message that carries the button. */
export const pressMute: Action = async (context, [word, replace]) => {
  if (word === undefined) return { ...screen(context), replace: true };
  const reply = await answer(context, word);
  return replace === 'r' ? { ...reply, replace: true } : reply;
};

function screen(context: Context): Reply {
  const { chat, deps, t, f } = context;
  const quiet = quietBlocks(chat, deps.clock.now(), t, f);
  const button = (label: string, word: string): Button => ({ label, action: packAction('mute', word, 'r') });
  return {
    text: [...quiet, { type: 'text', line: [t.mute.choose] }],
    buttons: [
      OFFERED.map((word) => button(f.duration(parseSpan(word) ?? HOUR_MS), word)),
      [button(t.mute.untilMorning, 'morning'), ...(quiet.length > 0 ? [button(t.mute.unmute, 'off')] : [])],
    ],
  };
}

async function answer(context: Context, word: string): Promise<Reply> {
  const { chat, deps, t, f } = context;
  await requireAdmin(context, { chat, elsewhere: false, reference: '' });
  const now = deps.clock.now();
  const until = endOfMute(context, word, now);
  if (until === undefined) {
    if (isMuted(chat, now)) {
      // Its end is now: the clerk tells what was withheld, as at every end.
      await deps.changeChat(chat.uid, { mutedUntil: now });
    }
    return { text: [{ type: 'text', line: [`🔔 ${t.mute.on}`] }] };
  }
  await deps.changeChat(chat.uid, { mutedUntil: until });
  return {
    text: [
      { type: 'text', line: [`🔕 ${t.mute.until(f.dateTime(until))}`] },
      { type: 'small', line: [t.mute.digest] },
    ],
    buttons: [[{ label: `🔔 ${t.mute.unmute}`, action: packAction('mute', 'off', 'r') }]],
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
