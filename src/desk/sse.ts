import { z } from 'zod';

/** A chunk of a streamed chat completion. */
const chunk = z.object({
  model: z.string().optional(),
  choices: z
    .array(
      z.object({
        delta: z.object({ content: z.string().nullish() }).nullish(),
        finish_reason: z.string().nullish(),
      }),
    )
    .optional(),
  usage: z.unknown().optional(),
});

/** The Responses API's events, which some gateways send to a question asked in the other dialect. */
const delta = z.object({ type: z.literal('response.output_text.delta'), delta: z.string() });
const completed = z.object({
  type: z.literal('response.completed'),
  response: z.object({
    model: z.string().optional(),
    usage: z.object({ input_tokens: z.number(), output_tokens: z.number() }).optional(),
  }),
});

/** Does a body look like a stream of events rather than JSON? */
export function looksLikeEvents(body: string): boolean {
  return /^\s*(:|data:|event:)/.test(body);
}

/**
 * Puts a stream of events, sent although none was asked for, together into the completion it stands for. Undefined when
 * it was cut off before its end or is nothing known.
 */
export function completionFromEvents(body: string): object | undefined {
  let content = '';
  let model: string | undefined;
  let finishReason: string | undefined;
  let usage: unknown;
  for (const line of body.split(/\r?\n/)) {
    if (!line.startsWith('data:')) continue;
    const event = parse(line.slice(5).trim());
    const text = delta.safeParse(event);
    const end = completed.safeParse(event);
    const part = chunk.safeParse(event);
    if (text.success) content += text.data.delta;
    else if (end.success) {
      finishReason = 'stop';
      model = end.data.response.model;
      const counted = end.data.response.usage;
      usage = counted && { prompt_tokens: counted.input_tokens, completion_tokens: counted.output_tokens };
    } else if (part.success) {
      const [choice] = part.data.choices ?? [];
      content += choice?.delta?.content ?? '';
      finishReason = choice?.finish_reason ?? finishReason;
      model = part.data.model ?? model;
      usage = part.data.usage ?? usage;
    }
  }
  // A stream that just ends has lost its tail; `[DONE]` alone does not say that the answer is whole.
  if (finishReason === undefined) return undefined;
  return {
    object: 'chat.completion',
    model,
    choices: [{ index: 0, finish_reason: finishReason, message: { role: 'assistant', content } }],
    ...(usage ? { usage } : {}),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
