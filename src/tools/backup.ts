/** `npm run backup -- FILE`: everything stored, as one file. Sheepdog may run meanwhile. */
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { EXIT_CONFIG, loadConfig, readEnvironment } from '../config.ts';
import { ConfigError, describeError } from '../kit/errors.ts';
import { silentLog } from '../kit/log.ts';
import { type BackupReport, writeBackup } from '../store/backup/backup.ts';
import { openStoreForTool } from './store/open.ts';

/**
 * Writes the configured store into `path`, which only its owner may read and which is there whole or not at all.
 * Throws what the configuration, the store and the file system throw.
 */
export async function backUp(
  env: NodeJS.ProcessEnv,
  path: string,
  options: { programDir?: string } = {},
): Promise<BackupReport> {
  const opened = await openStoreForTool(loadConfig(env), silentLog(), options);
  const unfinished = `${path}.unfinished`;
  try {
    const report = await writeBackup(
      opened.store,
      createWriteStream(unfinished, { mode: 0o600 }),
      Date.now(),
    );
    await rename(unfinished, path);
    return report;
  } finally {
    await rm(unfinished, { force: true });
    await opened.close();
  }
}

async function main(words: readonly string[]): Promise<number> {
  const [path] = words;
  if (path === undefined || words.length > 1 || path.startsWith('-')) {
    console.error('usage: npm run backup -- FILE');
    return 64;
  }
  try {
    const { keys, still } = await backUp(readEnvironment(process.env), path);
    console.log(`${path}: ${keys} keys`);
    if (!still) {
      console.log(
        'This Redis allows no CLIENT PAUSE: what changed meanwhile may be in the file by halves. Stop Sheepdog for an exact copy.',
      );
    }
    return 0;
  } catch (error) {
    console.error(error instanceof ConfigError ? error.faults.join('\n') : describeError(error));
    return error instanceof ConfigError ? EXIT_CONFIG : 1;
  }
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
