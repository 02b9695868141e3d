import type { EventEmitter } from 'node:events';
import { PATIENCE_MS } from '../../support/wait.ts';
import type { FakeState } from './api.ts';
import type { FakeDiscord } from './fake.ts';
import { LOADING } from './model.ts';
import { wordsOf } from './shown.ts';

/** Waits for what becomes of things; `events` says `change` whenever something happens. */
export function createWaits(
  state: FakeState,
  events: EventEmitter,
): Pick<FakeDiscord, 'waitFor' | 'answered' | 'posted'> {
  function waitFor<T>(what: string, find: () => T | undefined | false, timeoutMs = PATIENCE_MS): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const value = find();
        if (value === undefined || value === false) return;
        clearTimeout(timer);
        events.off('change', look);
        resolve(value);
      };
      const timer = setTimeout(() => {
        events.off('change', look);
        reject(new Error(`not within ${timeoutMs} ms: ${what}`));
      }, timeoutMs);
      events.on('change', look);
      look();
    });
  }

  const answersOf = () =>
    new Set([...state.interactions.values()].flatMap(({ original, followUps }) => [original, ...followUps]));

  return {
    waitFor,
    answered: (interaction, timeoutMs) =>
      waitFor(
        'an answer',
        () => {
          const { original, followUps } = interaction;
          const [said] = followUps;
          if (said) return said;
          if (!original || original.deleted || original.flags & LOADING) return undefined;
          // A button's message was there before: it answers by having changed.
          return interaction.kind === 'command' || original.changedAt > interaction.sentAt
            ? original
            : undefined;
        },
        timeoutMs,
      ),
    posted: (where, words = /(?:)/, timeoutMs) =>
      waitFor(
        `a message in #${where.name}`,
        () => {
          const answers = answersOf();
          return state.messages.find(
            (it) => it.channelId === where.id && !answers.has(it) && words.test(wordsOf(it)),
          );
        },
        timeoutMs,
      ),
  };
}
