import type { NoReading } from '../../src/store/analyses.ts';
import type { Behaviour } from '../world/gateway.ts';
import { status } from './untrusted.ts';

/** A way in which a gateway misbehaves, and what a question is to come to. */
export interface Misbehaviour {
  name: string;
  /** One for each attempt; the last stands for all that follow. */
  answers: Behaviour[];
  expected: NoReading | 'reading';
  attempts: number;
  /** Calls that were charged, and those of them by estimate. */
  charged: number;
  estimated?: number;
}
const reading: Behaviour = { type: 'reading' };
/** A whole answer, as it is sent; the gateway counts its tokens. */
const completion = (message: Record<string, unknown>, finish_reason: string): Behaviour => ({
  type: 'raw',
  body: JSON.stringify({
    choices: [{ index: 0, finish_reason, message }],
    usage: { prompt_tokens: 600, completion_tokens: 320 },
  }),
});
const content = (text: string): Behaviour => ({ type: 'content', content: text });

/** All the ways that are known. */
export const MISBEHAVIOURS: readonly Misbehaviour[] = [
  { name: 'a good answer', answers: [reading], expected: 'reading', attempts: 1, charged: 1 },
  { name: 'a fenced answer', answers: [{ type: 'fenced' }], expected: 'reading', attempts: 1, charged: 1 },
  { name: 'a stream unasked', answers: [{ type: 'sse' }], expected: 'reading', attempts: 1, charged: 1 },
  {
    name: 'a stream in the other dialect',
    answers: [{ type: 'sse', dialect: 'responses' }],
    expected: 'reading',
    attempts: 1,
    charged: 1,
  },
  {
    name: 'a stream cut short, then a good answer',
    answers: [{ type: 'sse', cut: true }, reading],
    expected: 'reading',
    attempts: 2,
    charged: 2,
    estimated: 1,
  },
  {
    name: 'no usage',
    answers: [{ type: 'reading', usage: false }],
    expected: 'reading',
    attempts: 1,
    charged: 1,
    estimated: 1,
  },
  {
    name: 'usage that cannot be',
    answers: [{ type: 'reading', usage: { prompt_tokens: -5, completion_tokens: 1e30 } }],
    expected: 'reading',
    attempts: 1,
    charged: 1,
    estimated: 1,
  },
  {
    name: 'silence',
    answers: [{ type: 'hang', after: 'nothing' }],
    expected: 'timeout',
    attempts: 2,
    charged: 2,
    estimated: 2,
  },
  {
    name: 'silence after the headers',
    answers: [{ type: 'hang', after: 'headers' }],
    expected: 'timeout',
    attempts: 2,
    charged: 2,
    estimated: 2,
  },
  {
    name: 'half an answer',
    answers: [{ type: 'hang', after: 'half' }],
    expected: 'timeout',
    attempts: 2,
    charged: 2,
    estimated: 2,
  },
  {
    name: 'blank lines for ever',
    answers: [{ type: 'keep-alive' }],
    expected: 'timeout',
    attempts: 2,
    charged: 2,
    estimated: 2,
  },
  {
    name: 'a web page',
    answers: [{ type: 'raw', body: '<html>hello</html>', contentType: 'text/html' }],
    expected: 'gateway-error',
    attempts: 2,
    charged: 2,
    estimated: 2,
  },
  {
    name: 'nothing at all',
    answers: [{ type: 'raw', body: '' }],
    expected: 'gateway-error',
    attempts: 2,
    charged: 2,
    estimated: 2,
  },
  {
    name: 'half a JSON document',
    answers: [{ type: 'raw', body: '{"choices":[{"index":0,"message":{"content":"{' }],
    expected: 'gateway-error',
    attempts: 2,
    charged: 2,
    estimated: 2,
  },
  {
    name: 'content in parts',
    answers: [completion({ content: [{ type: 'text', text: '{}' }] }, 'stop')],
    expected: 'gateway-error',
    attempts: 2,
    charged: 2,
    estimated: 2,
  },
  {
    name: 'nothing but thoughts',
    answers: [completion({ content: null, reasoning_content: 'Let me think …' }, 'length')],
    expected: 'bad-answer',
    attempts: 2,
    charged: 2,
  },
  {
    name: 'a word of its filter in place of an answer',
    answers: [completion({ content: '', refusal: 'I cannot help with that' }, 'content_filter')],
    expected: 'bad-answer',
    attempts: 2,
    charged: 2,
  },
  {
    name: 'no choices',
    answers: [{ type: 'raw', body: '{"choices":[]}' }],
    expected: 'gateway-error',
    attempts: 2,
    charged: 2,
    estimated: 2,
  },
  {
    name: 'an endless answer',
    answers: [{ type: 'huge' }],
    expected: 'gateway-error',
    attempts: 2,
    charged: 2,
    estimated: 2,
  },
  {
    name: 'an error with status 200',
    answers: [{ type: 'raw', body: '{"error":{"code":503,"message":"busy"}}' }, reading],
    expected: 'reading',
    attempts: 2,
    charged: 1,
  },
  {
    name: 'a flat error with status 200',
    answers: [{ type: 'raw', body: '{"code":401,"message":"bad key"}' }],
    expected: 'gateway-auth',
    attempts: 1,
    charged: 0,
  },
  {
    name: 'an empty account with status 200',
    answers: [{ type: 'raw', body: '{"error":{"code":"insufficient_balance","message":"top up"}}' }],
    expected: 'gateway-balance',
    attempts: 1,
    charged: 0,
  },
  { name: '401', answers: [status(401)], expected: 'gateway-auth', attempts: 1, charged: 0 },
  { name: '403', answers: [status(403)], expected: 'gateway-auth', attempts: 1, charged: 0 },
  { name: '402', answers: [status(402)], expected: 'gateway-balance', attempts: 1, charged: 0 },
  {
    name: '429 that means no money',
    answers: [
      status(429, { error: { code: 'insufficient_quota', message: 'You exceeded your current quota' } }),
    ],
    expected: 'gateway-balance',
    attempts: 1,
    charged: 0,
  },
  { name: '404', answers: [status(404)], expected: 'gateway-model', attempts: 1, charged: 0 },
  {
    name: '503 for a model without a channel',
    answers: [status(503, { error: { code: 'model_not_found', message: 'No available channel for model' } })],
    expected: 'gateway-model',
    attempts: 1,
    charged: 0,
  },
  { name: '422', answers: [status(422)], expected: 'gateway-error', attempts: 1, charged: 0 },
  {
    name: '429 for a moment',
    answers: [status(429, undefined, { 'retry-after': '0.05' }), reading],
    expected: 'reading',
    attempts: 2,
    charged: 1,
  },
  {
    name: '429 with the wait in the body',
    answers: [
      status(429, { error: { code: 'rate_limit_exceeded', message: 'slow', retry_after: 0.05 } }),
      reading,
    ],
    expected: 'reading',
    attempts: 2,
    charged: 1,
  },
  {
    name: '429 until a date gone by',
    answers: [status(429, undefined, { 'retry-after': 'Sun, 22 Nov 2020 12:00:00 GMT' }), reading],
    expected: 'reading',
    attempts: 2,
    charged: 1,
  },
  {
    name: '429 for an hour',
    answers: [status(429, undefined, { 'retry-after': '3600' }), reading],
    expected: 'gateway-limit',
    attempts: 1,
    charged: 0,
  },
  {
    name: '429 until a date in an hour',
    answers: [
      status(429, undefined, { 'retry-after': new Date(Date.now() + 3_600_000).toUTCString() }),
      reading,
    ],
    expected: 'gateway-limit',
    attempts: 1,
    charged: 0,
  },
  {
    name: 'a status that nobody knows',
    answers: [status(529)],
    expected: 'gateway-error',
    attempts: 2,
    charged: 0,
  },
  { name: '500', answers: [status(500)], expected: 'gateway-error', attempts: 2, charged: 0 },
  { name: '500 once', answers: [status(500), reading], expected: 'reading', attempts: 2, charged: 1 },
  {
    name: 'a cut connection',
    answers: [{ type: 'reset' }],
    expected: 'gateway-error',
    attempts: 2,
    charged: 2,
    estimated: 2,
  },
  {
    name: 'blanks only',
    answers: [content('  \n \n')],
    expected: 'bad-answer',
    attempts: 2,
    charged: 2,
  },
  {
    name: 'a schema of its own, then a good answer',
    answers: [content('{"mood":"great"}'), reading],
    expected: 'reading',
    attempts: 2,
    charged: 2,
  },
  {
    name: 'a schema of its own for ever',
    answers: [content('{"mood":"great"}')],
    expected: 'bad-answer',
    attempts: 2,
    charged: 2,
  },
  {
    name: 'an answer cut for its length',
    answers: [{ type: 'content', content: '{"sentiment":50,"summ', finishReason: 'length' }, reading],
    expected: 'reading',
    attempts: 2,
    charged: 2,
  },
  {
    name: 'tokens beyond what it was allowed',
    answers: [{ type: 'reading', usage: { prompt_tokens: 5_000, completion_tokens: 9_000 } }],
    expected: 'reading',
    attempts: 1,
    charged: 1,
  },
  {
    name: 'another model served',
    answers: [{ type: 'other-model', model: 'something-cheaper' }],
    expected: 'reading',
    attempts: 1,
    charged: 1,
  },
  {
    name: 'a redirect to elsewhere',
    answers: [{ type: 'redirect', to: 'http://127.0.0.1:9/v1/chat/completions' }],
    expected: 'gateway-error',
    attempts: 2,
    charged: 0,
  },
  {
    name: 'a parameter it does not take',
    answers: [{ type: 'refuse-parameters', parameters: ['temperature'] }],
    expected: 'reading',
    attempts: 2,
    charged: 1,
  },
  {
    name: 'a refusal of a parameter that is left out already',
    answers: [status(400, { error: { code: 'invalid', message: "Unsupported parameter: 'temperature'" } })],
    expected: 'gateway-error',
    attempts: 2,
    charged: 0,
  },
  {
    name: 'another language, then the right one',
    answers: [{ type: 'reading', reading: { summary: '매수세가 우세' } }, reading],
    expected: 'reading',
    attempts: 2,
    charged: 2,
  },
  {
    name: 'a response_format it does not take',
    answers: [{ type: 'refuse-format', formats: ['json_object', 'json_schema'] }],
    expected: 'reading',
    attempts: 2,
    charged: 1,
  },
];
