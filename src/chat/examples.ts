import type { Block } from '../notice/text.ts';
import type { Context } from './context.ts';
import type { Asker } from './model.ts';

/** An example of a command as it is typed here: in a group of Telegram only what names the bot surely reaches it. */
export function addressed(example: string, { addressee = '' }: Pick<Asker, 'addressee'>): string {
  return example.replace(/^\/\w+/, (name) => name + addressee);
}

/** Under a choice by buttons: how to type what they do not offer. */
export function typeIt({ t, asker }: Context, example: string): Block {
  return { type: 'small', line: [t.choose.typeIt(addressed(example, asker))] };
}
