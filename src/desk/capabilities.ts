/** How an answer's shape can be asked for: by schema, as any JSON object, or by words in the prompt alone. */
export type Structured = 'json_schema' | 'json_object' | 'plain';

/** A parameter that some models do not take. */
export const PARAMETERS = ['thinking', 'temperature', 'max_tokens'] as const;
export type Parameter = (typeof PARAMETERS)[number];

/** What a family of models takes. Gateways say 400 to what they do not know, so nothing is sent on suspicion. */
export interface Capabilities {
  structured: Structured;
  /** Send `thinking: {type: "disabled"}`: these models think by default, and would spend all their tokens on it. */
  thinkingOff: boolean;
  temperature: boolean;
  maxTokensParam: 'max_tokens' | 'max_completion_tokens';
}

const BASE: Capabilities = {
  structured: 'json_object',
  thinkingOff: false,
  temperature: true,
  maxTokensParam: 'max_tokens',
};

const FAMILIES: readonly [RegExp, Partial<Capabilities>][] = [
  [/(^|\/)gpt-4(\.1|o)/i, { structured: 'json_schema' }],
  [
    /(^|\/)(gpt-5|o[134](-|$))/i,
    { structured: 'json_schema', temperature: false, maxTokensParam: 'max_completion_tokens' },
  ],
  // DeepSeek answers 400 to json_schema; from V4 on it thinks by default.
  [/(^|\/)deepseek-(v[4-9]|flash)/i, { thinkingOff: true }],
  // Claude's compatibility layer ignores response_format without a word.
  [/(^|\/)claude-/i, { structured: 'plain' }],
];

/** What a model takes, by its name and by what it has refused; unknown ones get JSON mode, the common ground. */
export function capabilitiesOf(model: string, refused: readonly Parameter[] = []): Capabilities {
  const family = FAMILIES.find(([pattern]) => pattern.test(model));
  const known = { ...BASE, ...family?.[1] };
  return {
    ...known,
    ...(refused.includes('thinking') ? { thinkingOff: false } : {}),
    ...(refused.includes('temperature') ? { temperature: false } : {}),
    ...(refused.includes('max_tokens')
      ? {
          maxTokensParam: known.maxTokensParam === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens',
        }
      : {}),
  };
}

/** The parameter that a refusal names; undefined: none that could be left out. */
export function parameterIn(text: string): Parameter | undefined {
  if (/max_(completion_)?tokens/i.test(text)) return 'max_tokens';
  return PARAMETERS.find((name) => new RegExp(`\\b${name}\\b`, 'i').test(text));
}

/** The next weaker way to ask for JSON; undefined below plain words. */
export function weaker(structured: Structured): Structured | undefined {
  if (structured === 'json_schema') return 'json_object';
  return structured === 'json_object' ? 'plain' : undefined;
}
