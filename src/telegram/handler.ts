import { sequentialize } from '@grammyjs/runner';
import type { Api } from 'grammy';
import type { Asker, ChatService } from '../chat/model.ts';
import type { Log } from '../kit/log.ts';
import type { Pictures } from '../notice/picture.ts';
import type { Reply } from '../notice/text.ts';
import type { Chat } from '../store/chat-model.ts';
import type { ChatsRepository } from '../store/chats.ts';
import { acknowledge, answerPress, say, type Voice } from './answers.ts';
import { describeCall } from './errors.ts';
import { type Incoming, laneOf, readUpdate, type Scene } from './incoming.ts';
import { actionOfLink } from './links.ts';
import type { Members } from './members.ts';
import { createPhotos } from './photos.ts';
import { type Spinner, watchSpinner } from './spinner.ts';
import { showTyping } from './typing.ts';

export interface HandlerDeps {
  api: Api;
  /** Without @. */
  botName: string;
  members: Members;
  chat: ChatService;
  pictures: Pictures;
  chats: ChatsRepository;
  /** Hears of chats that the bot was put out of. */
  tellOwners?: ((chat: Chat, reason: string) => Promise<void>) | undefined;
  log: Log;
}

/** A command that takes longer than this shows "typing…", ms; an analysis shows it at once. */
const TYPING_AFTER_MS = 700;
const SLOW = 'analyze';

/**
 * Makes the function that works through one update. It never rejects; updates of one person in one chat are answered in
 * their order, and one that comes twice (Telegram delivers at least once) is answered once.
 */
export function createHandler(deps: HandlerDeps): (update: unknown) => Promise<void> {
  const { api, botName, members, chat, chats, log } = deps;
  const voice: Voice = { api, botName, photos: createPhotos(api, deps.pictures, log) };
  const inOrder = sequentialize<{ lane: string | undefined }>(({ lane }) => lane);

  return async function handle(update) {
    const incoming = readUpdate(update, botName);
    if (!incoming) return;
    // Before its turn comes and the store is asked: whoever waits behind his own last question sees that he was heard.
    const typed = typingFor(incoming);
    const spinner = incoming.type === 'press' ? watchSpinner(api, incoming.queryId, log) : undefined;
    try {
      await inOrder({ lane: laneOf(update) }, async () => {
        if (await chats.firstSight('telegram', idOf(update))) await act(incoming, spinner);
      });
    } catch (error) {
      log.error({ what: incoming.type, error: describeCall(error) }, 'telegram: an update failed');
    } finally {
      typed?.();
      await spinner?.claim();
    }
  };

  function typingFor(incoming: Incoming): (() => void) | undefined {
    if (incoming.type === 'command') {
      return showTyping(api, incoming.scene, incoming.call.name === SLOW ? 0 : TYPING_AFTER_MS);
    }
    if (incoming.type !== 'press') return undefined;
    const slow = incoming.action.split(':')[1] === SLOW;
    return showTyping(api, incoming.scene, slow ? 0 : TYPING_AFTER_MS);
  }

  async function act(incoming: Incoming, spinner: Spinner | undefined): Promise<void> {
    switch (incoming.type) {
      case 'command': {
        const { scene, call, messageId } = incoming;
        const asker = members.askerOf(scene);
        const reply = (await followLink(asker, incoming)) ?? (await chat.command(asker, call));
        if (reply) await say(voice, scene, reply, messageId);
        return;
      }
      case 'shared': {
        const { scene, chatId } = incoming;
        const reply = await chat.shared(members.askerOf(scene), chatId);
        if (reply) await say(voice, scene, reply);
        return;
      }
      case 'press':
        return await press(incoming, spinner);
      case 'stale-press':
        return await acknowledge(api, incoming.queryId);
      case 'membership':
        return await membership(incoming);
      case 'moved':
        members.forget(String(incoming.from));
        return await chats.move('telegram', String(incoming.from), String(incoming.to));
    }
  }

  /** A deep link arrives as a `/start` with what it carries; undefined: it is none, or leads to nothing. */
  async function followLink(
    asker: Asker,
    { scene, call }: Extract<Incoming, { type: 'command' }>,
  ): Promise<Reply | undefined> {
    const [payload] = call.words;
    if (call.name !== 'start' || payload === undefined || scene.chatType !== 'private') return undefined;
    const action = actionOfLink(payload);
    return action === undefined ? undefined : await chat.follow(asker, action);
  }

  async function press(
    { scene, queryId, action, messageId }: Extract<Incoming, { type: 'press' }>,
    spinner: Spinner | undefined,
  ): Promise<void> {
    const reply = await chat.press(members.askerOf(scene), action);
    await answerPress(voice, scene, { queryId, messageId }, reply, (await spinner?.claim()) ?? false);
  }

  async function membership({ scene, was, is }: Extract<Incoming, { type: 'membership' }>): Promise<void> {
    members.forget(scene.address.chatId);
    if (was && !is) return await setPaused(scene, 'the bot was removed');
    if (was || !is) return;
    await setPaused(scene, undefined);
    const reply = await chat.joined(members.askerOf(scene));
    // The readers of a channel did not call the bot: no hello to all of them.
    if (reply && scene.chatType !== 'channel') await say(voice, scene, reply);
  }

  /** The chat with all its topics: the bot is in all of them or in none. */
  async function setPaused({ address }: Scene, pausedReason: string | undefined): Promise<void> {
    for (const known of await chats.list()) {
      const { platform, chatId } = known.address;
      if (platform === address.platform && chatId === address.chatId) {
        await chats.update(known.uid, { pausedReason });
        const isNews = pausedReason !== undefined && known.pausedReason === undefined;
        if (isNews) await deps.tellOwners?.(known, pausedReason);
      }
    }
  }
}

/** An update that was read has an id. */
function idOf(update: unknown): string {
  return typeof update === 'object' && update !== null && 'update_id' in update
    ? String(update.update_id)
    : '';
}
