import { connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP relay on loopback that can be made to fail as networks do. */
export interface TcpProxy {
  readonly port: number;
  /** Nothing passes any more, in either direction, and nobody is told; new connections are taken and lead nowhere. */
  blackHole(): void;
  /** Lets through what was held back. */
  heal(): void;
  /** Cuts every connection with a reset. */
  reset(): void;
  close(): Promise<void>;
}

/** Relays to a port of loopback, or to a Unix socket. */
export async function startProxy(target: { port: number } | { path: string }): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const accepted = new Set<Socket>();
  let dark = false;

  const server: Server = createServer((near) => {
    const far = connect('path' in target ? { path: target.path } : { host: '127.0.0.1', port: target.port });
    accepted.add(near);
    near.on('close', () => accepted.delete(near));
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('error', () => undefined);
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      one.on('data', (chunk) => void other.write(chunk));
      if (dark) one.pause();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');

  return {
    port: address.port,
    blackHole() {
      dark = true;
      for (const socket of sockets) socket.pause();
    },
    heal() {
      dark = false;
      for (const socket of sockets) socket.resume();
    },
    reset() {
      for (const socket of accepted) socket.resetAndDestroy();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
