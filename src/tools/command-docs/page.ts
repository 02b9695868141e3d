import type { CommandDefinition } from '../../chat/model.ts';
import { alsoCalled } from '../../chat/resolve/command-words.ts';
import { LOCALES, type Locale } from '../../store/chat-model.ts';

type Option = CommandDefinition['options'][number];

/** How `docs/COMMANDS.md` is made again. */
export const HOW = 'node src/tools/command-docs.ts';

/** The page about all commands: on each platform, and in each language, as the menus have them. Markdown. */
export function commandsPage(definitions: readonly CommandDefinition[]): string {
  return [
    '# Commands',
    `Made by \`${HOW}\` from the definitions that the platforms' menus are made of; a test holds it in line.`,
    '',
    'On Telegram and in the console arguments are words, in any order that is unambiguous; every one may be left out, then there is a',
    'sensible default or a choice by buttons. On Discord each is an option. 🔍 suggests while you type, 🔒 is for administrators in groups',
    'and channels (`/cost`, `/report` and `/settings` are so only where they change something), 🧳 may be brought along on Discord to where',
    'the bot is not (installed to your own account). Besides the names of the menus Telegram and the console understand those that stand before',
    'the description in each language (in a Telegram group only if the bot is an administrator: from others Telegram keeps such words).',
    '',
    ...table(
      ['command', 'Telegram', 'Discord', 'console', ...LOCALES],
      definitions.map((each) => [
        `\`/${each.name}\`${each.admin ? ' 🔒' : ''}${each.anywhere ? ' 🧳' : ''}`,
        code(typed(`/${each.name}`, each)),
        discord(each),
        code(typed(each.name, each)),
        ...LOCALES.map((locale) => calledIn(each, locale)),
      ]),
    ),
    '',
    '## Arguments',
    'As Discord describes them; where two commands mean different things by one name, both are here.',
    '',
    ...table(
      ['argument', 'of', ...LOCALES],
      argumentsOf(definitions).map(({ option, commands }) => [
        code(option.name),
        commands.map((name) => code(`/${name}`)).join(' '),
        ...LOCALES.map((locale) => option.description[locale]),
      ]),
    ),
    '',
  ].join('\n');
}

/** How the menus describe it in a language, after what it is also called there. */
function calledIn({ name, description }: CommandDefinition, locale: Locale): string {
  const names = alsoCalled(name, locale).map((word) => code(`/${word}`));
  return [...(names.length > 0 ? [names.join(' ')] : []), description[locale]].join(' · ');
}

function typed(name: string, { options }: CommandDefinition): string {
  return [name, ...options.map((option) => `<${option.choices?.join('|') ?? option.name}>`)].join(' ');
}

function discord({ options }: CommandDefinition): string {
  if (options.length === 0) return 'no options';
  return options
    .map((option) => {
      const choices = option.choices === undefined ? '' : `: ${option.choices.join(', ')}`;
      return `${code(option.name)}${choices}${option.autocomplete ? ' 🔍' : ''}`;
    })
    .join('<br>');
}

/** Each argument once for each description that it has. */
function argumentsOf(
  definitions: readonly CommandDefinition[],
): { option: Option; commands: readonly string[] }[] {
  const uses = definitions.flatMap(({ name, options }) => options.map((option) => ({ name, option })));
  const same = Map.groupBy(uses, ({ option }) => `${option.name} ${option.description.en}`);
  return [...same.values()].flatMap(([first, ...more]) =>
    first ? [{ option: first.option, commands: [first, ...more].map(({ name }) => name) }] : [],
  );
}

function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}
