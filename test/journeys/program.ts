import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROGRAM_DIR } from '../support/redis.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Longer than Sheepdog itself allows for its end. */
const END_WITHIN_MS = 12_000;

/** Sheepdog as a process of its own. */
export interface Program {
  child: ChildProcess;
  /** Its exit code; null when it was killed. */
  ended: Promise<number | null>;
  /** Everything that it wrote until now. */
  output(): string;
  /** The first match in what it writes; rejects when it ends without. */
  says(words: RegExp): Promise<RegExpExecArray>;
}

/** A folder from which a person starts Sheepdog: empty, with a blank in its name, the server program fetched already. */
export interface Folder {
  path: string;
  /** Starts `src/main.ts` there, with an otherwise empty environment. */
  start(args: string[], env?: NodeJS.ProcessEnv): Program;
  /** Ends what still runs, and removes the folder. */
  close(): Promise<void>;
}

/** Makes such a folder; `data` and `other` in it may serve as DATA_DIR. */
export async function openFolder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'sheep dog '));
  for (const dir of ['data', 'other']) {
    await mkdir(join(path, dir));
    await symlink(PROGRAM_DIR, join(path, dir, 'redis-bin'));
  }
  const programs: Program[] = [];
  return {
    path,
    start(args, env = {}) {
      const child = spawn(process.execPath, [join(ROOT, 'src/main.ts'), ...args], {
        cwd: path,
        env: { PATH: process.env.PATH, HOME: path, CONSOLE_PORT: '0', ...env },
      });
      let output = '';
      const listeners = new Set<() => void>();
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (text) => {
          output += text;
          for (const listener of listeners) listener();
        });
      }
      const ended = once(child, 'close').then(([code]) => code as number | null);
      const program: Program = {
        child,
        ended,
        output: () => output,
        says: (words) =>
          new Promise((resolve, reject) => {
            const look = () => {
              const found = words.exec(output);
              if (found) resolve(found);
            };
            listeners.add(look);
            void ended.then(() => reject(new Error(`ended without saying ${words}: ${output}`)));
            look();
          }),
      };
      programs.push(program);
      return program;
    },
    async close() {
      // Not killed at once: each has a server of its own to end.
      for (const { child } of programs) child.kill('SIGTERM');
      const forced = setTimeout(() => {
        for (const { child } of programs) child.kill('SIGKILL');
      }, END_WITHIN_MS);
      await Promise.all(programs.map(({ ended }) => ended));
      clearTimeout(forced);
      await rm(path, { recursive: true, force: true });
    },
  };
}
