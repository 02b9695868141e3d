import { expect, it } from 'vitest';
import { createTurns } from '../../src/kit/turns.ts';

it('lets so many work at once, the others in order, whatever fails', async () => {
  const inTurn = createTurns(2);
  const begun: number[] = [];
  const ends = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
  const done = ends.map((end, i) =>
    inTurn(async () => {
      begun.push(i);
      await end.promise;
      return i;
    }).catch(() => 'failed'),
  );
  const settle = () => new Promise(setImmediate);
  await settle();
  expect(begun).toEqual([0, 1]);
  ends[1]?.reject(new Error('no'));
  await settle();
  expect(begun).toEqual([0, 1, 2]);
  for (const end of ends) end.resolve();
  expect(await Promise.all(done)).toEqual([0, 'failed', 2, 3, 4]);
  expect(begun).toEqual([0, 1, 2, 3, 4]);
});
