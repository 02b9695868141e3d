import type { Chat } from '../store/chat-model.ts';
import type { Limiter } from '../store/limiter.ts';

/** How often a chat's role may be called. */
const RATE = { intervalMs: 10 * 60_000, burst: 1 } as const;

/** What calls one role, and nobody else. */
export interface Ping {
  content: string;
  allowedMentions: { parse: []; roles: [string] };
  /** The call did not go out, or goes once more under the same nonce: the next message may call. Never rejects. */
  giveBack(): Promise<void>;
}

/** Makes the calls of the roles that chats chose: at most one in ten minutes per chat, of all couriers together. */
export function createPings(limiter: Pick<Limiter, 'take' | 'giveBack'> | undefined): {
  /** The call that goes with an alert to this chat; undefined: none, or not now. Never rejects: an alert waits for no count. */
  of(chat: Chat): Promise<Ping | undefined>;
} {
  return {
    async of({ uid, pingRole }) {
      if (!limiter || pingRole === undefined || !/^\d{15,22}$/.test(pingRole)) return undefined;
      const scope = `ping:${uid}`;
      const { taken } = await limiter.take(scope, RATE, 0).catch(() => ({ taken: false }));
      if (!taken) return undefined;
      return {
        content: `<@&${pingRole}>`,
        allowedMentions: { parse: [], roles: [pingRole] },
        giveBack: () => limiter.giveBack(scope, RATE).catch(() => undefined),
      };
    },
  };
}
