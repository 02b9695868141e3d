import { type Client, Events, GatewayDispatchEvents } from 'discord.js';
import { z } from 'zod';
import type { Asker, ChatService } from '../chat/model.ts';
import type { Chat } from '../store/chat-model.ts';
import type { ChatsRepository } from '../store/chats.ts';
import { addressOf, askerOfChannel } from './asker.ts';

const deletion = z.object({ id: z.string(), unavailable: z.boolean().optional() });

interface Deps {
  chats: ChatsRepository;
  chat: ChatService;
  /** Hears of chats that are gone. */
  tellOwners?: ((chat: Chat, reason: string) => Promise<void>) | undefined;
  /** Runs a handler that may fail, so that it is awaited at the stop. */
  run(what: string, job: () => Promise<void>): void;
}

/** Follows where the bot can still be heard: chats whose channel, thread or server is gone are paused, never removed. */
export function followPresence(client: Client, deps: Deps): void {
  const pause = (what: string, channelIds: readonly string[]) =>
    deps.run(what, async () => {
      for (const id of channelIds) await pauseChat(deps, id, what);
    });

  // Raw dispatches, which come before the cache forgets the channels: the library's own events come after, and not
  // at all for an archived thread.
  client.ws.on(GatewayDispatchEvents.GuildDelete, (data) => {
    const gone = deletion.safeParse(data).data;
    // `unavailable` is an outage of Discord, not a farewell.
    if (gone === undefined || gone.unavailable) return;
    pause('removed from the server', [...(client.guilds.cache.get(gone.id)?.channels.cache.keys() ?? [])]);
  });
  client.ws.on(GatewayDispatchEvents.ChannelDelete, (data) => {
    const gone = deletion.safeParse(data).data;
    if (gone === undefined) return;
    const threads = client.channels.cache.filter(
      (channel) => channel.isThread() && channel.parentId === gone.id,
    );
    pause('channel deleted', [gone.id, ...threads.keys()]);
  });
  client.ws.on(GatewayDispatchEvents.ThreadDelete, (data) => {
    const gone = deletion.safeParse(data).data;
    if (gone !== undefined) pause('thread deleted', [gone.id]);
  });
  client.on(Events.GuildCreate, (guild) => {
    const channels = [...guild.channels.cache.values()].filter((channel) => channel.isTextBased());
    deps.run('joined a server', async () => {
      for (const channel of channels) await wakeChat(deps, askerOfChannel(channel));
    });
  });
}

/** Tells the chat room that a chat it had given up can be reached again; no other chat, and without a greeting. */
async function wakeChat(deps: { chats: ChatsRepository; chat: ChatService }, asker: Asker): Promise<void> {
  const chat = await deps.chats.find(asker.address);
  if (chat?.pausedReason !== undefined) await deps.chat.joined(asker);
}

async function pauseChat(
  { chats, tellOwners }: Pick<Deps, 'chats' | 'tellOwners'>,
  channelId: string,
  reason: string,
): Promise<void> {
  const chat = await chats.find(addressOf(channelId));
  if (chat === undefined) return;
  await chats.update(chat.uid, { pausedReason: reason });
  if (chat.pausedReason === undefined) await tellOwners?.(chat, reason);
}
