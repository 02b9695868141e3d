import { RULE_KINDS } from '../alerts/rule.ts';
import type { UserError } from '../kit/errors.ts';
import type { Line, Reply } from '../notice/text.ts';
import { addressed } from './examples.ts';
import type { Formats } from './format.ts';
import type { Catalogue } from './locale/en.ts';
import type { ErrorArgs } from './locale/error-args.ts';
import type { Asker } from './model.ts';
import { shown } from './shown.ts';

type ErrorCode = keyof Catalogue['error'];

/** One right example for each mistake that has one and does not bring its own; the same in every language. */
const EXAMPLES: Readonly<Partial<Record<ErrorCode, string>>> = {
  'symbol-unknown': '/price BTC',
  'symbol-second': '/price BTC',
  'symbol-closed': '/price BTC',
  'interval-unknown': '/chart BTC 15m',
  'channel-unknown': '/alerts @mychannel',
  'rule-unknown': '/unsubscribe #a1b2c3',
  'period-unknown': '/cost 7d',
  'time-invalid': '/cost 09:00',
  'language-unknown': '/settings language ko',
  'zone-unknown': '/settings tz Asia/Seoul',
  'setting-unknown': '/settings tz Asia/Seoul',
};

/** The same of the very command that was given, where several commands take the word. */
const EXAMPLES_OF_COMMAND: Readonly<Partial<Record<ErrorCode, string>>> = {
  'symbol-unknown': 'BTC',
  'symbol-second': 'BTC',
  'symbol-closed': 'BTC',
  'rule-unknown': '#a1b2c3',
};

/**
 * A person's mistake in his language: the wrong word by name, and one right example, of the command that he gave
 * (undefined: he pressed a button). Only he needs to see it.
 */
export function errorReply(
  error: UserError,
  command: string | undefined,
  asker: Pick<Asker, 'addressee'>,
  t: Catalogue,
  f: Formats,
): Reply {
  const code = isErrorCode(error.code, t) ? error.code : 'word';
  const args: ErrorArgs = Object.fromEntries(
    Object.entries(error.args).map(([name, value]) => [name, argWords(name, value, t, f)]),
  );
  // Errors of the grammar bring an example that fits the very mistake.
  const example = typeof error.args.example === 'string' ? error.args.example : exampleOf(code, command);
  const lines: Line[] = [[t.error[code](args)]];
  if (example !== undefined) lines.push([`${t.example}: `, { code: addressed(example, asker) }]);
  const { open } = error.args;
  return {
    text: lines.map((line) => ({ type: 'text', line })),
    personal: true,
    // What may not be done here may be done in private.
    ...(typeof open === 'string' && open !== ''
      ? { buttons: [[{ label: t.open.inPrivate, action: open, via: 'private' }]] }
      : {}),
  };
}

function exampleOf(code: ErrorCode, command: string | undefined): string | undefined {
  const words = EXAMPLES_OF_COMMAND[code];
  return command === undefined || words === undefined ? EXAMPLES[code] : `/${command} ${words}`;
}

function argWords(name: string, value: string | number, t: Catalogue, f: Formats): string {
  if (name === 'kind') return RULE_KINDS.map((kind) => (kind === value ? t.kinds[kind] : '')).join('');
  return typeof value === 'string' ? shown(value) : f.number(value, 9);
}

function isErrorCode(code: string, t: Catalogue): code is ErrorCode {
  return Object.hasOwn(t.error, code);
}
