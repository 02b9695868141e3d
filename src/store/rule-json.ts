import { z } from 'zod';
import { isWatchable } from '../alerts/condition.ts';
import {
  DIRECTIONS,
  INSTANCE_PHASES,
  type InstanceState,
  PRESETS,
  RULE_KINDS,
  RULE_MODES,
  type Rule,
} from '../alerts/rule.ts';
import { WINDOWS } from '../market/brief.ts';

const count = z.number().int().nonnegative();

const partSchema = z.object({
  kind: z.enum(RULE_KINDS),
  direction: z.enum(DIRECTIONS),
  threshold: z.number().positive(),
  unit: z.literal('sigma').optional(),
  window: z.enum(WINDOWS),
  rearm: z.number(),
});

/** A rule as it is kept and can be watched: unknown fields of newer writers are dropped, all else must be there. */
export const ruleSchema = z
  .object({
    v: z.literal(1),
    id: z.string().min(1).max(32),
    chat: z.string().min(1),
    symbol: z.string().min(1),
    kind: z.enum(RULE_KINDS),
    direction: z.enum(DIRECTIONS),
    threshold: z.number().positive(),
    window: z.enum(WINDOWS),
    preset: z.enum(PRESETS).optional(),
    rearm: z.number(),
    mode: z.enum(RULE_MODES),
    cooldownMs: count,
    holdMs: count,
    until: count.optional(),
    paused: z.boolean(),
    unit: z.literal('sigma').optional(),
    and: partSchema.optional(),
    tellNormal: z.literal(true).optional(),
    createdBy: z.string(),
    createdAt: count,
  })
  .transform((rule): Rule => ({ ...rule, preset: rule.preset, until: rule.until }))
  .refine(isWatchable);

/** An instance's state as it is kept. */
export const instanceSchema = z.object({
  phase: z.enum(INSTANCE_PHASES),
  since: z.number(),
  lastFire: z.number(),
  episode: count,
  suppressed: count,
  deferred: z.boolean(),
  side: z.literal([1, -1]).optional(),
  condition: z.string().optional(),
}) satisfies z.ZodType<InstanceState>;

/** Reads kept JSON by a schema; undefined when it is not valid. */
export function readJson<T>(schema: z.ZodType<T>, text: string | null | undefined): T | undefined {
  if (text === null || text === undefined) return undefined;
  try {
    const parsed = schema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
