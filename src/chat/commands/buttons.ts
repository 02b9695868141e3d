import type { RuleKind } from '../../alerts/rule.ts';
import type { Button } from '../../notice/text.ts';
import { packAction } from '../actions.ts';
import type { Context } from '../context.ts';
import type { SymbolBook } from '../resolve/symbol.ts';
import { shortName } from '../rule-words.ts';
import { type Target, tail } from '../target.ts';

const PER_ROW = 3;

/** Lays buttons in rows, of three unless told otherwise. */
export function rowsOf(buttons: readonly Button[], perRow = PER_ROW): Button[][] {
  const rows: Button[][] = [];
  for (let i = 0; i < buttons.length; i += perRow) rows.push(buttons.slice(i, i + perRow));
  return rows;
}

/** A kind's name as a label begins: with a capital where the script has any. */
export function kindLabel({ t }: Pick<Context, 't'>, kind: RuleKind): string {
  const name = t.kinds[kind];
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** A choice of symbols in use, each button continuing the action with the symbol as its argument. */
export function symbolButtons(symbols: SymbolBook, action: string): Button[][] {
  return rowsOf(
    symbols.favourites(6).map((symbol) => ({ label: shortName(symbol), action: packAction(action, symbol) })),
  );
}

/** Back to the settings that a screen belongs to. */
export function settingsButton({ t }: Context, target: Target): Button {
  return { label: `‹ ${t.settings.open}`, action: packAction('set', ...tail(target)) };
}

/** Asks for a value that is on no button, where the platform has forms: `words` are what is said before it. */
export function formButton({ t }: Context, words: string, target: Target): Button {
  return {
    label: t.settings.type,
    action: packAction('form', ...words.split(' '), ...tail(target)),
    via: 'form',
  };
}

/** Back to the first screen; from what is done for another chat, to all that can be done for it. */
export function homeButton({ t }: Context, { elsewhere, reference }: Target): Button {
  const action = elsewhere ? packAction('there', reference) : packAction('start');
  return { label: `‹ ${t.settings.back}`, action };
}
