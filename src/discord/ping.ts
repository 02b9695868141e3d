import type { Chat } from '../store/chat-model.ts';
import type { Limiter } from '../store/limiter.ts';

/** How often a chat's role may be called. */
const RATE = { intervalMs: 10 * 60_000, burst: 1 } as const;

/** What calls one role, and nobody else. */
export interface Ping {
  content: string;
  allowedMentions: { parse: []; roles: [string] };
  /** The message was surely not sent: the next one may call instead. */
  giveBack(): Promise<void>;
}

/** Makes the calls of the roles that chats chose: at most one in ten minutes per chat, of all couriers together. */
export function createPings(limiter: Pick<Limiter, 'take' | 'giveBack'> | undefined): {
  /** The call that goes with an alert to this chat; undefined: none, or not now. Throws what Redis threw. */
  of(chat: Chat): Promise<Ping | undefined>;
} {
  return {
    async of({ uid, pingRole }) {
      if (!limiter || pingRole === undefined || !/^\d{15,22}$/.test(pingRole)) return undefined;
      const scope = `ping:${uid}`;
      if (!(await limiter.take(scope, RATE, 0)).taken) return undefined;
      return {
        content: `<@&${pingRole}>`,
        allowedMentions: { parse: [], roles: [pingRole] },
        giveBack: () => limiter.giveBack(scope, RATE),
      };
    },
  };
}
