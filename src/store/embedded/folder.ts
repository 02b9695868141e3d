import { constants } from 'node:fs';
import { access, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes sure of a folder that can be written, for its owner alone where it is new, with those above it that are missing.
 * Throws what the system says against it. One level at a time: `mkdir` with `recursive` never ends where the system denies
 * that the level above is there, as in /proc.
 */
export async function makeFolder(dir: string): Promise<void> {
  await make(dir);
  await access(dir, constants.W_OK | constants.X_OK);
}

async function make(dir: string): Promise<void> {
  if (await isThere(dir)) return;
  if (dirname(dir) !== dir) await make(dirname(dir));
  await mkdir(dir, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    // Made by another start at the same moment.
    if (error.code !== 'EEXIST') throw error;
  });
}

async function isThere(dir: string): Promise<boolean> {
  return await stat(dir).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
}
