import type { AttachOutcome, Edition, EditOutcome, Sender, SendOutcome } from '../../src/courier/sender.ts';
import type { AlertNotice, Notice } from '../../src/notice/notice.ts';
import type { Address, Chat } from '../../src/store/chat-model.ts';
import type { ChatsRepository } from '../../src/store/chats.ts';
import type { ToldForm } from '../../src/store/told.ts';

/** An alert of a rule of its own, decided now. */
export function alert(n: number, rule = `rule${n}`): AlertNotice {
  const now = Date.now();
  return {
    type: 'alert',
    eventId: `${rule}:BTCUSDT.${n}`,
    rule: {
      id: rule,
      symbol: 'BTCUSDT',
      kind: 'move',
      direction: 'either',
      threshold: 2,
      window: '5m',
      mode: 'repeat',
      cooldownMs: 0,
      preset: undefined,
    },
    firing: {
      eventId: `${rule}:BTCUSDT.${n}`,
      ruleId: rule,
      symbol: 'BTCUSDT',
      episode: n,
      why: 'cross',
      time: now,
      value: n,
      suppressed: 0,
    },
    source: 'live',
    tickSize: 0.1,
    from: undefined,
    to: { price: 65_000 + n, time: now },
    volumeRatio: undefined,
    late: false,
    decidedAt: now,
  };
}

/** The n-th alert of a symbol that moves with others. */
export function moving(symbol: string, value: number, n = 1): AlertNotice {
  const rule = `move-${symbol}`;
  const { firing, ...rest } = alert(n, rule);
  const eventId = `${rule}:${symbol}.${n}`;
  return {
    ...rest,
    eventId,
    rule: { ...rest.rule, symbol },
    firing: { ...firing, eventId, symbol, value },
  };
}

/** A word of low priority. */
export function word(n: number): Notice {
  return { type: 'feed', eventId: `feed:${n}`, state: 'degraded', since: n, until: undefined };
}

export interface Sent {
  chat: string;
  chatId: string;
  events: string[];
  notices: readonly Notice[];
  nonce: string;
  silent: boolean;
  mayRepeat: boolean;
  form?: ToldForm;
  at: number;
}

export interface Edited extends Edition {
  chat: string;
  messageId: string;
  events: string[];
  at: number;
}

/** A platform that takes every message, or answers as `outcomes` says (the next one for each attempt). */
export function fakeSender(
  platform: Sender['platform'] = 'telegram',
  pictures = false,
): Sender & {
  sent: Sent[];
  edits: Edited[];
  editOutcomes: ((messageId: string) => EditOutcome | Promise<EditOutcome> | undefined)[];
  /** Messages below which a picture was put, or tried to be; with ↻ where it may be a repeat. */
  attached: string[];
  attachOutcomes: (() => AttachOutcome | Promise<AttachOutcome>)[];
  outcomes: ((chat: Chat) => SendOutcome | Promise<SendOutcome> | undefined)[];
} {
  const sent: Sent[] = [];
  const edits: Edited[] = [];
  const editOutcomes: ((messageId: string) => EditOutcome | Promise<EditOutcome> | undefined)[] = [];
  const attached: string[] = [];
  const attachOutcomes: (() => AttachOutcome | Promise<AttachOutcome>)[] = [];
  const outcomes: ((chat: Chat) => SendOutcome | Promise<SendOutcome> | undefined)[] = [];
  return {
    platform,
    pictures,
    sent,
    edits,
    editOutcomes,
    attached,
    attachOutcomes,
    outcomes,
    async send(chat, notices, options) {
      sent.push({
        chat: chat.uid,
        chatId: chat.address.chatId,
        events: notices.map((notice) => notice.eventId),
        notices,
        at: Date.now(),
        ...options,
      });
      const outcome = await outcomes.shift()?.(chat);
      return outcome ?? { type: 'sent', messageId: String(sent.length) };
    },
    async edit(chat, messageId, edition) {
      edits.push({
        ...edition,
        chat: chat.uid,
        messageId,
        events: edition.notices.map(({ eventId }) => eventId),
        at: Date.now(),
      });
      const outcome = await editOutcomes.shift()?.(messageId);
      return outcome ?? { type: 'edited', pictured: edition.pictured };
    },
    async attach(_chat, messageId, { mayRepeat }) {
      attached.push(mayRepeat ? `${messageId} ↻` : messageId);
      return (await attachOutcomes.shift()?.()) ?? { type: 'sent', messageId: `below-${messageId}` };
    },
    answers: async () => true,
  };
}

/** A private Telegram chat, unless told otherwise. */
export function makeChat(
  chats: ChatsRepository,
  chatId: string,
  platform: Address['platform'] = 'telegram',
  threadId = '',
): Promise<Chat> {
  return chats.ensure(
    { platform, chatId, threadId },
    { type: 'private', title: `chat ${chatId}`, locale: 'en', timezone: 'UTC', approved: true },
  );
}
