import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What a running embedded server leaves beside its data, so that tools and a restart after a crash find it. */
export interface ServerNote {
  pid: number;
  ownerPid: number;
  socketPath: string;
}

const NAME = 'server.json';

/** The note beside the data in `dir`; undefined: none, or none that can be read. */
export async function readNote(dir: string): Promise<ServerNote | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(join(dir, NAME), 'utf8'));
    if (typeof value !== 'object' || value === null) return undefined;
    const { pid, ownerPid, socketPath } = value as Partial<ServerNote>;
    return typeof pid === 'number' && typeof ownerPid === 'number' && typeof socketPath === 'string'
      ? { pid, ownerPid, socketPath }
      : undefined;
  } catch {
    return undefined;
  }
}

/** Leaves the note whole or not at all: another start may read it at any moment. */
export async function writeNote(dir: string, note: ServerNote): Promise<void> {
  const draft = join(dir, `${NAME}.${process.pid}`);
  await writeFile(draft, JSON.stringify(note), { mode: 0o600 });
  await rename(draft, join(dir, NAME));
}

export async function removeNote(dir: string): Promise<void> {
  await rm(join(dir, NAME), { force: true });
}
