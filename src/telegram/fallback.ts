import { GrammyError } from 'grammy';
import { says } from './errors.ts';
import type { Rendered, renderButtons } from './render.ts';

export type Keyboard = ReturnType<typeof renderButtons>;

/** A text's part of a call. */
export interface Worded {
  text: string;
  parse_mode?: 'HTML';
  reply_markup?: NonNullable<Keyboard>;
}

/** What Telegram refuses because of its markup or buttons goes once more as bare words. */
export async function withPlainFallback<T>(
  { html, plain }: Rendered,
  keyboard: Keyboard,
  send: (body: Worded) => Promise<T>,
): Promise<T> {
  try {
    return await send({ text: html, parse_mode: 'HTML', ...(keyboard ? { reply_markup: keyboard } : {}) });
  } catch (error) {
    if (!isMarkupError(error)) throw error;
    return await send({ text: plain });
  }
}

function isMarkupError(error: unknown): boolean {
  return (
    error instanceof GrammyError &&
    (says(error, "can't parse entities") || says(error, 'button_data_invalid'))
  );
}
