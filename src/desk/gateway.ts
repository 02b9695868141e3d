import OpenAI from 'openai';
import { z } from 'zod';
import type { Clock } from '../kit/clock.ts';
import type { Capabilities, Structured } from './capabilities.ts';
import { failureOf, type GatewayFailure } from './gateway-failure.ts';
import { createGuardedFetch } from './guarded-fetch.ts';
import type { Usage } from './prices.ts';
import type { Message } from './prompt.ts';

/** One question to one model. */
export interface GatewayCall {
  model: string;
  messages: readonly Message[];
  maxTokens: number;
  structured: Structured;
  capabilities: Capabilities;
  /** JSON schema of the answer, for models that take one. */
  schema: Readonly<Record<string, unknown>>;
}

/** What came back as a completion; its text is not yet judged. */
export interface GatewayAnswer {
  type: 'answer';
  content: string;
  /** The gateway's word: `stop`, `length`, … */
  finishReason: string | undefined;
  /** The model that answered by its own account; it need not be the one asked. */
  servedModel: string | undefined;
  /** Undefined: the gateway did not count, or not believably. */
  usage: Usage | undefined;
}

/** An OpenAI-compatible gateway: one attempt a call, no retries, never another host or key. Nothing here throws. */
export interface Gateway {
  complete(call: GatewayCall, signal: AbortSignal): Promise<GatewayAnswer | GatewayFailure>;
  /** Names of the served models. */
  models(signal: AbortSignal): Promise<string[] | GatewayFailure>;
}

/** Calls end by the caller's signal; this is only what the SDK insists on having. */
const SDK_TIMEOUT_MS = 120_000;

const completion = z.object({
  model: z.string().max(200).nullish(),
  choices: z.array(
    z.object({
      finish_reason: z.string().nullish(),
      message: z.object({ content: z.string().nullish() }),
    }),
  ),
  usage: z.unknown().optional(),
});

// More than any model can say at once: a count beyond it is not believed.
const tokens = z.int().min(0).max(10_000_000);
const usage = z.object({
  // An empty prompt is impossible, so zero means "not counted".
  prompt_tokens: tokens.min(1),
  completion_tokens: tokens,
  prompt_tokens_details: z.object({ cached_tokens: tokens.nullish() }).nullish(),
  // DeepSeek's own field.
  prompt_cache_hit_tokens: tokens.nullish(),
});

const modelList = z.object({ data: z.array(z.object({ id: z.string().max(200) })) });

/** Makes the client of a gateway. Throws on an empty key: the SDK would look for another vendor's in the environment. */
export function createGateway(options: { baseUrl: string; apiKey: string; clock: Clock }): Gateway {
  if (options.apiKey === '' || options.baseUrl === '') throw new TypeError('a gateway needs a URL and a key');
  const client = new OpenAI({
    apiKey: options.apiKey,
    baseURL: options.baseUrl,
    // Null, not undefined: undefined means "take it from the environment".
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    maxRetries: 0,
    timeout: SDK_TIMEOUT_MS,
    // The SDK's debug log prints bodies and keys.
    logLevel: 'off',
    fetch: createGuardedFetch(options),
  });
  return {
    async complete(call, signal) {
      try {
        const parsed = completion.safeParse(await client.chat.completions.create(bodyOf(call), { signal }));
        const choice = parsed.data?.choices[0];
        if (!parsed.success || !choice) return { type: 'failure', reason: 'bad-response', billed: true };
        return {
          type: 'answer',
          content: choice.message.content ?? '',
          finishReason: choice.finish_reason ?? undefined,
          servedModel: parsed.data.model ?? undefined,
          usage: readUsage(parsed.data.usage),
        };
      } catch (error) {
        return failureOf(error, signal, options.clock.now());
      }
    },

    async models(signal) {
      try {
        const parsed = modelList.safeParse(await client.get('/models', { signal }));
        if (!parsed.success) return { type: 'failure', reason: 'bad-response', billed: false };
        return parsed.data.data.map((model) => model.id);
      } catch (error) {
        return failureOf(error, signal, options.clock.now());
      }
    },
  };
}

function bodyOf(call: GatewayCall): OpenAI.Chat.ChatCompletionCreateParamsNonStreaming {
  const { capabilities, structured } = call;
  const format =
    structured === 'json_schema'
      ? {
          type: 'json_schema' as const,
          json_schema: { name: 'reading', strict: true, schema: { ...call.schema } },
        }
      : { type: 'json_object' as const };
  return {
    model: call.model,
    messages: [...call.messages],
    [capabilities.maxTokensParam]: call.maxTokens,
    ...(capabilities.temperature ? { temperature: 0.2 } : {}),
    ...(structured === 'plain' ? {} : { response_format: format }),
    ...capabilities.unthinking,
  };
}

function readUsage(value: unknown): Usage | undefined {
  const parsed = usage.safeParse(value);
  if (!parsed.success) return undefined;
  const { prompt_tokens, completion_tokens, prompt_tokens_details, prompt_cache_hit_tokens } = parsed.data;
  const cached = prompt_tokens_details?.cached_tokens ?? prompt_cache_hit_tokens ?? 0;
  return { prompt: prompt_tokens, cached: Math.min(cached, prompt_tokens), completion: completion_tokens };
}
