import { z } from 'zod';
import { parseHtml, Refusal } from './html.ts';
import { type FakeChat, type FakeMessage, type FakeUser, publicChat } from './model.ts';

/** What the methods work on. */
export interface FakeState {
  me: FakeUser & { username: string };
  chats: Map<number, FakeChat>;
  users: Map<number, FakeUser>;
  /** Callback query id → answered. */
  queries: Map<
    string,
    { answered: boolean; words: string | undefined; alert: boolean; url?: string | undefined }
  >;
  /** Scope and, unless it is for all others, language code → commands. */
  commands: Map<string, { command: string; description: string }[]>;
  actions: { chatId: number; threadId: number | undefined; action: string; at: number }[];
  webhook: { url: string; secret: string } | undefined;
  nextMessageId: number;
  /** File id → bytes of every photo that was uploaded. */
  files: Map<string, Buffer>;
  changed(): void;
}

const id = z.union([z.number(), z.string()]);
const numeric = z.coerce.number().int();
const keyboard = z.object({
  inline_keyboard: z.array(
    z.array(
      z.union([
        z.strictObject({
          text: z.string().min(1),
          callback_data: z.string(),
          style: z.enum(['primary', 'success', 'danger']).optional(),
        }),
        z.strictObject({ text: z.string().min(1), url: z.url({ protocol: /^https$/ }) }),
      ]),
    ),
  ),
});
const rights = z.strictObject({
  is_anonymous: z.boolean(),
  can_manage_chat: z.boolean(),
  can_delete_messages: z.boolean(),
  can_manage_video_chats: z.boolean(),
  can_restrict_members: z.boolean(),
  can_promote_members: z.boolean(),
  can_change_info: z.boolean(),
  can_invite_users: z.boolean(),
  can_post_stories: z.boolean(),
  can_edit_stories: z.boolean(),
  can_delete_stories: z.boolean(),
  can_send_welcome_messages: z.boolean(),
  can_post_messages: z.boolean().optional(),
});
/** A keyboard in place of the person's own, as far as it asks for chats. */
const replyKeyboard = z.object({
  keyboard: z.array(
    z.array(
      z.strictObject({
        text: z.string().min(1),
        request_chat: z.strictObject({
          request_id: z.number().int(),
          chat_is_channel: z.boolean(),
          user_administrator_rights: rights.optional(),
          bot_administrator_rights: rights.optional(),
          bot_is_member: z.boolean().optional(),
        }),
      }),
    ),
  ),
  resize_keyboard: z.boolean().optional(),
  one_time_keyboard: z.boolean().optional(),
});
const words = {
  text: z.string().default(''),
  parse_mode: z.enum(['HTML']).optional(),
  reply_markup: keyboard.optional(),
  link_preview_options: z.object({ is_disabled: z.boolean() }).optional(),
};
const sendMessage = z.object({
  chat_id: id,
  message_thread_id: numeric.optional(),
  ...words,
  reply_markup: z.union([keyboard, replyKeyboard]).optional(),
  disable_notification: z.boolean().optional(),
  reply_parameters: z
    .object({ message_id: numeric, allow_sending_without_reply: z.boolean().optional() })
    .optional(),
});
const captioned = {
  caption: z.string().default(''),
  parse_mode: z.enum(['HTML']).optional(),
};
const sendPhoto = z.object({
  chat_id: id,
  message_thread_id: numeric.optional(),
  photo: z.string().min(1),
  ...captioned,
  disable_notification: z.coerce.boolean().optional(),
  reply_markup: keyboard.optional(),
  reply_parameters: z
    .object({ message_id: numeric, allow_sending_without_reply: z.boolean().optional() })
    .optional(),
});
const editMessageMedia = z.object({
  chat_id: id,
  message_id: numeric,
  media: z.object({ type: z.literal('photo'), media: z.string().min(1), ...captioned }),
  reply_markup: keyboard.optional(),
});
const editMessageCaption = z.object({
  chat_id: id,
  message_id: numeric,
  ...captioned,
  reply_markup: keyboard.optional(),
});
const command = z.object({
  command: z.string().regex(/^[a-z0-9_]{1,32}$/),
  description: z.string().min(1).max(256),
});

type Method = (payload: unknown, state: FakeState) => unknown;

/** The Bot API's methods; each returns its result or throws a Refusal in Telegram's words. */
export const METHODS: Readonly<Record<string, Method>> = {
  getMe: (_, { me }) => ({ ...me, can_join_groups: true, can_read_all_group_messages: false }),

  sendMessage(payload, state) {
    const call = parse(sendMessage, payload);
    const chat = writableChat(state, call.chat_id);
    if (call.message_thread_id !== undefined && !chat.topics.has(call.message_thread_id)) {
      throw new Refusal(400, 'Bad Request: message thread not found');
    }
    const { reply_markup: markup, ...written } = call;
    const inline = markup && 'inline_keyboard' in markup ? markup : undefined;
    const asks = markup && 'keyboard' in markup ? markup.keyboard.flat() : [];
    if (asks.length > 0 && chat.type !== 'private') {
      throw new Refusal(400, 'Bad Request: chats can be requested in private chats only');
    }
    const reply = call.reply_parameters;
    if (
      reply &&
      !reply.allow_sending_without_reply &&
      !chat.messages.some((message) => message.id === reply.message_id)
    ) {
      throw new Refusal(400, 'Bad Request: message to be replied not found');
    }
    const message: FakeMessage = {
      id: state.nextMessageId++,
      chatId: chat.id,
      threadId: call.message_thread_id,
      byBot: true,
      ...readWords({ ...written, reply_markup: inline }),
      asksFor: asks.map(({ text, request_chat: { request_id, chat_is_channel } }) => ({
        text,
        requestId: request_id,
        channel: chat_is_channel,
      })),
      silent: call.disable_notification ?? false,
      at: Date.now(),
    };
    chat.messages.push(message);
    return publicMessage(message, chat, state);
  },

  editMessageText(payload, state) {
    const call = parse(z.object({ chat_id: id, message_id: numeric, ...words }), payload);
    const chat = writableChat(state, call.chat_id);
    const message = chat.messages.find((known) => known.id === call.message_id);
    if (!message) throw new Refusal(400, 'Bad Request: message to edit not found');
    if (!message.byBot) throw new Refusal(400, "Bad Request: message can't be edited");
    if (message.photo) throw new Refusal(400, 'Bad Request: there is no text in the message to edit');
    const edited = readWords(call);
    refuseUnchanged(message, edited);
    Object.assign(message, edited);
    return publicMessage(message, chat, state);
  },

  sendPhoto(payload, state) {
    const call = parse(sendPhoto, payload);
    const chat = writableChat(state, call.chat_id);
    if (call.message_thread_id !== undefined && !chat.topics.has(call.message_thread_id)) {
      throw new Refusal(400, 'Bad Request: message thread not found');
    }
    const message: FakeMessage = {
      id: state.nextMessageId++,
      chatId: chat.id,
      threadId: call.message_thread_id,
      byBot: true,
      ...readWords({ ...call, text: call.caption }, CAPTION),
      photo: readPhoto(call.photo, payload, state),
      silent: call.disable_notification ?? false,
      at: Date.now(),
    };
    chat.messages.push(message);
    return publicMessage(message, chat, state);
  },

  editMessageMedia(payload, state) {
    const call = parse(editMessageMedia, payload);
    const chat = writableChat(state, call.chat_id);
    const message = chat.messages.find((known) => known.id === call.message_id);
    if (!message) throw new Refusal(400, 'Bad Request: message to edit not found');
    if (!message.byBot) throw new Refusal(400, "Bad Request: message can't be edited");
    const words = readWords(
      { ...call.media, text: call.media.caption, reply_markup: call.reply_markup },
      CAPTION,
    );
    Object.assign(message, words, { photo: readPhoto(call.media.media, payload, state) });
    return publicMessage(message, chat, state);
  },

  editMessageCaption(payload, state) {
    const call = parse(editMessageCaption, payload);
    const chat = writableChat(state, call.chat_id);
    const message = chat.messages.find((known) => known.id === call.message_id);
    if (!message) throw new Refusal(400, 'Bad Request: message to edit not found');
    if (!message.byBot) throw new Refusal(400, "Bad Request: message can't be edited");
    if (!message.photo) throw new Refusal(400, 'Bad Request: there is no caption in the message to edit');
    const edited = readWords({ ...call, text: call.caption }, CAPTION);
    refuseUnchanged(message, edited);
    Object.assign(message, edited);
    return publicMessage(message, chat, state);
  },

  answerCallbackQuery(payload, state) {
    const call = parse(
      z.object({
        callback_query_id: z.string(),
        text: z.string().max(200).optional(),
        show_alert: z.boolean().optional(),
        url: z
          .string()
          .regex(new RegExp(`^https://t\\.me/${state.me.username}\\?start=[\\w-]{1,64}$`))
          .optional(),
      }),
      payload,
    );
    const query = state.queries.get(call.callback_query_id);
    if (!query || query.answered) {
      throw new Refusal(
        400,
        'Bad Request: query is too old and response timeout expired or query ID is invalid',
      );
    }
    state.queries.set(call.callback_query_id, {
      answered: true,
      words: call.text,
      alert: call.show_alert ?? false,
      url: call.url,
    });
    return true;
  },

  sendChatAction(payload, state) {
    const call = parse(
      z.object({
        chat_id: id,
        message_thread_id: numeric.optional(),
        action: z.enum(['typing', 'upload_photo']),
      }),
      payload,
    );
    const chat = writableChat(state, call.chat_id);
    if (chat.type === 'channel') throw new Refusal(400, "Bad Request: can't send chat actions to channels");
    state.actions.push({
      chatId: chat.id,
      threadId: call.message_thread_id,
      action: call.action,
      at: Date.now(),
    });
    return true;
  },

  getChat(payload, state) {
    const chat = findChat(state, parse(z.object({ chat_id: id }), payload).chat_id);
    return { ...publicChat(chat), accent_color_id: 0, max_reaction_count: 11 };
  },

  getChatMember(payload, state) {
    const call = parse(z.object({ chat_id: id, user_id: numeric }), payload);
    const chat = findChat(state, call.chat_id);
    const status = chat.members.get(state.me.id) ?? 'left';
    if (chat.type === 'channel' && status !== 'administrator') {
      throw new Refusal(400, 'Bad Request: member list is inaccessible');
    }
    const user = call.user_id === state.me.id ? state.me : state.users.get(call.user_id);
    if (!user) throw new Refusal(400, 'Bad Request: user not found');
    const member = chat.members.get(call.user_id) ?? 'left';
    const rights = call.user_id === state.me.id ? { can_post_messages: chat.botMayPost } : {};
    return { status: member, user, ...rights };
  },

  setMyCommands(payload, state) {
    const call = parse(
      z.object({
        commands: z.array(command).max(100),
        scope: z
          .object({
            type: z.enum(['default', 'all_private_chats', 'all_group_chats', 'all_chat_administrators']),
          })
          .default({ type: 'default' }),
        language_code: z
          .string()
          .regex(/^[a-z]{2}$/)
          .optional(),
      }),
      payload,
    );
    state.commands.set(`${call.scope.type} ${call.language_code ?? ''}`.trim(), call.commands);
    return true;
  },

  setWebhook(payload, state) {
    const call = parse(
      z.object({ url: z.string(), secret_token: z.string().regex(/^[A-Za-z0-9_-]{1,256}$/) }),
      payload,
    );
    state.webhook = call.url === '' ? undefined : { url: call.url, secret: call.secret_token };
    return true;
  },

  deleteWebhook(_, state) {
    state.webhook = undefined;
    return true;
  },
};

const TEXT = { least: 1, most: 4096, tooLong: 'Bad Request: message is too long' };
const CAPTION = { least: 0, most: 1024, tooLong: 'Bad Request: message caption is too long' };

/** The photo that a call names: a file id, or `attach://` and the form's field with the bytes. */
function readPhoto(reference: string, payload: unknown, state: FakeState): { fileId: string; bytes: Buffer } {
  const field = /^attach:\/\/(.+)$/.exec(reference)?.[1];
  if (field === undefined) {
    const bytes = state.files.get(reference);
    if (!bytes) throw new Refusal(400, 'Bad Request: wrong file identifier/HTTP URL specified');
    return { fileId: reference, bytes };
  }
  const bytes = z.record(z.string(), z.unknown()).parse(payload)[field];
  if (!Buffer.isBuffer(bytes) || bytes.length === 0)
    throw new Refusal(400, 'Bad Request: file must be non-empty');
  if (bytes.length > 10_000_000) throw new Refusal(400, 'Bad Request: file is too big');
  // PNG or JPEG by their first bytes.
  if (!/^(89504e47|ffd8ff)/.test(bytes.subarray(0, 4).toString('hex'))) {
    throw new Refusal(400, 'Bad Request: IMAGE_PROCESS_FAILED');
  }
  const fileId = `AgACAgIAAx-${state.files.size + 1}`;
  state.files.set(fileId, bytes);
  return { fileId, bytes };
}

/** Visible words, entities and keyboard of a message to send; throws for what Telegram refuses. */
function readWords(
  call: {
    text: string;
    parse_mode?: 'HTML' | undefined;
    reply_markup?: z.infer<typeof keyboard> | undefined;
  },
  limits = TEXT,
) {
  const { text, entities } =
    call.parse_mode === 'HTML' ? parseHtml(call.text) : { text: call.text, entities: [] };
  if (text.trim().length < limits.least) throw new Refusal(400, 'Bad Request: message text is empty');
  if (text.length > limits.most) throw new Refusal(400, limits.tooLong);
  const rows = call.reply_markup?.inline_keyboard ?? [];
  for (const button of rows.flat()) {
    if (!('callback_data' in button)) continue;
    const bytes = Buffer.byteLength(button.callback_data);
    if (bytes < 1 || bytes > 64) throw new Refusal(400, 'Bad Request: BUTTON_DATA_INVALID');
  }
  return {
    text,
    raw: call.text,
    parseMode: call.parse_mode,
    entities,
    keyboard: rows.map((row) => row.map((button) => ({ callback_data: '', ...button }))),
  };
}

function refuseUnchanged(message: FakeMessage, edited: ReturnType<typeof readWords>): void {
  const look = ({ text, entities, keyboard: rows }: typeof edited | FakeMessage) =>
    JSON.stringify([text, entities, rows]);
  if (look(edited) !== look(message)) return;
  throw new Refusal(
    400,
    'Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message',
  );
}

function findChat(state: FakeState, reference: number | string): FakeChat {
  const chat = [...state.chats.values()].find(
    (known) => String(known.id) === String(reference) || `@${known.username}` === reference,
  );
  if (!chat) throw new Refusal(400, 'Bad Request: chat not found');
  return chat;
}

function writableChat(state: FakeState, reference: number | string): FakeChat {
  const chat = findChat(state, reference);
  if (chat.migratedTo !== undefined) {
    throw new Refusal(400, 'Bad Request: group chat was upgraded to a supergroup chat', {
      migrate_to_chat_id: chat.migratedTo,
    });
  }
  const status = chat.members.get(state.me.id) ?? 'left';
  if (chat.type === 'private') {
    if (status === 'kicked') throw new Refusal(403, 'Forbidden: bot was blocked by the user');
  } else if (status === 'kicked') {
    throw new Refusal(403, `Forbidden: bot was kicked from the ${chat.type} chat`);
  } else if (status === 'left') {
    throw new Refusal(403, `Forbidden: bot is not a member of the ${chat.type} chat`);
  }
  if (chat.type === 'channel' && !chat.botMayPost) {
    throw new Refusal(400, 'Bad Request: need administrator rights in the channel chat');
  }
  return chat;
}

function publicMessage(message: FakeMessage, chat: FakeChat, state: FakeState) {
  state.changed();
  return {
    message_id: message.id,
    date: Math.floor(message.at / 1000),
    chat: publicChat(chat),
    from: state.me,
    ...(message.photo
      ? { caption: message.text, photo: photoSizes(message.photo.fileId) }
      : { text: message.text }),
    ...(message.threadId === undefined
      ? {}
      : { message_thread_id: message.threadId, is_topic_message: true }),
  };
}

/** A thumbnail, then the whole. */
function photoSizes(fileId: string) {
  return [
    { file_id: `${fileId}-s`, file_unique_id: `${fileId}us`, width: 90, height: 51 },
    { file_id: fileId, file_unique_id: `${fileId}u`, width: 1200, height: 675 },
  ];
}

function parse<T>(schema: z.ZodType<T>, payload: unknown): T {
  const result = schema.safeParse(payload);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Refusal(400, `Bad Request: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`);
}
