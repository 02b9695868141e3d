import type { Log } from '../kit/log.ts';
import type { OperatorNotice } from '../notice/notice.ts';
import { startCanary } from './canary.ts';
import type { Dialogue, DialogueTimings } from './dialogue.ts';
import { isSameModel } from './model-names.ts';
import { createPaidDialogue, type PaidDialogueDeps, type PaidGateway } from './paid-dialogue.ts';

export interface WatchedDialogueTimings extends DialogueTimings {
  /** How long a gateway or a model that keeps failing is left alone, ms. */
  openMs: number;
  /** How often it is looked whether a model that answered is still to be asked what it counts today, ms. */
  canaryEveryMs: number;
}

const CANARY_EVERY_MS = 3_600_000;

/** The dialogue with a gateway whose oddities the operators are told, each once a day: they may cost money, or be another model. */
export function startWatchedDialogue(
  gateway: PaidGateway,
  deps: Omit<PaidDialogueDeps, 'onOver' | 'onAnswer'> & {
    /** Never rejects. */
    tell(code: OperatorNotice['code'], args: OperatorNotice['args'], onceKey: string): Promise<void>;
    log: Log;
    timings?: Partial<WatchedDialogueTimings>;
  },
): { dialogue: Dialogue; stop(): Promise<void> } {
  const { tell } = deps;
  /** Said already, by day and model. */
  const others = new Set<string>();
  const { dialogue, buy, memory } = createPaidDialogue(gateway, {
    ...deps,
    onOver: (model, day) => void tell('gateway-over', { model: named(model) }, `${day}:${model}`),
    onAnswer(model, served, day) {
      canary.answered(model);
      if (served === undefined || isSameModel(model, served)) return;
      const once = `${day}:${model}`;
      if (others.has(once)) return;
      others.add(once);
      void tell('gateway-other', { asked: named(model), served: named(served) }, once);
    },
  });
  const canary = startCanary({
    ...gateway,
    ...deps,
    buy,
    memory,
    everyMs: deps.timings?.canaryEveryMs ?? CANARY_EVERY_MS,
    onChanged: (model, before, now, day) =>
      tell('gateway-changed', { model: named(model), before: before.join(', '), now }, `${day}:${model}`),
  });
  return { dialogue, stop: () => canary.stop() };
}

/** A model's name as it is told, however long a gateway makes it. */
function named(model: string): string {
  return model.slice(0, 100);
}
