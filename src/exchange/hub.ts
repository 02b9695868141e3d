import type { Connection, ConnectionEvents } from './connection.ts';
import type { FrameSink, MarketModel } from './market-model.ts';

/** Brings each frame of the market to the sockets that asked for its stream on the right route. */
export class Hub implements FrameSink, ConnectionEvents {
  readonly connections = new Set<Connection>();
  readonly #subscribers = new Map<string, Set<Connection>>();
  readonly #market: Pick<MarketModel, 'watch' | 'unwatch'>;

  constructor(market: Pick<MarketModel, 'watch' | 'unwatch'>) {
    this.#market = market;
  }

  push(stream: string, data: string): number {
    const subscribers = this.#subscribers.get(stream);
    if (!subscribers) return 0;
    let wrapped: Buffer | undefined;
    let bare: Buffer | undefined;
    for (const connection of subscribers) {
      if (connection.combined) {
        wrapped ??= Buffer.from(`{"stream":${JSON.stringify(stream)},"data":${data}}`);
        connection.send(wrapped);
      } else {
        bare ??= Buffer.from(data);
        connection.send(bare);
      }
    }
    return subscribers.size;
  }

  get congested(): boolean {
    for (const connection of this.connections) if (connection.lagging) return true;
    return false;
  }

  async drained(): Promise<void> {
    await Promise.all([...this.connections].map((connection) => connection.flushed()));
  }

  wanted(connection: Connection, stream: string): void {
    const subscribers = this.#subscribers.get(stream);
    if (subscribers) {
      subscribers.add(connection);
      return;
    }
    this.#subscribers.set(stream, new Set([connection]));
    this.#market.watch(stream);
  }

  dropped(connection: Connection, stream: string): void {
    const subscribers = this.#subscribers.get(stream);
    if (!subscribers?.delete(connection) || subscribers.size > 0) return;
    this.#subscribers.delete(stream);
    this.#market.unwatch(stream);
  }

  closed(connection: Connection): void {
    this.connections.delete(connection);
    for (const stream of connection.subscriptions) this.dropped(connection, stream);
  }
}
