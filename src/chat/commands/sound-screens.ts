import { RULE_KINDS } from '../../alerts/rule.ts';
import { kindWords } from '../../alerts/words.ts';
import type { Button, Reply } from '../../notice/text.ts';
import { SOUNDS } from '../../store/chat-model.ts';
import { exceptions, OWN_SOUNDS, type SoundKind, soundOf } from '../../store/sounds.ts';
import type { Context } from '../context.ts';
import type { About } from '../target.ts';
import { kindLabel, rowsOf } from './buttons.ts';
import { back, chosen, open, screen } from './settings-buttons.ts';

/** Kinds of messages that the first screen of sounds turns; the kinds of alerts have one of their own. */
const WHOLES = ['alerts', 'reports', 'digests', 'letters'] as const;
/** Names the screen of all kinds of alerts. */
const BY_KIND = 'kinds';

export const SOUND_KINDS: readonly SoundKind[] = ['alerts', 'reports', ...OWN_SOUNDS];

/** The kind of messages that a word names, in any language: `펀비` is funding. */
export function soundKindFor(word: string): SoundKind | undefined {
  return SOUND_KINDS.find((kind) => kind === word) ?? kindWords.get(word)?.kind;
}

/** How messages come: of all kinds, of each kind of alert (`kinds`), or the choice for one of these. */
export function soundScreen(there: About, about?: string): Reply {
  const kind = RULE_KINDS.find((each) => each === about);
  if (kind !== undefined) return kindScreen(there, kind);
  return about === BY_KIND ? kindsScreen(there) : wholesScreen(there);
}

/** The screen on which a kind stands among others. */
export function soundsAround(there: About, kind: SoundKind): Reply {
  return soundScreen(there, RULE_KINDS.some((each) => each === kind) ? BY_KIND : undefined);
}

/** How messages come, as facts: what differs from its whole is named. */
export function soundRows({ chat, t }: Context): (readonly [label: string, value: string])[] {
  const { kinds, sounds } = t.settings;
  return WHOLES.map((whole) => {
    const others = whole === 'alerts' ? exceptions(chat) : [];
    const parts = others.map((kind) => `${t.kinds[kind]}: ${sounds[soundOf(chat, kind)]}`);
    return [kinds[whole], [sounds[soundOf(chat, whole)], ...parts].join(' · ')];
  });
}

function wholesScreen(there: About): Reply {
  const { context } = there;
  const s = context.t.settings;
  const choices = [...WHOLES.map((whole) => soundButtons(there, whole, s.kinds[whole])), [byKind(there)]];
  const { text, ...rest } = screen(there, s.chooseSound, choices);
  return { ...rest, text: [...text, { type: 'facts', rows: soundRows(context) }] };
}

function kindsScreen(there: About): Reply {
  const { chat, t } = there.context;
  const kinds = RULE_KINDS.map((kind) =>
    open(
      there,
      `${kindLabel(there.context, kind)}: ${t.settings.sounds[soundOf(chat, kind)]}`,
      'sound',
      kind,
    ),
  );
  return {
    ...screen(there, t.settings.chooseSoundOfKind, []),
    buttons: [...rowsOf(kinds, 2), [open(there, `‹ ${t.settings.back}`, 'sound')]],
  };
}

function kindScreen(there: About, kind: (typeof RULE_KINDS)[number]): Reply {
  const { t } = there.context;
  return {
    ...screen(there, t.settings.chooseSound, []),
    buttons: [soundButtons(there, kind, kindLabel(there.context, kind)), [byKind(there), back(there)]],
  };
}

function byKind(there: About): Button {
  return open(there, `${there.context.t.settings.byKind} …`, 'sound', BY_KIND);
}

function soundButtons(there: About, kind: SoundKind, name: string): Button[] {
  const { chat, t } = there.context;
  const now = soundOf(chat, kind);
  return SOUNDS.map((sound) =>
    chosen(there, `${name}: ${t.settings.sounds[sound]}`, sound === now, 'sound', kind, sound),
  );
}
