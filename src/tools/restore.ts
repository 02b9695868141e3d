/** `npm run restore -- FILE [--force]`: brings a backup back into an empty store, or in place of what is there. */
import { EXIT_CONFIG, loadConfig, readEnvironment } from '../config.ts';
import { ConfigError, describeError } from '../kit/errors.ts';
import { silentLog } from '../kit/log.ts';
import { RestoreError } from '../store/backup/form.ts';
import { type RestoreReport, restoreBackup } from '../store/backup/restore.ts';
import { openStoreForTool } from './store/open.ts';

/** Restores `path` into the configured store. Throws RestoreError, and what the configuration and the store throw. */
export async function restore(
  env: NodeJS.ProcessEnv,
  path: string,
  options: { force: boolean; programDir?: string },
): Promise<RestoreReport> {
  const { force, ...program } = options;
  const opened = await openStoreForTool(loadConfig(env), silentLog(), program);
  try {
    return await restoreBackup(opened.store, path, { force, now: Date.now() });
  } finally {
    await opened.close();
  }
}

async function main(words: readonly string[]): Promise<number> {
  const force = words.includes('--force');
  const [path, ...more] = words.filter((word) => word !== '--force');
  if (path === undefined || more.length > 0 || path.startsWith('-')) {
    console.error('usage: npm run restore -- FILE [--force]   (--force replaces everything that is stored)');
    return 64;
  }
  try {
    const { keys, expired, head } = await restore(readEnvironment(process.env), path, { force });
    console.log(`${keys} keys of ${new Date(head.at).toISOString()}; ${expired} had expired since`);
    return 0;
  } catch (error) {
    if (error instanceof RestoreError) console.error(error.message);
    else console.error(error instanceof ConfigError ? error.faults.join('\n') : describeError(error));
    return error instanceof ConfigError ? EXIT_CONFIG : 1;
  }
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
