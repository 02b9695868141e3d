import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { createServer } from 'node:net';

/** A folder held by this process. */
export interface Claim {
  release(): Promise<void>;
}

/**
 * Holds a folder, so that two starts at the same moment cannot both open a server on it; undefined: somebody else holds
 * it. The claim is an abstract socket of Linux (unix(7)): it ends with its process, however that ends, and leaves
 * nothing behind. Elsewhere there is none, and everybody gets a claim.
 */
export async function claimFolder(dir: string): Promise<Claim | undefined> {
  if (process.platform !== 'linux') return { release: async () => undefined };
  const name = createHash('sha256')
    .update(await realpath(dir))
    .digest('hex')
    .slice(0, 40);
  const server = createServer((socket) => socket.destroy());
  // A claim alone must not keep a process from ending.
  server.unref();
  const held = await new Promise<boolean>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
    );
    server.listen(`\0sheepdog-${name}`, () => resolve(true));
  });
  return held ? { release: () => new Promise((resolve) => server.close(() => resolve())) } : undefined;
}
