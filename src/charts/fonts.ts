import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { GlobalFonts } from '@napi-rs/canvas';

/**
 * The packages cut each font into a hundred files by code points, of which a picture needs a few. Both are Noto Sans:
 * one has all of Hangul, the other all of Chinese and Japanese; both have Latin.
 */
type FontName = 'noto-sans-kr' | 'noto-sans-sc';

const { resolve } = createRequire(import.meta.url);

/** One file of a font and the code points it is for, as inclusive ranges. */
interface Subset {
  /** The name that it is registered under. */
  family: string;
  path: string;
  ranges: readonly (readonly [first: number, last: number])[];
}

/** Chooses the fonts that a picture's words need. */
export interface Fonts {
  /** A CSS list of families that together have every character of `words`; their files are loaded at first use. */
  familyFor(words: string, language: string): string;
  /** The files for these words; a character that no file has is left out. */
  filesFor(words: string, language: string): string[];
}

/** Reads the lists of the packaged fonts. Throws when a package is not there. */
export function createFonts(): Fonts {
  const subsets = {
    'noto-sans-kr': readSubsets('noto-sans-kr'),
    'noto-sans-sc': readSubsets('noto-sans-sc'),
  };
  // Figures come from one file for all: the Chinese font has wide middle dots.
  const latin = subsets['noto-sans-kr'].filter(({ family }) => family.endsWith(' latin'));
  // Hanja in Korean words have Korean forms; everybody else's are in the other font.
  const inOrder = (first: FontName, second: FontName) => ({
    all: [...new Set([...latin, ...subsets[first], ...subsets[second]])],
    fileOf: new Map<number, Subset | undefined>(),
  });
  const korean = inOrder('noto-sans-kr', 'noto-sans-sc');
  const others = inOrder('noto-sans-sc', 'noto-sans-kr');

  function subsetsFor(words: string, language: string): Subset[] {
    const { all, fileOf } = language.startsWith('ko') ? korean : others;
    const used = new Set<Subset>();
    for (const character of words) {
      const code = character.codePointAt(0) ?? 0;
      if (!fileOf.has(code))
        fileOf.set(
          code,
          all.find((subset) => covers(subset, code)),
        );
      const file = fileOf.get(code);
      if (file) used.add(file);
    }
    // In the fixed order, so that the same characters always get the same list.
    return all.filter((subset) => used.has(subset));
  }

  return {
    familyFor(words, language) {
      const chosen = subsetsFor(words, language);
      for (const { family, path } of chosen) {
        if (!GlobalFonts.has(family) && !GlobalFonts.registerFromPath(path, family)) {
          throw new Error(`the font file of ${family} cannot be read`);
        }
      }
      return chosen.map(({ family }) => `"${family}"`).join(', ');
    },
    filesFor: (words, language) => subsetsFor(words, language).map(({ path }) => path),
  };
}

/** `unicode.json` names each file's code points as CSS does (`U+20-7e,U+a0`); numbered files stand in brackets there. */
function readSubsets(name: FontName): Subset[] {
  const root = `@fontsource-variable/${name}`;
  const listed: object = JSON.parse(readFileSync(resolve(`${root}/unicode.json`), 'utf8'));
  return Object.entries(listed).map(([key, ranges]) => {
    const part = key.replace(/[[\]]/g, '');
    return {
      family: `${name} ${part}`,
      path: resolve(`${root}/files/${name}-${part}-wght-normal.woff2`),
      ranges: parseRanges(String(ranges)),
    };
  });
}

function covers({ ranges }: Subset, code: number): boolean {
  return ranges.some(([first, last]) => code >= first && code <= last);
}

function parseRanges(ranges: string): Subset['ranges'] {
  return [...ranges.matchAll(/U\+([0-9a-f]+)(?:-([0-9a-f]+))?/gi)].map(([, first = '', last = first]) => [
    Number.parseInt(first, 16),
    Number.parseInt(last, 16),
  ]);
}
