import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/chat/commands/index.ts';
import { define } from '../../src/chat/definition.ts';
import { commandPayloads } from '../../src/discord/commands.ts';
import { commandsPage, HOW } from '../../src/tools/command-docs/page.ts';

const definitions = COMMANDS.map(({ definition }) => definition);

describe('docs/COMMANDS.md', () => {
  it('is what the definitions say', () => {
    const kept = readFileSync(new URL('../../docs/COMMANDS.md', import.meta.url), 'utf8');
    expect(kept, `the commands have changed: run ${HOW}`).toBe(commandsPage(definitions));
  });

  it('tells of each command on each platform and in each language', () => {
    const page = commandsPage([
      define('cost', [{ name: 'period', choices: ['today', 'off'] }, { name: 'time' }]),
      define('price', [{ name: 'symbol', autocomplete: true }]),
      define('mute', [{ name: 'duration' }], true),
    ]);
    expect(page).toContain(
      '| `/cost` | `/cost <today\\|off> <time>` | `period`: today, off<br>`time` | `cost <today\\|off> <time>` |',
    );
    expect(page).toContain('| `/price` | `/price <symbol>` | `symbol` 🔍 | `price <symbol>` |');
    expect(page).toContain('| `/가격` `/시세` · 가격,');
    expect(page).toContain('| `/mute` 🔒 |');
    expect(page).toContain('| `time` | `/cost` |');
  });

  it('has the options that Discord is given', () => {
    const page = commandsPage(definitions);
    for (const { name, options } of commandPayloads(definitions)) {
      const row = page.split('\n').find((line) => line.startsWith(`| \`/${name}\``));
      for (const option of options ?? []) expect(row).toContain(`\`${option.name}\``);
    }
  });
});
