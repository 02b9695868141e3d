import type { Chat } from '../../store/chat-model.ts';
import type { ChatChange } from '../../store/chats.ts';

/** A setting that is on or off. */
interface Switch {
  isOn(chat: Chat): boolean;
  change(isOn: boolean): ChatChange;
}

export type SwitchName = 'notes' | 'normal' | 'letter' | 'publish';

/** Settings that one button turns, by the word for each. */
export const SWITCHES: Readonly<Record<SwitchName, Switch>> = {
  notes: { isOn: (chat) => !(chat.noNotes ?? false), change: (isOn) => ({ noNotes: !isOn }) },
  normal: { isOn: (chat) => chat.tellNormal ?? false, change: (isOn) => ({ tellNormal: isOn }) },
  letter: { isOn: (chat) => !(chat.noLetter ?? false), change: (isOn) => ({ noLetter: !isOn }) },
  publish: { isOn: (chat) => chat.publish ?? false, change: (isOn) => ({ publish: isOn }) },
};

export const SWITCH_NAMES = ['notes', 'normal', 'letter', 'publish'] as const satisfies readonly SwitchName[];

/** Does this kind of chat have the setting? Followers and roles are Discord's; who may change rules is asked of groups only. */
export function exists({ type, address }: Chat, name: SwitchName | 'who' | 'role'): boolean {
  const isDiscord = address.platform === 'discord';
  switch (name) {
    case 'publish':
      return isDiscord && type === 'channel';
    case 'role':
      return isDiscord && type !== 'private';
    case 'who':
      return type === 'group';
    default:
      return true;
  }
}

/** On or off, by a word's meaning. */
export function parseSwitch(meaning: string): boolean | undefined {
  return meaning === 'on' ? true : meaning === 'off' ? false : undefined;
}
