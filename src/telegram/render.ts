import type { InlineKeyboardButton, InlineKeyboardMarkup } from 'grammy/types';
import { isOpenToLinks } from '../chat/links.ts';
import type { Button, Text } from '../notice/text.ts';
import type { ChatType } from '../store/chat-model.ts';
import { clean, cutOff, layOut, type Piece, type Row, split } from './layout.ts';
import { linkTo } from './links.ts';

/** Telegram's own limits (Bot API): text in UTF-16 units after the markup is read, callback data in bytes. */
const LIMITS = {
  text: 4096,
  caption: 1024,
  messages: 5,
  label: 64,
  callbackData: 64,
  rows: 20,
  buttonsPerRow: 8,
} as const;

/** The words of one message, with markup and without. */
export interface Rendered {
  html: string;
  plain: string;
}

/** A text as one message or, when it is long, several (at most five; what is beyond is cut off). */
export function renderMessages(text: Text): Rendered[] {
  const messages = split(layOut(text), LIMITS.text);
  return messages.slice(0, LIMITS.messages).map(toRendered);
}

/** A text as exactly one message, cut off when it is too long. */
export function renderMessage(text: Text): Rendered {
  return toRendered(cutOff(layOut(text), LIMITS.text));
}

/** A text as the words under a picture; undefined when there are too many for that. */
export function renderCaption(text: Text): Rendered | undefined {
  const rendered = toRendered(cutOff(layOut(text), LIMITS.text));
  return rendered.plain.length <= LIMITS.caption ? rendered : undefined;
}

/** A text as the words under a picture that is there already, cut off when there are too many. */
export function cutCaption(text: Text): Rendered {
  return toRendered(cutOff(layOut(text), LIMITS.caption));
}

/**
 * The keyboard under a message; undefined when there is none to show. A button without words or whose action is too
 * long is left out. Under a channel's posts, where everyone who reads could press them, there are only links into the
 * private chat with the bot (`botName`, without @; unknown: no links).
 */
export function renderButtons(
  buttons: readonly (readonly Button[])[] | undefined,
  chatType: ChatType,
  botName?: string,
): InlineKeyboardMarkup | undefined {
  if (!buttons) return undefined;
  const rows = buttons
    .map((row) =>
      row.flatMap((button) => renderButton(button, chatType, botName)).slice(0, LIMITS.buttonsPerRow),
    )
    .filter((row) => row.length > 0)
    .slice(0, LIMITS.rows);
  return rows.length > 0 ? { inline_keyboard: rows } : undefined;
}

function renderButton(
  button: Button,
  chatType: ChatType,
  botName: string | undefined,
): InlineKeyboardButton[] {
  const { label, action, style, via } = button;
  const text = [...clean(label).trim()].slice(0, LIMITS.label).join('');
  // Telegram has no forms; whoever wants another value types the command.
  if (text === '' || action === '' || via === 'form') return [];
  if (via === 'private' || (chatType === 'channel' && isOpenToLinks(action))) {
    const url = botName === undefined ? undefined : linkTo(botName, action);
    return url === undefined ? [] : [{ text, url }];
  }
  if (chatType === 'channel' || Buffer.byteLength(action) > LIMITS.callbackData) return [];
  return [{ text, callback_data: action, ...(style === undefined ? {} : { style }) }];
}

function toRendered(rows: readonly Row[]): Rendered {
  return {
    html: rows.map((row) => row.map(toHtml).join('')).join('\n'),
    plain: rows.map((row) => row.map((piece) => unlink(piece.text)).join('')).join('\n'),
  };
}

/** A piece opens and closes its own tags, so that no cut can fall inside of one. */
function toHtml({ text, style, time }: Piece): string {
  const escaped = escapeHtml(style === 'code' ? text : unlink(text));
  // The words stay as they are; a tap shows the moment in the reader's own zone.
  const timed = time === undefined || time <= 0 ? escaped : `<tg-time unix="${time}">${escaped}</tg-time>`;
  return style === undefined ? timed : `<${style}>${timed}</${style}>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/**
 * Telegram makes links of everything that looks like an address and calls everyone it thinks is named. None of our
 * words is meant as either, and some of them are the model's: an invisible joiner keeps them words.
 */
function unlink(text: string): string {
  return text
    .replace(/@(?=[\p{L}\p{N}_])/gu, '@\u2060')
    .replace(/(?<=[\p{L}\p{N}_-])\.(?=\p{L})/gu, '.\u2060')
    .replaceAll('://', ':\u2060//');
}
