import { EPHEMERAL, type FakeMessage, snowflake } from './model.ts';

/** Writes and changes the messages that the fake remembers. */
export function createMessages(state: { messages: FakeMessage[] }) {
  function newMessage(channelId: string, payload: Partial<FakeMessage> | object, files = 0): FakeMessage {
    const now = performance.now();
    const message: FakeMessage = {
      content: '',
      flags: 0,
      ...payload,
      id: snowflake(),
      channelId,
      createdAt: now,
      changedAt: now,
      history: [],
      deleted: false,
      files,
    };
    message.content ??= '';
    state.messages.push(message);
    return message;
  }

  function change(message: FakeMessage, payload: object): FakeMessage {
    message.history.push(message.content);
    Object.assign(message, payload, { changedAt: performance.now() });
    message.content ??= '';
    return message;
  }

  /** A pending answer gets its words; whether only one person sees them was settled when it was deferred. */
  function fill(message: FakeMessage, payload: object, files: number): FakeMessage {
    const ephemeral = message.flags & EPHEMERAL;
    const flags = 'flags' in payload && typeof payload.flags === 'number' ? payload.flags & ~EPHEMERAL : 0;
    return change(message, { ...payload, files, flags: flags | ephemeral });
  }

  return { newMessage, change, fill };
}
