import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Float64Column, SharedStrings, Uint32Column } from '../../src/alerts/columns.ts';
import { SlotHeap } from '../../src/alerts/heap.ts';

it('keeps the nearest key first while any slot comes and goes', () => {
  const moves = fc.array(fc.record({ slot: fc.nat({ max: 60 }), key: fc.integer({ min: -20, max: 20 }) }), {
    maxLength: 200,
    size: 'max',
  });
  fc.assert(
    fc.property(moves, fc.constantFrom(1 as const, -1 as const), (script, sign) => {
      const keys = new Float64Column();
      const heap = new SlotHeap(keys, new Uint32Column(), sign);
      const held = new Set<number>();
      for (const { slot, key } of script) {
        if (held.delete(slot)) heap.remove(slot);
        else {
          keys.set(slot, key);
          heap.push(slot);
          held.add(slot);
        }
        const [first] = [...held].sort((a, b) => sign * (keys.get(a) - keys.get(b)) || a - b);
        expect(heap.size).toBe(held.size);
        expect(heap.peek()).toBe(first === undefined ? Number.POSITIVE_INFINITY : sign * keys.get(first));
        if (first !== undefined) expect(heap.peekSlot()).toBe(first);
      }
      const drained: number[] = [];
      while (heap.size > 0) {
        drained.push(heap.peekSlot());
        heap.remove(heap.peekSlot());
      }
      expect(drained).toEqual([...held].sort((a, b) => sign * (keys.get(a) - keys.get(b)) || a - b));
    }),
    { numRuns: 300 },
  );
});

it('grows its columns to any slot', () => {
  const column = new Float64Column();
  column.set(5_000, 1.5);
  expect([column.get(5_000), column.get(4_999), column.get(9_999_999)]).toEqual([1.5, 0, 0]);
});

it('keeps a shared string until its last user drops it', () => {
  const strings = new SharedStrings();
  const place = strings.take('chat-1');
  expect(strings.take('chat-1')).toBe(place);
  strings.drop(place);
  expect(strings.get(place)).toBe('chat-1');
  strings.drop(place);
  expect(strings.take('chat-2')).toBe(place);
  expect(strings.take('chat-1')).not.toBe(place);
});
