import { unpackAction } from './actions.ts';
import type { Catalogue } from './locale/en.ts';
import type { CommandCall, Question } from './model.ts';
import { splitTail } from './target.ts';

/** What is asked for by the words that stand before it, and a right answer. */
const FORMS: Readonly<Record<string, { asks: keyof Catalogue['forms']; example: string }>> = {
  mute: { asks: 'span', example: '90m' },
  sleep: { asks: 'hours', example: '23:30-07:15' },
  report: { asks: 'time', example: '08:30' },
  cost: { asks: 'time', example: '09:30' },
  'settings tz': { asks: 'zone', example: 'Asia/Seoul' },
  'settings barks': { asks: 'barks', example: '20' },
  subscribe: { asks: 'rule', example: '0.8% 15m' },
};

/** A price is asked for where the symbol and the kind are clear. */
const LEVEL = { asks: 'level', example: '70000' } as const;

interface Form {
  /** The words of the command, its name first. */
  words: readonly string[];
  reference: string | undefined;
}

/** Reads `v1:form:<command>:<word>:…[:@<chat>]`; undefined for anything else. */
function formOf(action: string): Form | undefined {
  const unpacked = unpackAction(action);
  if (unpacked?.name !== 'form') return undefined;
  const { reference, rest } = splitTail(unpacked.args);
  return rest.length === 0 ? undefined : { words: rest, reference };
}

/** What a form button's form asks; undefined: no such form. */
export function questionOf(action: string, t: Catalogue): Question | undefined {
  const form = formOf(action);
  if (!form) return undefined;
  const { words } = form;
  const isLevel = words[0] === 'subscribe' && words.at(-1) === 'price';
  const known = isLevel ? LEVEL : (FORMS[words.join(' ')] ?? FORMS[words[0] ?? '']);
  return known && { title: t.forms.title, label: t.forms[known.asks], example: known.example };
}

/** The command that a filled form says. */
export function callOfForm(action: string, typed: string): CommandCall | undefined {
  const form = formOf(action);
  const [name, ...words] = form?.words ?? [];
  if (!form || name === undefined) return undefined;
  const said = typed.slice(0, 200).split(/\s+/u).filter(Boolean);
  const { reference } = form;
  return { name, words: [...words, ...said], options: reference === undefined ? {} : { channel: reference } };
}
