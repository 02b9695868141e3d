import { RULE_KINDS, type RuleKind } from '../alerts/rule.ts';
import type { Notice } from '../notice/notice.ts';
import type { Chat, Sound } from './chat-model.ts';
import type { ChatChange } from './chats.ts';

/** Kinds of reports that may sound in their own way: what was withheld, and the letter on Sundays. */
const REPORT_KINDS = ['digests', 'letters'] as const;

/** All kinds of messages that may sound in their own way; without one they follow alerts or reports as a whole. */
export const OWN_SOUNDS = [...RULE_KINDS, ...REPORT_KINDS] as const;
export type OwnSound = RuleKind | (typeof REPORT_KINDS)[number];

/** What a person turns: alerts and reports as a whole, or one kind of them. */
export type SoundKind = 'alerts' | 'reports' | OwnSound;

type Sounding = Pick<Chat, 'alertSound' | 'reportSound' | 'sounds' | 'noLetter'>;

/** How messages of a kind come to this chat. */
export function soundOf(chat: Sounding, kind: SoundKind): Sound {
  if (kind === 'alerts') return chat.alertSound ?? 'on';
  if (kind === 'reports') return chat.reportSound ?? 'silent';
  if (kind === 'letters' && chat.noLetter) return 'off';
  return chat.sounds?.[kind] ?? soundOf(chat, isReport(kind) ? 'reports' : 'alerts');
}

/** The kinds of alerts that sound otherwise than alerts as a whole. */
export function exceptions(chat: Sounding): RuleKind[] {
  return RULE_KINDS.filter((kind) => soundOf(chat, kind) !== soundOf(chat, 'alerts'));
}

/** The change that makes a kind sound so; what is said of alerts or reports as a whole holds for each kind of them. */
export function withSound(chat: Sounding, kind: SoundKind, sound: Sound): ChatChange {
  switch (kind) {
    case 'alerts':
      return { alertSound: sound, sounds: only(chat.sounds, isReport) };
    case 'reports':
      return { reportSound: sound, sounds: only(chat.sounds, (each) => !isReport(each)) };
    case 'letters':
      return { noLetter: sound === 'off', sounds: { ...chat.sounds, [kind]: sound } };
    default:
      return { sounds: { ...chat.sounds, [kind]: sound } };
  }
}

/** The kind of message that a notice is; undefined: it is about the bot itself, and cannot be turned. */
export function soundKindOf(notice: Notice): SoundKind | undefined {
  switch (notice.type) {
    case 'alert':
      return notice.rule.kind;
    case 'digest':
      return 'alerts';
    case 'cost':
    case 'report':
      return 'reports';
    case 'withheld':
      return 'digests';
    case 'letter':
      return 'letters';
    default:
      return undefined;
  }
}

function isReport(kind: OwnSound): kind is (typeof REPORT_KINDS)[number] {
  return REPORT_KINDS.some((each) => each === kind);
}

/** The sounds of these kinds; undefined: of none. */
function only(sounds: Chat['sounds'], keep: (kind: OwnSound) => boolean): Chat['sounds'] {
  const kept = OWN_SOUNDS.flatMap((kind) => {
    const sound = sounds?.[kind];
    return sound !== undefined && keep(kind) ? [[kind, sound] as const] : [];
  });
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}
