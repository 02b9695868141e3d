import { execFile } from 'node:child_process';
import {
  access,
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A Redis-compatible server program and the libraries it needs beside it. */
export interface RedisProgram {
  path: string;
  libraryPath: string | undefined;
}

/**
 * Fetches the distribution's own Redis package without root (Debian, Ubuntu) and unpacks it under `targetDir`.
 * apt checks signature and hashes against the machine's own keys. Undefined where apt-get or dpkg-deb are missing.
 * Throws when the download fails (offline, unsupported release).
 */
export async function fetchRedis(targetDir: string): Promise<RedisProgram | undefined> {
  const sources = await distributionSources();
  if (!sources || !(await onPath('apt-get')) || !(await onPath('dpkg-deb'))) return undefined;
  // Everything apt touches lies in a short private path: its configuration cannot hold blanks.
  const work = await mkdtemp(join(tmpdir(), 'sheepdog-fetch-'));
  try {
    await download(work, sources);
    const root = join(work, 'root');
    for (const file of await readdir(join(work, 'cache/archives'))) {
      if (file.endsWith('.deb')) await run('dpkg-deb', ['-x', join(work, 'cache/archives', file), root]);
    }
    // redis-tools ships the server under the name of its checker; its role is decided by its own name.
    await symlink('redis-check-rdb', join(root, 'usr/bin/redis-server'));
    await mkdir(targetDir, { recursive: true, mode: 0o700 });
    const target = join(targetDir, await releaseName());
    const staging = `${target}.${process.pid}`;
    await cp(root, staging, { recursive: true, verbatimSymlinks: true });
    await rm(target, { recursive: true, force: true });
    await rename(staging, target);
    return await fetchedRedis(targetDir);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** A program that an earlier `fetchRedis` left for this release and architecture, if it runs. */
export async function fetchedRedis(targetDir: string): Promise<RedisProgram | undefined> {
  const root = join(targetDir, await releaseName());
  const path = join(root, 'usr/bin/redis-server');
  try {
    const { uid } = await stat(path);
    if (uid !== process.getuid?.()) return undefined;
  } catch {
    return undefined;
  }
  const program = { path, libraryPath: await libraryPath(root) };
  return (await runs(program)) ? program : undefined;
}

/** Does the program start at all? Patient: what is only slow, on a machine under load, must not be fetched anew. */
export async function runs(program: RedisProgram): Promise<boolean> {
  try {
    const { stdout } = await run(program.path, ['--version'], { env: programEnv(program), timeout: 30_000 });
    return /server/i.test(stdout);
  } catch {
    return false;
  }
}

/** The environment the program needs; nothing of ours, so no secret reaches it. */
export function programEnv(program: RedisProgram): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { LC_ALL: 'C' };
  if (program.libraryPath) env.LD_LIBRARY_PATH = program.libraryPath;
  return env;
}

/** Full path of a program on PATH, if it is there. */
export async function onPath(name: string): Promise<string | undefined> {
  for (const dir of (process.env.PATH ?? '').split(':')) {
    if (!dir) continue;
    const path = join(dir, name);
    if (await exists(path)) return path;
  }
  return undefined;
}

async function download(work: string, sources: string): Promise<void> {
  for (const dir of ['lists/partial', 'cache/archives/partial', 't', 'root']) {
    await mkdir(join(work, dir), { recursive: true });
  }
  await chmod(work, 0o700);
  const conf = join(work, 'apt.conf');
  await writeFile(
    conf,
    `Dir::State::lists "${work}/lists"; Dir::Cache "${work}/cache"; Dir::Log "${work}"; Dir::Etc::sourceparts "/dev/null";
Dir::Cache::pkgcache ""; Dir::Cache::srcpkgcache ""; Acquire::GzipIndexes "true"; Acquire::Languages "none";
Acquire::Retries "2"; Acquire::http::Timeout "15"; APT::Install-Recommends "false"; Debug::NoLocking "true";
Acquire::AllowInsecureRepositories "false"; APT::Get::AllowUnauthenticated "false";
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
`,
  );
  const env = {
    ...process.env,
    HOME: work,
    TMPDIR: join(work, 't'),
    LC_ALL: 'C',
    DEBIAN_FRONTEND: 'noninteractive',
  };
  const apt = (...args: string[]) =>
    run('apt-get', ['-c', conf, '-o', `Dir::Etc::sourcelist=${sources}`, '-qq', ...args], {
      env,
      cwd: '/etc/apt',
      timeout: 60_000,
    });
  // Offline, update exits 0 and install fails: only install is judged.
  await apt('update').catch(() => undefined);
  await apt('-y', '--download-only', '--reinstall', 'install', 'redis-tools');
}

async function distributionSources(): Promise<string | undefined> {
  for (const name of ['sources.list.d/debian.sources', 'sources.list.d/ubuntu.sources', 'sources.list']) {
    const path = join('/etc/apt', name);
    const info = await stat(path).catch(() => undefined);
    if (info && info.size > 0) return path;
  }
  return undefined;
}

async function libraryPath(root: string): Promise<string | undefined> {
  const dirs: string[] = [];
  for (const parent of ['usr/lib', 'lib']) {
    const names = await readdir(join(root, parent)).catch(() => []);
    for (const name of names) if (name.includes('-linux-gnu')) dirs.push(join(root, parent, name));
  }
  // An empty element would mean the current directory.
  return dirs.length > 0 ? dirs.join(':') : undefined;
}

async function releaseName(): Promise<string> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const field = (name: string) => new RegExp(`^${name}="?([^"\n]*)`, 'm').exec(text)?.[1] ?? 'unknown';
  return `${field('ID')}-${field('VERSION_ID')}-${process.arch}`;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
