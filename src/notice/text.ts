import type { Picture } from './picture.ts';

/**
 * What people read, as data without markup. Strings are plain: an adapter escapes every one of them, so neither
 * the model, the exchange nor a user can inject anything. Already in the reader's language.
 */
export type Inline =
  | string
  | { b: string }
  | { i: string }
  | { code: string }
  /** A moment, shown in the reader's own zone where the platform can; `text` is the fallback. */
  | { time: number; text: string }
  /** One of a Discord server's roles, by its id: shown by its name, without calling it. */
  | { role: string };

export type Line = readonly Inline[];

export type Block =
  | { type: 'title'; line: Line }
  | { type: 'text'; line: Line }
  /** Label and value pairs, aligned where the platform can. */
  | { type: 'facts'; rows: readonly (readonly [label: string, value: string])[] }
  | { type: 'list'; items: readonly Line[] }
  /** Small print: disclaimer, tokens and cost, rule id and time. */
  | { type: 'small'; line: Line };

export type Text = readonly Block[];

/** A button. `action` is `v1:<name>:<args>`, at most 64 bytes, understood by the chat room. */
export interface Button {
  label: string;
  action: string;
  style?: 'primary' | 'danger';
  /**
   * Shown only where the platform can lead there. `private`: the press goes on in the private chat with the presser.
   * `form`: it asks for a value in words, and `v1:form:<command>:<word>:…` with these words after it is then said.
   */
  via?: 'private' | 'form';
}

/** A choice that the platform itself offers; elsewhere it is not shown. */
export type Choice =
  /** One of the server's roles; its id takes the place of `*` in the action. */
  | { type: 'role'; action: string; label: string }
  /** One of the person's own channels or groups: the labels of the two lists. */
  | { type: 'chat'; channel: string; group: string };

/** What a command or a button answers. */
export interface Reply {
  text: Text;
  buttons?: readonly (readonly Button[])[];
  choice?: Choice;
  /** Shown with the text; as data, whose bytes the adapter asks of `Pictures`. The text never waits long for it. */
  picture?: Picture;
  /** Only the one who asked should see it, where the platform can (errors, settings). */
  personal?: boolean;
  /** A passing word to whoever pressed: where the platform cannot show one in passing, none is needed. */
  toast?: boolean;
  /** For a pressed button: put this in place of the message that carries it. */
  replace?: boolean;
}

/** The plain words of a text, for logs, notifications and platforms without markup. */
export function plainText(text: Text): string {
  return text
    .map((block) => {
      if (block.type === 'facts') return block.rows.map(([label, value]) => `${label}: ${value}`).join('\n');
      if (block.type === 'list') return block.items.map((item) => `• ${plainLine(item)}`).join('\n');
      return plainLine(block.line);
    })
    .join('\n');
}

/** The plain words of one line. */
export function plainLine(line: Line): string {
  return line
    .map((part) => {
      if (typeof part === 'string') return part;
      if ('b' in part) return part.b;
      if ('i' in part) return part.i;
      if ('code' in part) return part.code;
      return 'role' in part ? `@${part.role}` : part.text;
    })
    .join('');
}
