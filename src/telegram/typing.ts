import type { Api } from 'grammy';
import { delay } from '../kit/duration.ts';
import { destinationOf } from './destination.ts';
import type { Scene } from './incoming.ts';

/** Telegram takes the sign away after 5 s. */
const REPEAT_MS = 4_000;

/**
 * Shows "typing…" from `afterMs` from now on until the returned function is called. In channels nobody would see it.
 * A sign that cannot be shown is no reason to fail.
 */
export function showTyping(api: Api, scene: Scene, afterMs: number): () => void {
  const ended = new AbortController();
  const { signal } = ended;
  const { chat_id, ...thread } = destinationOf(scene.address);
  const show = async () => {
    if (afterMs > 0) await delay(afterMs, signal);
    while (!signal.aborted) {
      await api.sendChatAction(chat_id, 'typing', thread);
      await delay(REPEAT_MS, signal);
    }
  };
  if (scene.chatType !== 'channel') show().catch(() => undefined);
  return () => ended.abort();
}
