import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseSubscribe } from '../../src/alerts/grammar.ts';
import { COMMANDS } from '../../src/chat/commands/index.ts';
import { splitReference } from '../../src/chat/target.ts';

const PAGES = ['docs/GUIDE.md', 'docs/GUIDE.ko.md', 'README.md', 'README.ko.md'] as const;

/** What begins like a command and is none of ours: BotFather's, and paths of the web side. */
const OTHERS: ReadonlySet<string> = new Set(['newbot', 'healthz', 'readyz', 'metrics']);

/** Every command that a page shows in code, as words. */
function commandsOf(page: string): string[][] {
  const text = readFileSync(join(import.meta.dirname, '../..', page), 'utf8');
  return [...text.matchAll(/`\/([a-z]+(?:@[^\s`]+)?(?: [^`]*)?)`/g)].map(([, line = '']) =>
    line.split(/\s+/u),
  );
}

describe('what the pages tell people to type', () => {
  it.each(PAGES)('is understood, in %s', (page) => {
    const names = new Set<string>(COMMANDS.map(({ definition }) => definition.name));
    const commands = commandsOf(page);
    expect(commands.length).toBeGreaterThan(10);
    for (const [name = '', ...said] of commands) {
      const command = name.split('@')[0] ?? '';
      if (OTHERS.has(command)) continue;
      expect(names, `/${command}`).toContain(command);
      // Discord's options are written as `name:value`.
      if (command !== 'subscribe' || said.some((word) => word.includes(':'))) continue;
      const { rest } = splitReference(said);
      expect(() => parseSubscribe({ words: rest, options: {} }), said.join(' ')).not.toThrow();
    }
  });

  it('names the same commands in both languages', () => {
    const kinds = (page: string) =>
      commandsOf(page)
        .filter(([name]) => name === 'subscribe')
        .map((words) => words.length);
    expect(kinds('docs/GUIDE.ko.md')).toEqual(kinds('docs/GUIDE.md'));
  });
});
