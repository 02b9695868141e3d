import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Console } from '../../src/console/console.ts';
import { useConsole } from './house.ts';
import { call } from './support.ts';

let console: Console;
useConsole((parts) => {
  ({ console } = parts);
});

const PAGE = join(import.meta.dirname, '../../src/console/page');

describe('the page', () => {
  const files = readdirSync(PAGE).map((name) => [name, readFileSync(join(PAGE, name), 'utf8')] as const);

  it('is whole, and loads nothing from elsewhere', async () => {
    for (const [name, text] of files) {
      const path = name === 'index.html' ? '/' : `/${name}`;
      expect(await call(console.port, path), name).toMatchObject({ status: 200, body: text });
      expect(text.replace('http://www.w3.org/2000/svg', '')).not.toMatch(
        /https?:|\/\/[a-z]+\.|@import|url\(/,
      );
    }
    const html = files.find(([name]) => name === 'index.html')?.[1] ?? '';
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\son\w+=|\sstyle=/i);
  });

  it('never turns text into markup', () => {
    for (const [name, text] of files) {
      expect(text, name).not.toMatch(
        /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|srcdoc/,
      );
    }
  });
});
