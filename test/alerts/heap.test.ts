import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Column, Shared, SparseColumn } from '../../src/alerts/columns.ts';
import { SlotHeap } from '../../src/alerts/heap.ts';
import { IdIndex } from '../../src/alerts/id-index.ts';

it('keeps the nearest key first while any slot comes and goes', () => {
  const moves = fc.array(fc.record({ slot: fc.nat({ max: 60 }), key: fc.integer({ min: -20, max: 20 }) }), {
    maxLength: 200,
    size: 'max',
  });
  fc.assert(
    fc.property(moves, fc.constantFrom(1 as const, -1 as const), fc.boolean(), (script, sign, few) => {
      const keys = few ? new SparseColumn() : Column.doubles();
      const heap = new SlotHeap(keys, few ? new SparseColumn() : Column.uint32(), sign);
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

it('gives back the memory of slots that have left, and still finds the rest', () => {
  const keys = Column.doubles();
  const heap = new SlotHeap(keys, Column.uint32(), 1);
  for (let slot = 0; slot < 5_000; slot++) {
    keys.set(slot, (slot * 7_919) % 5_000);
    heap.push(slot);
  }
  for (let slot = 0; slot < 4_990; slot++) heap.remove(slot);
  const drained: number[] = [];
  for (; heap.size > 0; heap.remove(heap.peekSlot())) drained.push(heap.peek());
  expect(drained).toEqual(drained.toSorted((a, b) => a - b));
  expect(drained).toHaveLength(10);
});

it('grows its columns to any slot', () => {
  const column = Column.doubles();
  column.set(5_000, 1.5);
  column.set(9_999_999, 0);
  expect([column.get(5_000), column.get(4_999), column.get(9_999_999)]).toEqual([1.5, 0, 0]);
});

it('keeps a shared string until its last user drops it', () => {
  const strings = new Shared<string>();
  const take = (text: string) => strings.take(text, () => text);
  const place = take('chat-1');
  expect(take('chat-1')).toBe(place);
  strings.drop(place);
  expect([strings.get(place), strings.find('chat-1')]).toEqual(['chat-1', place]);
  strings.drop(place);
  expect([strings.find('chat-1'), strings.values()]).toEqual([undefined, []]);
  expect(take('chat-2')).toBe(place);
  expect(take('chat-1')).not.toBe(place);
});

it('finds the slot of every id that is held, of whatever form, as a map does', () => {
  const id = fc.oneof(
    { weight: 6, arbitrary: fc.stringMatching(/^[0-9a-z]{1,2}$/) },
    fc.stringMatching(/^[0-9a-z]{6}$/),
    fc.constantFrom('0', '00', '000000', 'zzzzzz', '', 'ABCDEF', 'seven77', 'ключ', 'a b', '__proto__'),
  );
  fc.assert(
    fc.property(fc.array(id, { maxLength: 400, size: 'max' }), (script) => {
      const index = new IdIndex();
      const held = new Map<string, number>();
      const free: number[] = [];
      for (const each of script) {
        const slot = held.get(each);
        if (slot === undefined) {
          const fresh = free.pop() ?? held.size;
          held.set(each, fresh);
          index.add(each, fresh);
        } else {
          held.delete(each);
          index.delete(slot);
          free.push(slot);
          expect([index.find(each), index.has(slot), index.id(slot)]).toEqual([undefined, false, '']);
        }
        expect(index.size).toBe(held.size);
      }
      for (const [each, slot] of held) expect([index.find(each), index.id(slot)]).toEqual([slot, each]);
    }),
    { numRuns: 300 },
  );
});
