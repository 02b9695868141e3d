import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { z } from 'zod';
import { PATIENCE_MS } from '../support/wait.ts';
import type { FakeTelegram } from './telegram/fake.ts';
import { Refusal } from './telegram/html.ts';
import { answer, readPayload } from './telegram/http.ts';
import { type FakeState, METHODS } from './telegram/methods.ts';
import {
  type FakeCall,
  type FakeChat,
  type FakeFault,
  type FakeMessage,
  type FakeUser,
  type MemberStatus,
  publicChat,
} from './telegram/model.ts';
import { type Update, UpdateQueue } from './telegram/updates.ts';

export type { FakeTelegram } from './telegram/fake.ts';
export type { FakeCall, FakeChat, FakeMessage, FakeUser } from './telegram/model.ts';

const GROUP_ANONYMOUS_BOT = {
  id: 1_087_968_824,
  is_bot: true,
  first_name: 'Group',
  username: 'GroupAnonymousBot',
};

const pollOptions = z.object({
  offset: z.coerce.number().default(0),
  limit: z.coerce.number().min(1).max(100).default(100),
  timeout: z.coerce.number().min(0).default(0),
  allowed_updates: z.array(z.string()).optional(),
});

/** Starts a fake Bot API on a free loopback port. */
export async function startFakeTelegram(
  options: { token?: string; botName?: string; port?: number } = {},
): Promise<FakeTelegram> {
  const token = options.token ?? '7654321:AAF-not-a-real-token-only-for-loopback-tests';
  const botName = options.botName ?? 'SheepdogTestBot';
  const watchers = new Set<() => void>();
  const changed = () => {
    for (const watcher of [...watchers]) watcher();
  };
  const state: FakeState = {
    me: { id: 7_654_321, is_bot: true, first_name: 'Sheepdog', username: botName },
    chats: new Map(),
    users: new Map(),
    queries: new Map(),
    commands: new Map(),
    actions: [],
    webhook: undefined,
    nextMessageId: 1,
    files: new Map(),
    changed,
  };
  const calls: FakeCall[] = [];
  const faults: FakeFault[] = [];
  const queue = new UpdateQueue();
  let nextId = 100;

  const server = createServer((request, response) => {
    serve(request, response).catch((error) => {
      const refusal = error instanceof Refusal ? error : new Refusal(500, `Internal Server Error: ${error}`);
      answer(response, refusal.code, {
        ok: false,
        error_code: refusal.code,
        description: refusal.message,
        ...(refusal.parameters ? { parameters: refusal.parameters } : {}),
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, bot, method] = /^\/bot([^/]+)\/(\w+)$/.exec(request.url ?? '') ?? [];
    const payload = await readPayload(request);
    if (bot === undefined || method === undefined) throw new Refusal(404, 'Not Found');
    if (bot !== token) throw new Refusal(401, 'Unauthorized');
    const call: FakeCall = { method, payload, at: Date.now(), ok: undefined };
    calls.push(call);
    changed();
    const fault = faultFor(method, payload);
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'reset') return void request.socket.destroy();
    if (fault?.kind === 'garbage') {
      response.writeHead(502, { 'content-type': 'text/html' }).end('<html>502 Bad Gateway</html>');
      return;
    }
    try {
      if (fault?.error) {
        const { error_code, description, parameters } = fault.error;
        throw new Refusal(error_code, description, parameters);
      }
      const result = await run(method, payload, response);
      call.ok = true;
      if (fault?.kind === 'lose') request.socket.destroy();
      else answer(response, 200, { ok: true, result });
    } catch (error) {
      call.ok = false;
      throw error;
    } finally {
      changed();
    }
  }

  async function run(
    method: string,
    payload: Readonly<Record<string, unknown>>,
    response: ServerResponse,
  ): Promise<unknown> {
    if (method === 'getUpdates') {
      if (state.webhook) {
        throw new Refusal(409, "Conflict: can't use getUpdates method while webhook is active");
      }
      const { offset, limit, timeout, allowed_updates: allowed } = pollOptions.parse(payload);
      const closed = new AbortController();
      response.on('close', () => closed.abort());
      const updates = queue.poll({ offset, limit, timeout, allowed, closed: closed.signal });
      changed();
      return await updates;
    }
    const implementation = METHODS[method];
    if (!implementation) throw new Refusal(404, 'Not Found: method not found');
    const result = implementation(payload, state);
    if (method === 'setWebhook') await deliver();
    return result;
  }

  function faultFor(method: string, payload: Readonly<Record<string, unknown>>): FakeFault | undefined {
    const fault = faults.find((known) => known.method === method && (known.when?.(payload) ?? true));
    if (fault && --fault.times <= 0) faults.splice(faults.indexOf(fault), 1);
    return fault;
  }

  function push(update: Record<string, unknown>, id?: number): Update {
    const queued = queue.push(update, id);
    void deliver();
    return queued;
  }

  /** By webhook, if one is set. */
  async function deliver(): Promise<void> {
    const { webhook } = state;
    if (!webhook) return;
    for (const update of queue.take()) {
      await fetch(webhook.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': webhook.secret },
        body: JSON.stringify(update),
      });
    }
  }

  function newChat(chat: Omit<FakeChat, 'messages' | 'topics' | 'botMayPost'>): FakeChat {
    const whole: FakeChat = { ...chat, messages: [], topics: new Set(), botMayPost: true };
    state.chats.set(whole.id, whole);
    return whole;
  }

  function written(chat: FakeChat, text: string, threadId: number | undefined): Record<string, unknown> {
    const message: FakeMessage = {
      id: state.nextMessageId++,
      chatId: chat.id,
      threadId,
      byBot: false,
      text,
      raw: text,
      parseMode: undefined,
      entities: [],
      keyboard: [],
      silent: false,
      at: Date.now(),
    };
    chat.messages.push(message);
    return {
      message_id: message.id,
      date: Math.floor(message.at / 1000),
      chat: publicChat(chat),
      text,
      ...(threadId === undefined ? {} : { message_thread_id: threadId, is_topic_message: true }),
    };
  }

  async function until<T>(
    what: string,
    find: () => T | undefined | false,
    timeoutMs = PATIENCE_MS,
  ): Promise<T> {
    return await new Promise<T>((resolve, reject) => {
      const look = () => {
        const found = find();
        if (found === undefined || found === false) return;
        watchers.delete(look);
        clearTimeout(timer);
        resolve(found);
      };
      const timer = setTimeout(() => {
        watchers.delete(look);
        const recent = calls.slice(-8).map(({ method, ok }) => `${method} ${ok}`);
        reject(new Error(`waited in vain for ${what}; last calls: ${recent.join(', ')}`));
      }, timeoutMs);
      watchers.add(look);
      look();
    });
  }

  return {
    apiRoot: `http://127.0.0.1:${port}`,
    token,
    botName,
    state,
    calls,
    isPolled: () => queue.isPolled,

    addUser(user = {}) {
      const whole: FakeUser = {
        id: nextId++,
        is_bot: false,
        first_name: 'Ada',
        language_code: 'en',
        ...user,
      };
      state.users.set(whole.id, whole);
      return whole;
    },
    privateChat(user) {
      const members = new Map<number, MemberStatus>([
        [user.id, 'member'],
        [state.me.id, 'member'],
      ]);
      return (
        state.chats.get(user.id) ??
        newChat({ id: user.id, type: 'private', first_name: user.first_name, members })
      );
    },
    addChat({ bot = 'administrator', admins = [], members = [], ...chat }) {
      const id = chat.type === 'group' ? -nextId++ : -1_000_000_000_000 - nextId++;
      return newChat({
        ...chat,
        id,
        members: new Map<number, MemberStatus>([
          ...members.map((user): [number, MemberStatus] => [user.id, 'member']),
          ...admins.map((user): [number, MemberStatus] => [user.id, 'administrator']),
          [state.me.id, bot],
        ]),
      });
    },
    addTopic(chat) {
      const id = state.nextMessageId++;
      chat.topics.add(id);
      return id;
    },

    say(chat, text, from, { thread, anonymously } = {}) {
      const message = written(chat, text, thread);
      const author = anonymously ? { from: GROUP_ANONYMOUS_BOT, sender_chat: publicChat(chat) } : { from };
      return push({ message: { ...message, ...author } });
    },
    channelPost(chat, text) {
      return push({ channel_post: { ...written(chat, text, undefined), sender_chat: publicChat(chat) } });
    },
    share(message, label, picked, from) {
      const asked = message.asksFor?.find(({ text }) => text === label);
      const chat = state.chats.get(message.chatId);
      if (!asked || !chat || asked.channel !== (picked.type === 'channel')) {
        throw new Error(`that message does not ask for this chat`);
      }
      if (asked.channel) picked.members.set(state.me.id, 'administrator');
      const { text: _, ...service } = written(chat, '', undefined);
      return push({
        message: { ...service, from, chat_shared: { request_id: asked.requestId, chat_id: picked.id } },
      });
    },
    press(message, data, from) {
      const chat = state.chats.get(message.chatId);
      if (!chat || !message.keyboard.flat().some((button) => button.callback_data === data)) {
        throw new Error(`that message has no button ${data}`);
      }
      const id = String(nextId++);
      state.queries.set(id, { answered: false, words: undefined, alert: false });
      push({
        callback_query: {
          id,
          from,
          chat_instance: '1',
          data,
          message: {
            message_id: message.id,
            date: Math.floor(message.at / 1000),
            chat: publicChat(chat),
            ...(message.threadId === undefined
              ? {}
              : { message_thread_id: message.threadId, is_topic_message: true }),
          },
        },
      });
      return id;
    },
    setMember(chat, status, by) {
      const before = chat.members.get(state.me.id) ?? 'left';
      chat.members.set(state.me.id, status);
      return push({
        my_chat_member: {
          chat: publicChat(chat),
          from: by,
          date: Math.floor(Date.now() / 1000),
          old_chat_member: { status: before, user: state.me },
          new_chat_member: { status, user: state.me },
        },
      });
    },
    migrate(group, silently = false) {
      const id = -1_000_000_000_000 - nextId++;
      const moved = newChat({ ...group, id, type: 'supergroup' });
      group.migratedTo = id;
      if (!silently) {
        push({ message: { ...written(group, '', undefined), migrate_to_chat_id: id } });
        push({ message: { ...written(moved, '', undefined), migrate_from_chat_id: group.id } });
      }
      return moved;
    },
    redeliver(update) {
      const { update_id: id, ...rest } = update;
      push(rest, id);
    },
    intrude: () => queue.end(),

    fault: (fault) => void faults.push({ times: 1, ...fault }),
    waitFor: (method, matches = () => true, timeoutMs) =>
      until(
        `a call of ${method}`,
        () => calls.find((c) => c.method === method && matches(c.payload)),
        timeoutMs,
      ),
    said: (chat, wanted = /(?:)/, timeoutMs) =>
      until(
        `words like ${wanted} in chat ${chat.id}`,
        () => chat.messages.find((message) => message.byBot && wanted.test(message.text)),
        timeoutMs,
      ),
    until,
    async stop() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
