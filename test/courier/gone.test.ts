import { describe, expect, it } from 'vitest';
import { createGoneWatch } from '../../src/courier/gone.ts';

describe('the watch over farewells', () => {
  it('believes four chats in a row and not the fifth, and names those it believed', () => {
    const watch = createGoneWatch();
    for (const uid of ['a', 'b', 'c', 'd'])
      expect(watch.refused(uid, `no ${uid}`, 1)).toEqual({ type: 'gone' });
    expect(watch.refused('d', 'no d', 2)).toEqual({ type: 'gone' });
    const fifth = watch.refused('e', 'no e', 3);
    expect(fifth).toMatchObject({ type: 'outage' });
    expect(fifth.type === 'outage' && [...fifth.believed.keys()]).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('begins anew whenever somebody is reached', () => {
    const watch = createGoneWatch();
    for (let i = 0; i < 100; i++) {
      expect(watch.refused(`chat${i}`, 'no', i)).toEqual({ type: 'gone' });
      if (i % 4 === 3) watch.reached('alive', i);
    }
  });

  it('believes after an outage only what was tried since somebody was reached', () => {
    const watch = createGoneWatch();
    for (const uid of ['a', 'b', 'c', 'd', 'e']) watch.refused(uid, 'no', 1);
    expect(watch.refused('a', 'no', 2)).toMatchObject({ type: 'outage' });
    watch.reached('alive', 10);
    expect(watch.refused('a', 'no', 9)).toMatchObject({ type: 'outage' });
    expect(watch.refused('a', 'no', 11)).toEqual({ type: 'gone' });
  });
});
