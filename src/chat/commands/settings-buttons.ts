import type { Button, Reply } from '../../notice/text.ts';
import { packAction } from '../actions.ts';
import { type About, tail } from '../target.ts';

/** A question with its choices, and the way back. */
export function screen(there: About, question: string, choices: Button[][], ...more: Button[]): Reply {
  return {
    text: [{ type: 'text', line: [question] }],
    buttons: [...choices, [...more, back(there)]],
    personal: true,
  };
}

/** The button that chooses a value; the one that holds now is marked. */
export function chosen(there: About, label: string, isChosen: boolean, ...args: readonly string[]): Button {
  return open(there, isChosen ? `✓ ${label}` : label, ...args);
}

/** Back to all settings. */
export function back(there: About): Button {
  return open(there, `‹ ${there.context.t.settings.back}`);
}

/** The button that opens a screen of the settings, or chooses there. */
export function open({ target }: About, label: string, ...args: readonly string[]): Button {
  return { label, action: packAction('set', ...args, ...tail(target)) };
}
