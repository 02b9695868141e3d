import type { Config } from '../../config.ts';
import { capabilitiesOf } from '../../desk/capabilities.ts';
import { createGateway, type Gateway } from '../../desk/gateway.ts';
import type { GatewayFailure } from '../../desk/gateway-failure.ts';
import { isSameModel } from '../../desk/model-names.ts';
import { costOf, type Prices } from '../../desk/prices.ts';
import type { Clock } from '../../kit/clock.ts';
import { formatUsd } from '../../kit/money.ts';
import { type Finding, finding } from './report.ts';

/** Served models printed as ready lines. */
const SHOWN_MODELS = 12;

const KEY_STEPS = [
  'step 1, the key: is HOLYSHEEP_API_KEY in .env, copied whole, without quotes or blanks around it?',
  'create a new one in the HolySheep dashboard (holysheep.ai → API keys) and paste it there',
];
const BALANCE_STEP =
  'step 3, the balance: the account is empty; top it up in the HolySheep dashboard, small amounts are enough';

/**
 * Asks the gateway for its models (free), and with `spend` for a few tokens (priced), which alone shows an empty account.
 * The failures lead through the three steps: key, model, balance.
 */
export async function checkHolysheep(
  ai: Pick<Config['ai'], 'apiKey' | 'baseUrl' | 'models'>,
  options: { spend: boolean; prices: Prices; clock: Clock; timeoutMs?: number },
): Promise<Finding[]> {
  if (!ai.apiKey) {
    return [
      finding('skip', 'holysheep', 'HOLYSHEEP_API_KEY is not set: analyses come without AI and say so'),
    ];
  }
  const { clock, prices, timeoutMs = 20_000 } = options;
  const gateway = createGateway({ baseUrl: ai.baseUrl, apiKey: ai.apiKey, clock });
  const served = await gateway.models(AbortSignal.timeout(timeoutMs));
  const findings = Array.isArray(served)
    ? [
        finding('ok', 'holysheep key', 'accepted'),
        listed(served, ai.models[0] ?? '', prices, clock),
        ...ai.models.map((model) => checkModel(model, served)),
      ]
    : [failed('holysheep key', served, ai.baseUrl)];
  findings.push(...ai.models.map((model) => checkPrice(model, prices, clock)));
  if (!Array.isArray(served) && (served.reason === 'auth' || served.reason === 'balance')) return findings;

  const model = ai.models.find((one) => prices.find(one, clock.now()));
  if (!options.spend) {
    const how = 'not tried, since a call costs money: npm run doctor -- --spend makes one of a few tokens';
    findings.push(finding('skip', 'holysheep call', how));
  } else if (model !== undefined) {
    findings.push(await tinyCall(gateway, model, prices, clock, ai.baseUrl, timeoutMs));
  }
  return findings;
}

/** The gateway's models: those that have a price as ready lines, those nearest to the chosen one first, then the rest by name. */
function listed(served: readonly string[], chosen: string, prices: Prices, clock: Clock): Finding {
  const sorted = nearest(chosen, served);
  const priced = sorted.filter((model) => prices.find(model, clock.now()));
  const others = sorted.filter((model) => !priced.includes(model));
  const lines = priced.slice(0, SHOWN_MODELS).map((name) => `HOLYSHEEP_MODEL=${name}`);
  const here = priced.length > SHOWN_MODELS ? `, here the nearest ${SHOWN_MODELS}` : '';
  const rest = others.length > SHOWN_MODELS ? ` and ${others.length - SHOWN_MODELS} more` : '';
  return finding(
    'ok',
    'holysheep models',
    `${served.length} served, ${priced.length} of them with a price${here}`,
    ...lines,
    ...(others.length > 0
      ? [`without a price, so not called: ${others.slice(0, SHOWN_MODELS).join(', ')}${rest}`]
      : []),
  );
}

function checkModel(model: string, served: readonly string[]): Finding {
  if (served.includes(model)) return finding('ok', 'holysheep model', `${model} is served`);
  const lines = nearest(model, served)
    .slice(0, SHOWN_MODELS)
    .map((name) => `HOLYSHEEP_MODEL=${name}`);
  return finding(
    'fail',
    'holysheep model',
    `${model} is not among the ${served.length} served models`,
    'step 2, the model: put one of these lines into .env, nearest names first',
    ...lines,
  );
}

function checkPrice(model: string, prices: Prices, clock: Clock): Finding {
  return prices.find(model, clock.now())
    ? finding('ok', 'model price', `${model} is in the price table ${prices.version}`)
    : finding(
        'fail',
        'model price',
        `${model} has no price, so it will not be called`,
        'add a row for it to a JSON price table and name the file in MODEL_PRICES, or choose a priced model',
      );
}

async function tinyCall(
  gateway: Gateway,
  model: string,
  prices: Prices,
  clock: Clock,
  baseUrl: string,
  timeoutMs: number,
): Promise<Finding> {
  const name = 'holysheep call';
  const answer = await gateway.complete(
    {
      model,
      messages: [{ role: 'user', content: 'Answer with the word OK.' }],
      maxTokens: 16,
      structured: 'plain',
      capabilities: capabilitiesOf(model),
      schema: {},
    },
    AbortSignal.timeout(timeoutMs),
  );
  if (answer.type === 'failure') return failed(name, answer, baseUrl);
  const row = prices.find(model, clock.now());
  const cost =
    row && answer.usage
      ? `${answer.usage.prompt + answer.usage.completion} tokens, ${formatUsd(costOf(row, answer.usage, clock.now()))}, not in /cost`
      : 'the gateway counted no tokens';
  if (answer.servedModel !== undefined && !isSameModel(model, answer.servedModel)) {
    return finding('warn', name, `${model} was asked, ${answer.servedModel} answered (${cost})`);
  }
  return finding('ok', name, `${model} answers; ${cost}`);
}

function failed(name: string, { reason, waitMs }: GatewayFailure, baseUrl: string): Finding {
  switch (reason) {
    case 'auth':
      return finding('fail', name, 'the key is refused', ...KEY_STEPS);
    case 'balance':
      return finding('fail', name, 'the account has no balance left', BALANCE_STEP);
    case 'model':
      return finding(
        'fail',
        name,
        `not found at ${baseUrl}`,
        'check HOLYSHEEP_BASE_URL (it ends in /v1), then step 2, the model: HOLYSHEEP_MODEL',
      );
    case 'limit':
      return finding(
        'warn',
        name,
        `too many calls${waitMs === undefined ? '' : `; again in ${Math.ceil(waitMs / 1000)} s`}`,
      );
    case 'connection':
    case 'timeout':
      return finding('fail', name, `${baseUrl} gave no answer`, 'check the network, and HOLYSHEEP_BASE_URL');
    case 'server':
      return finding('fail', name, 'the gateway is in trouble (5xx)', 'try again in some minutes');
    case 'parameter':
      return finding('warn', name, 'the model refuses a parameter; the desk finds out and leaves it out');
    case 'format':
    case 'rejected':
    case 'bad-response':
      return finding(
        'fail',
        name,
        `the answer is not that of an OpenAI-compatible gateway (${reason})`,
        'check HOLYSHEEP_BASE_URL: https://api.holysheep.ai/v1',
      );
  }
}

/** Served names, those with most in common with the wanted one first. */
export function nearest(wanted: string, served: readonly string[]): string[] {
  const pairs = (text: string) => {
    const letters = text.toLowerCase().replace(/[^a-z0-9]/g, '');
    return new Set(
      Array.from({ length: Math.max(0, letters.length - 1) }, (_, i) => letters.slice(i, i + 2)),
    );
  };
  const want = pairs(wanted);
  const likeness = (name: string) => {
    const have = pairs(name);
    const common = [...have].filter((pair) => want.has(pair)).length;
    return (2 * common) / Math.max(1, want.size + have.size);
  };
  return [...served].sort((a, b) => likeness(b) - likeness(a));
}
