/** How an answer's shape can be asked for: by schema, as any JSON object, or by words in the prompt alone. */
export type Structured = 'json_schema' | 'json_object' | 'plain';

/** A parameter that some models do not take; `thinking` is whichever would keep one from thinking. */
export const PARAMETERS = ['thinking', 'temperature', 'max_tokens'] as const;
export type Parameter = (typeof PARAMETERS)[number];

/** What keeps a model from thinking, or as far as it can be kept: each family has a parameter of its own. */
export type Unthinking =
  | { thinking: { type: 'disabled' } }
  | { reasoning_effort: 'none' | 'minimal' | 'low' };

/** What a family of models takes. Gateways say 400 to what they do not know, so nothing is sent on suspicion. */
export interface Capabilities {
  structured: Structured;
  /** Sent to a model that thinks unless it is told otherwise; undefined: it does not, or nothing helps. */
  unthinking: Unthinking | undefined;
  /** Tokens that it thinks with all the same: they count as its answer's, and come on top. */
  thinkingTokens: number;
  temperature: boolean;
  maxTokensParam: 'max_tokens' | 'max_completion_tokens';
}

/** Below this a thinking model is cut before its first word. */
const THINKING_TOKENS = 2_000;

const BASE: Capabilities = {
  structured: 'json_object',
  unthinking: undefined,
  thinkingTokens: 0,
  temperature: true,
  maxTokensParam: 'max_tokens',
};

const OPENAI_REASONING = {
  structured: 'json_schema',
  temperature: false,
  maxTokensParam: 'max_completion_tokens',
} as const;

// The first that matches counts.
const FAMILIES: readonly [RegExp, Partial<Capabilities>][] = [
  [/(^|\/)gpt-4(\.1|o)/i, { structured: 'json_schema' }],
  // The chat and codex variants have efforts of their own, or none.
  [/(^|\/)gpt-5.*(chat|codex)/i, { ...OPENAI_REASONING, thinkingTokens: THINKING_TOKENS }],
  [/(^|\/)gpt-5\./i, { ...OPENAI_REASONING, unthinking: { reasoning_effort: 'none' } }],
  [/(^|\/)gpt-5/i, { ...OPENAI_REASONING, unthinking: { reasoning_effort: 'minimal' } }],
  [
    /(^|\/)o[134](-|$)/i,
    { ...OPENAI_REASONING, unthinking: { reasoning_effort: 'low' }, thinkingTokens: THINKING_TOKENS },
  ],
  // Gemini 2.5 thinks by default, out of max_tokens; Pro cannot be kept from it.
  [/(^|\/)gemini-2\.5-flash/i, { unthinking: { reasoning_effort: 'none' } }],
  [
    /(^|\/)gemini-(2\.5-pro|[3-9])/i,
    { unthinking: { reasoning_effort: 'low' }, thinkingTokens: THINKING_TOKENS },
  ],
  // DeepSeek answers 400 to json_schema; from V4 on it thinks by default.
  [/(^|\/)deepseek-(v[4-9]|flash)/i, { unthinking: { thinking: { type: 'disabled' } } }],
  [/(^|\/)deepseek-(r\d|reasoner)/i, { thinkingTokens: THINKING_TOKENS }],
  // Claude's compatibility layer ignores response_format without a word, and does not think unless it is told to.
  [/(^|\/)claude-/i, { structured: 'plain' }],
];

/** What a model takes, by its name and by what it has refused; unknown ones get JSON mode, the common ground. */
export function capabilitiesOf(model: string, refused: readonly Parameter[] = []): Capabilities {
  const family = FAMILIES.find(([pattern]) => pattern.test(model));
  const known = { ...BASE, ...family?.[1] };
  return {
    ...known,
    // What cannot be kept from thinking is to have the tokens for it.
    ...(refused.includes('thinking') ? { unthinking: undefined, thinkingTokens: THINKING_TOKENS } : {}),
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
  if (/reasoning[._]effort/i.test(text)) return 'thinking';
  if (/max_(completion_)?tokens/i.test(text)) return 'max_tokens';
  return PARAMETERS.find((name) => new RegExp(`\\b${name}\\b`, 'i').test(text));
}

/** The next weaker way to ask for JSON; undefined below plain words. */
export function weaker(structured: Structured): Structured | undefined {
  if (structured === 'json_schema') return 'json_object';
  return structured === 'json_object' ? 'plain' : undefined;
}
