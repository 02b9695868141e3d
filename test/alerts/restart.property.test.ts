import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cursorBefore } from '../../src/alerts/cursor.ts';
import { createEngine, type Engine, type EngineTransition } from '../../src/alerts/engine.ts';
import type { Firing, InstanceState, Rule } from '../../src/alerts/rule.ts';
import { type Event, events, firingsOf, play, STALE, SYMBOL, someRules } from './stories.ts';

/** What the store would hold: states by instance, the cursor of the last commit, and the outbox by event id. */
class Kept {
  readonly states = new Map<string, InstanceState>();
  readonly outbox = new Map<string, Firing>();
  cursor: string | undefined;

  commit(transitions: readonly EngineTransition[], cursor: string): void {
    for (const { instance, state, firing } of transitions) {
      this.states.set(instance, JSON.parse(JSON.stringify(state)));
      if (firing && !this.outbox.has(firing.eventId)) this.outbox.set(firing.eventId, firing);
    }
    this.cursor = cursor;
  }

  restore(rules: readonly Rule[]): Engine {
    const engine = createEngine({ staleMs: STALE });
    for (const one of rules) engine.add(one, this.states.get(`${one.id}:${SYMBOL}`));
    if (this.cursor !== undefined) engine.restoreCursor(SYMBOL, this.cursor);
    return engine;
  }
}

describe('a restart', () => {
  const unbroken = (rules: readonly Rule[], script: readonly Event[]) => {
    const kept = new Kept();
    const engine = kept.restore(rules);
    play(engine, script, (transitions) => kept.commit(transitions, engine.cursor(SYMBOL)));
    return [...kept.outbox.values()];
  };

  it('changes nothing, also when everything seen is played again', () => {
    fc.assert(
      fc.property(someRules, events, fc.nat({ max: 60 }), (rules, script, cut) => {
        const kept = new Kept();
        const first = kept.restore(rules);
        play(first, script.slice(0, cut), (transitions) => {
          // As a feed does: an event that changed nothing is not written.
          if (transitions.length > 0) kept.commit(transitions, first.cursor(SYMBOL));
        });
        const second = kept.restore(rules);
        const committed = kept.outbox.size;
        play(second, script, (transitions, index) => {
          if (index < Math.min(cut, script.length)) expect(firingsOf(transitions)).toEqual([]);
          if (transitions.length > 0) kept.commit(transitions, second.cursor(SYMBOL));
        });
        expect(kept.outbox.size).toBeGreaterThanOrEqual(committed);
        expect([...kept.outbox.values()]).toEqual(unbroken(rules, script));
      }),
      { numRuns: 2_000 },
    );
  });

  it('is no matter, however often one worker takes over from another', () => {
    fc.assert(
      fc.property(
        someRules,
        events,
        fc.array(fc.nat({ max: 60 }), { maxLength: 6 }),
        (rules, script, cuts) => {
          const kept = new Kept();
          for (const cut of [...cuts.toSorted((a, b) => a - b), script.length]) {
            const worker = kept.restore(rules);
            // It hears all from the beginning again, and what was committed changes nothing any more.
            play(worker, script.slice(0, cut), (transitions) => {
              if (transitions.length > 0) kept.commit(transitions, worker.cursor(SYMBOL));
            });
          }
          expect([...kept.outbox.values()]).toEqual(unbroken(rules, script));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('in the middle of a commit loses and doubles nothing', () => {
    fc.assert(
      fc.property(
        someRules,
        events,
        fc.nat({ max: 60 }),
        fc.nat({ max: 4 }),
        (rules, script, cut, written) => {
          const kept = new Kept();
          const first = kept.restore(rules);
          play(first, script.slice(0, cut), (transitions, index) => {
            const last = index === Math.min(cut, script.length) - 1;
            const cursor = first.cursor(SYMBOL);
            if (last && written < transitions.length)
              kept.commit(transitions.slice(0, written), cursorBefore(cursor));
            else if (transitions.length > 0) kept.commit(transitions, cursor);
          });
          const second = kept.restore(rules);
          play(second, script, (transitions) => {
            if (transitions.length > 0) kept.commit(transitions, second.cursor(SYMBOL));
          });
          const byId = (a: Firing, b: Firing) => (a.eventId < b.eventId ? -1 : 1);
          expect([...kept.outbox.values()].sort(byId)).toEqual(unbroken(rules, script).sort(byId));
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
