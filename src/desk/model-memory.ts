import { createHash } from 'node:crypto';
import { keys } from '../store/keys.ts';
import type { Store } from '../store/redis.ts';
import { PARAMETERS, type Parameter, type Structured } from './capabilities.ts';

/** What is known of a gateway's models by experience; shared by all processes, and kept over a restart. */
export interface ModelMemory {
  /** Those of these models that the gateway said it does not serve. */
  dead(models: readonly string[]): Promise<ReadonlySet<string>>;
  bury(model: string): Promise<void>;
  /** The form of answer that was left after refusals; undefined: none was refused. */
  form(model: string): Promise<Structured | undefined>;
  downgrade(model: string, structured: Structured): Promise<void>;
  /** The parameters that the model was found not to take. */
  refused(model: string): Promise<Parameter[]>;
  refuse(model: string, parameter: Parameter): Promise<void>;
}

export interface ModelMemoryTimings {
  /** How long a model that is not served goes to the end of the list, ms. */
  deadModelMs: number;
  /** How long a refused `response_format` or parameter is remembered, ms. */
  downgradeMs: number;
}

const TIMINGS: ModelMemoryTimings = { deadModelMs: 3_600_000, downgradeMs: 86_400_000 };
const FORMS = ['json_schema', 'json_object', 'plain'] as const satisfies readonly Structured[];

/** The memory for the gateway at a base URL; another gateway is another memory. Throws what Redis threw. */
export function createModelMemory(
  store: Store,
  baseUrl: string,
  timings: Partial<ModelMemoryTimings> = {},
): ModelMemory {
  const { deadModelMs, downgradeMs } = { ...TIMINGS, ...timings };
  const gateway = gatewayId(baseUrl);
  return {
    async dead(models) {
      const marks = await Promise.all(
        models.map((model) => store.exists(keys.aiModel(gateway, 'dead', model))),
      );
      return new Set(models.filter((_, i) => marks[i] === 1));
    },
    async bury(model) {
      await store.set(keys.aiModel(gateway, 'dead', model), '1', 'PX', deadModelMs);
    },
    async form(model) {
      const known = await store.get(keys.aiModel(gateway, 'form', model));
      return FORMS.find((form) => form === known);
    },
    async downgrade(model, structured) {
      await store.set(keys.aiModel(gateway, 'form', model), structured, 'PX', downgradeMs);
    },
    async refused(model) {
      const known = await store.smembers(keys.aiModel(gateway, 'refused', model));
      return PARAMETERS.filter((parameter) => known.includes(parameter));
    },
    async refuse(model, parameter) {
      const key = keys.aiModel(gateway, 'refused', model);
      await store.sadd(key, parameter);
      await store.pexpire(key, downgradeMs);
    },
  };
}

/** A gateway's name in the store: a hash of its URL, which may hold a password. */
export function gatewayId(baseUrl: string): string {
  return createHash('sha256').update(baseUrl).digest('hex').slice(0, 12);
}
