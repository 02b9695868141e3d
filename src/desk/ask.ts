import type { Facts, NoReading, Reading } from '../store/analyses.ts';
import { answerSchema, judgeAnswer } from './answer.ts';
import type { Dialogue, Terms } from './dialogue.ts';
import { knownFeatures } from './features.ts';
import { composePrompt } from './prompt.ts';
import type { Charge } from './purchase.ts';
import type { Languages, Wordings } from './wording.ts';

/** A question to the AI: about which figures, in which languages, for whom, until when. */
export interface Question extends Terms {
  brief: Facts;
  locales: Languages;
}

/** A reading or the reason for none, and what all attempts together were charged. */
export interface Asked extends Charge {
  /** In the first language. */
  reading: Reading | undefined;
  /** The reading's summary in every language in which it is there. */
  summaries: Wordings;
  noReading: NoReading | undefined;
  askedModel: string | undefined;
  servedModel: string | undefined;
}

/** Asks for a reading of a symbol's figures. */
export type Ask = (question: Question, signal: AbortSignal) => Promise<Asked>;

/** Tight for Korean and Japanese below this. */
const MAX_TOKENS = 320;
const MAX_TOKENS_PER_LANGUAGE = 80;

export function createAsk(dialogue: Dialogue): Ask {
  return async ({ brief, locales, ...terms }, signal) => {
    const features = knownFeatures(brief);
    const { value, ...asked } = await dialogue(
      {
        symbol: brief.symbol,
        messages: composePrompt(brief, locales),
        schema: answerSchema(features, locales),
        maxTokens: MAX_TOKENS + MAX_TOKENS_PER_LANGUAGE * (locales.length - 1),
        judge(content) {
          const judged = judgeAnswer(content, features, locales);
          return judged.type === 'reading' ? { type: 'good', value: judged } : judged;
        },
      },
      terms,
      signal,
    );
    const flags = value && value.mended.length > 0 ? { flags: value.mended } : {};
    return {
      ...asked,
      reading: value && { ...value.reading, ...flags },
      summaries: value?.summaries ?? {},
    };
  };
}
