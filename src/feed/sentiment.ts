import type { Clock } from '../kit/clock.ts';
import type { Log } from '../kit/log.ts';
import { type Loop, startLoop } from '../kit/loop.ts';
import type { AnalysesRepository, Analysis } from '../store/analyses.ts';
import type { Pipeline } from './pipeline.ts';
import type { RuleBook } from './rule-book.ts';
import type { SymbolWatch } from './symbol-watch.ts';

/** An older analysis says nothing of now, ms. */
const COUNTS_MS = 4 * 3_600_000;
/** For so long a symbol is analysed on schedule after a rule on it was last seen, and how often that is said, ms. */
const WANTED_MS = 600_000;
const SAY_EVERY_MS = 60_000;

/**
 * Lets rules on the AI's view see it: the newest analysis of each of their symbols, whoever asked for it. It comes from the
 * store, so a restart forgets nothing; one in which the AI did not commit itself is no value.
 */
export function startSentiment(options: {
  analyses: Pick<AnalysesRepository, 'latestId' | 'get' | 'wantScheduled'>;
  pipeline: Pipeline;
  book: RuleBook;
  everyMs: number;
  clock: Clock;
  log: Log;
}): Loop {
  const { analyses, pipeline, book, everyMs, clock, log } = options;
  const known = new WeakMap<SymbolWatch, { id: string; analysis: Analysis | undefined }>();
  const sayDue = new WeakMap<SymbolWatch, number>();

  async function newest(watch: SymbolWatch): Promise<Analysis | undefined> {
    const id = await analyses.latestId(watch.symbol);
    if (id === undefined) return undefined;
    const before = known.get(watch);
    if (before?.id === id) return before.analysis;
    const analysis = await analyses.get(id);
    known.set(watch, { id, analysis });
    return analysis;
  }

  async function look(): Promise<void> {
    const watched = [...pipeline.watches.values()].filter(({ symbol }) =>
      book.engine.books(symbol).some(({ metric }) => metric === 'sentiment'),
    );
    await Promise.all(
      watched.map(async (watch) => {
        const analysis = await newest(watch);
        const reading = analysis?.reading;
        const counts = reading && !reading.abstain && clock.now() - analysis.finishedAt < COUNTS_MS;
        const value = counts ? reading.sentiment : undefined;
        if (value === watch.state.sentiment) return;
        watch.state.sentiment = value;
        pipeline.measure(watch);
      }),
    );
    const now = performance.now();
    for (const watch of watched) {
      if (now < (sayDue.get(watch) ?? 0)) continue;
      sayDue.set(watch, now + SAY_EVERY_MS);
      await analyses.wantScheduled(watch.symbol, clock.now() + WANTED_MS);
    }
  }

  return startLoop('sentiment', everyMs, look, log);
}
