import type { Reply } from '../notice/text.ts';
import type { Chat } from '../store/chat-model.ts';
import type { ChatDeps, ChatLimits, ChatTimings } from './deps.ts';
import type { Formats } from './format.ts';
import type { Catalogue } from './locale/en.ts';
import type { Asker, CommandCall, CommandDefinition } from './model.ts';
import type { Previews } from './previews.ts';
import type { SymbolBook } from './resolve/symbol.ts';

/** What a command works with: who asks, in which chat, in which language. */
export interface Context {
  deps: ChatDeps;
  timings: ChatTimings;
  quotas: ChatLimits;
  symbols: SymbolBook;
  previews: Previews;
  asker: Asker;
  chat: Chat;
  t: Catalogue;
  f: Formats;
  /** The asker is one of `OPERATORS`, or sits at the console, which is its owner's own. */
  operator: boolean;
}

/** What a command answers; `language`: the words it is in, where these are no longer those that it was asked in. */
export interface Answer extends Reply {
  language?: Catalogue;
}

export interface Command {
  definition: CommandDefinition;
  run(context: Context, call: CommandCall): Promise<Answer>;
}

/** What a pressed button does with the arguments it carries; undefined: they are not understood (any more). */
export type Action = (context: Context, args: readonly string[]) => Promise<Answer | undefined>;
