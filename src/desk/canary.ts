import type { Clock } from '../kit/clock.ts';
import { localDay } from '../kit/local-time.ts';
import type { Log } from '../kit/log.ts';
import { startLoop } from '../kit/loop.ts';
import { BOT_PAYER } from '../store/budget.ts';
import { keys } from '../store/keys.ts';
import type { Store } from '../store/redis.ts';
import { capabilitiesOf } from './capabilities.ts';
import { gatewayId, type ModelMemory } from './model-memory.ts';
import type { Buy } from './purchase.ts';

/** Several scripts, figures and signs: tokenizers differ most in how they cut these. */
const TEXT =
  'Answer OK. 67450.2 -0.0413% 1.8105x 12,345,678 liquidations; volatilité, Übergewicht; 변동성이 낮고 매수세가 우세; 买盘占优，波动平稳; 値幅は穏やか; 🐑→🐺';
const MAX_TOKENS = 16;
const CALL_MS = 20_000;
const DAY_SECONDS = 86_400;

/** Notices when another model stands behind a name: one small call a day and model, of all processes together. */
export interface Canary {
  /** This model has answered: it is one to look at. */
  answered(model: string): void;
  stop(): Promise<void>;
}

/**
 * A gateway's word for which model it served is only a word. How many tokens it counts for a text that never changes is
 * the model's tokenizer's: when it counts otherwise than ever in forty days, model, version or counting have changed, and
 * `onChanged` is told, with the counts so far. Who forges the count as well is not found out by this.
 */
export function startCanary(deps: {
  store: Store;
  baseUrl: string;
  memory: Pick<ModelMemory, 'refused'>;
  buy: Buy;
  timezone: string;
  clock: Clock;
  log: Log;
  /** How often it is looked whether a model that answered is still to be asked today, ms. */
  everyMs: number;
  onChanged(model: string, before: readonly number[], now: number, day: string): Promise<void>;
}): Canary {
  const { store, memory, clock, everyMs } = deps;
  const gateway = gatewayId(deps.baseUrl);
  const seen = new Set<string>();

  const count = async (model: string, day: string, signal: AbortSignal): Promise<number | undefined> => {
    const capabilities = capabilitiesOf(model, await memory.refused(model));
    const bought = await deps.buy(
      {
        id: `canary-${gateway}-${model}-${day}`,
        symbol: 'canary',
        payer: BOT_PAYER,
        operator: false,
        awaited: false,
        model,
        messages: [{ role: 'user', content: TEXT }],
        maxTokens: MAX_TOKENS + capabilities.thinkingTokens,
        structured: 'plain',
        capabilities,
        schema: {},
        // No analysis came of it.
        grade: () => 'canary',
        deadlineAt: clock.now() + CALL_MS,
        callMs: CALL_MS,
      },
      signal,
    );
    return bought.type === 'answer' ? bought.usage?.prompt : undefined;
  };

  const look = async (model: string, signal: AbortSignal): Promise<void> => {
    const day = localDay(clock.now(), deps.timezone);
    const last = await store.set(
      keys.aiModel(gateway, 'canary-day', model),
      day,
      'EX',
      2 * DAY_SECONDS,
      'GET',
    );
    if (last === day) return;
    const now = await count(model, day, signal);
    if (now === undefined) return;
    const key = keys.aiModel(gateway, 'canary', model);
    const before = (await store.smembers(key)).map(Number).sort((a, b) => a - b);
    await store.sadd(key, now);
    await store.expire(key, 40 * DAY_SECONDS);
    if (before.length > 0 && !before.includes(now)) await deps.onChanged(model, before, now, day);
  };

  const loop = startLoop(
    'canary',
    everyMs,
    async (signal) => {
      for (const model of seen) {
        seen.delete(model);
        await look(model, signal);
      }
    },
    deps.log,
  );
  return {
    answered: (model) => void seen.add(model),
    stop: () => loop.stop(),
  };
}
