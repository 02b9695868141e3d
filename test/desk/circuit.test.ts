import { beforeEach, describe, expect, it } from 'vitest';
import { type Circuit, createCircuit, type Health } from '../../src/desk/circuit.ts';
import { ManualClock } from '../support/clock.ts';

describe('a circuit', () => {
  let clock: ManualClock;
  let circuit: Circuit;
  beforeEach(() => {
    clock = new ManualClock(1_000);
    circuit = createCircuit({ clock, failures: 3, openMs: 100 });
  });

  const call = (health: Health) => {
    const pass = circuit.enter();
    pass?.done(health);
    return pass !== undefined;
  };
  const calls = (...healths: Health[]) => healths.map(call);

  it('opens after three failures in a row, not after three among successes', () => {
    expect(calls('ill', 'ill', 'well', 'ill', 'ill', 'ill', 'well')).toEqual([
      ...Array.from({ length: 6 }, () => true),
      false,
    ]);
  });

  it('does not count what says nothing', () => {
    expect(calls('ill', 'unknown', 'ill', 'unknown', 'unknown').every(Boolean)).toBe(true);
    expect(calls('ill', 'well')).toEqual([true, false]);
  });

  it('lets one probe through after its time, which closes or opens it again', () => {
    calls('ill', 'ill', 'ill');
    clock.advanceBy(99);
    expect(circuit.enter()).toBeUndefined();
    clock.advanceBy(1);
    const probe = circuit.enter();
    expect(probe).toBeDefined();
    expect(circuit.enter()).toBeUndefined();
    probe?.done('ill');
    expect(circuit.enter()).toBeUndefined();
    clock.advanceBy(100);
    expect(calls('well', 'well')).toEqual([true, true]);
  });

  it('gives the probe to the next when the first learned nothing, and hears each once', () => {
    calls('ill', 'ill', 'ill');
    clock.advanceBy(100);
    const probe = circuit.enter();
    probe?.done('unknown');
    probe?.done('ill');
    expect(calls('well')).toEqual([true]);
  });

  it('opens at one word, and closes when a call from before it comes back well', () => {
    const before = circuit.enter();
    circuit.trip();
    expect(circuit.enter()).toBeUndefined();
    before?.done('well');
    expect(circuit.enter()).toBeDefined();
  });
});
