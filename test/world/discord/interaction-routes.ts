import type { ApiOptions } from './api.ts';
import { type Answer, type Call, ok } from './http.ts';
import { createMessages } from './messages.ts';
import { EPHEMERAL, type FakeInteraction, type FakeMessage, LOADING } from './model.ts';
import { messagePayload } from './payloads.ts';
import { ApiError, checkChoices, checkForm, checkMessage, record } from './rules.ts';

const CALLBACKS: Record<FakeInteraction['kind'], readonly number[]> = {
  command: [4, 5],
  button: [4, 5, 6, 7, 9],
  select: [4, 5, 6, 7, 9],
  // A form cannot be answered by another one.
  modal: [4, 5, 6, 7],
  autocomplete: [8],
};

/** How interactions are answered: the callback, then the webhook of its token, both in time. */
export function interactionRoutes(options: Pick<ApiOptions, 'state' | 'ackMs' | 'tokenMs'>) {
  const { state } = options;
  const { newMessage, change, fill } = createMessages(state);

  function callback({ body }: Call, [id, token]: string[]): Answer {
    const interaction = [...state.interactions.values()].find((it) => it.id === id && it.token === token);
    if (interaction === undefined) throw new ApiError(404, 10062, 'Unknown interaction');
    if (interaction.callback !== undefined) {
      interaction.refusals.push(40060);
      throw new ApiError(400, 40060, 'Interaction has already been acknowledged.');
    }
    if (performance.now() - interaction.sentAt > options.ackMs) {
      interaction.refusals.push(10062);
      throw new ApiError(404, 10062, 'Unknown interaction');
    }
    const { type, data } = record(body);
    if (typeof type !== 'number' || !CALLBACKS[interaction.kind].includes(type)) {
      throw new ApiError(400, 50035, 'Invalid Form Body', `callback type ${type} for a ${interaction.kind}`);
    }
    if (type === 8) interaction.choices = checkChoices(data);
    if (type === 9) interaction.form = checkForm(data);
    if (type === 5)
      interaction.original = newMessage(interaction.channelId, { flags: LOADING | flagsOf(data) });
    if (type === 4) interaction.original = newMessage(interaction.channelId, checkMessage(data, 0));
    if (type === 7 && interaction.original) change(interaction.original, checkMessage(data, 0));
    interaction.callback = type;
    interaction.acknowledgedAt = performance.now();
    return { status: 204 };
  }

  function followUp({ body, files }: Call, [, token]: string[]): Answer {
    const interaction = answeredBy(token);
    const payload = checkMessage(body, files);
    const { original } = interaction;
    // As Discord does it: while the deferred answer is pending, the first follow-up becomes that answer.
    if (original && !original.deleted && original.flags & LOADING)
      return ok(messagePayload(fill(original, payload, files)));
    const message = newMessage(interaction.channelId, payload, files);
    interaction.followUps.push(message);
    return ok(messagePayload(message));
  }

  function editAnswer({ body, files }: Call, [, token, id]: string[]): Answer {
    const interaction = answeredBy(token);
    const message = messageOfAnswer(interaction, id);
    return ok(messagePayload(fill(message, checkMessage(body, files), files)));
  }

  function deleteAnswer(_call: Call, [, token, id]: string[]): Answer {
    messageOfAnswer(answeredBy(token), id).deleted = true;
    return { status: 204 };
  }

  function answeredBy(token: string | undefined): FakeInteraction {
    const interaction = state.interactions.get(token ?? '');
    if (interaction?.acknowledgedAt === undefined) throw new ApiError(404, 10015, 'Unknown Webhook');
    if (performance.now() - interaction.sentAt > options.tokenMs) {
      throw new ApiError(401, 50027, 'Invalid Webhook Token');
    }
    return interaction;
  }

  function messageOfAnswer(interaction: FakeInteraction, id: string | undefined): FakeMessage {
    const message =
      id === '@original'
        ? interaction.original
        : interaction.followUps.find((candidate) => candidate.id === id);
    if (message === undefined || message.deleted) throw new ApiError(404, 10008, 'Unknown Message');
    return message;
  }

  return { callback, followUp, editAnswer, deleteAnswer };
}

function flagsOf(data: unknown): number {
  const flags = typeof data === 'object' && data !== null && 'flags' in data ? data.flags : 0;
  return typeof flags === 'number' ? flags & EPHEMERAL : 0;
}
