import type { LetterNotice, LetterRow } from '../notice/notice.ts';
import type { Block, Button, Line } from '../notice/text.ts';
import { packAction } from './actions.ts';
import type { Formats } from './format.ts';
import type { Catalogue } from './locale/en.ts';
import { proposalWords } from './preview-words.ts';
import { conditionWords, nameWords, ruleTag } from './rule-words.ts';

type Rule = LetterRow['rule'];

/** The letter on Sundays in words: useful rules, noisy ones, the rest, and those that were silent. */
export function letterBlocks(
  notice: LetterNotice,
  tickSize: (symbol: string) => number,
  t: Catalogue,
  f: Formats,
): Block[] {
  const words = t.letter;
  const ruleParts = (rule: Rule): Line => [
    { code: ruleTag(rule.id) },
    ' ',
    { b: nameWords(rule, t) },
    ` ${conditionWords(rule, tickSize(rule.symbol), t, f)}`,
  ];
  const section = (title: string, items: readonly Line[]): Block[] =>
    items.length === 0
      ? []
      : [
          { type: 'text', line: [{ b: title }] },
          { type: 'list', items },
        ];
  const rows = (of: readonly LetterRow[]) =>
    of.map((row): Line => [...ruleParts(row.rule), ` · ${rowWords(row, t, f)}`]);
  return [
    { type: 'title', line: [`🗞 ${words.title(f.day(notice.from), f.day(notice.to))}`] },
    { type: 'text', line: [words.barks(notice.barks)] },
    ...section(`⭐ ${words.useful}`, rows(notice.useful)),
    ...section(`📢 ${words.noisy}`, rows(notice.noisy)),
    ...section(words.others, rows(notice.others)),
    ...section(`💤 ${words.silent}`, notice.silent.map(ruleParts)),
    ...(notice.unnamed > 0 ? [{ type: 'small', line: [words.unnamed(notice.unnamed)] } as const] : []),
    { type: 'small', line: [words.end] },
  ];
}

/** For each noisy rule: take the higher threshold, where candles tell of one, and remove it. */
export function letterButtons({ noisy }: LetterNotice, t: Catalogue, f: Formats): Button[][] {
  return noisy.map(({ rule, quieter }): Button[] => {
    const name = `${nameWords(rule, t)} ${ruleTag(rule.id)}`;
    return [
      ...(quieter
        ? [
            {
              label: `${name} → ${f.percent(quieter.threshold)}`,
              action: packAction('on', rule.id, 'to', String(quieter.threshold)),
            },
          ]
        : []),
      { label: `✕ ${quieter ? ruleTag(rule.id) : name}`, action: packAction('on', rule.id, 'rm') },
    ];
  });
}

function rowWords({ barks, withheld, acted, quieter }: LetterRow, t: Catalogue, f: Formats): string {
  return [
    t.letter.row(f.count(barks)),
    ...(withheld > 0 ? [t.letter.withheld(f.count(withheld))] : []),
    ...(acted > 0 ? [t.letter.acted(f.count(acted))] : []),
    ...(quieter ? [t.letter.quieter(proposalWords(quieter, t, f))] : []),
  ].join(' · ');
}
