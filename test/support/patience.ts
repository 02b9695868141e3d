import { vi } from 'vitest';

const waitFor = vi.waitFor;

/** A busy machine takes longer than the usual second; a wait ends as soon as what it waits for is there. */
const PATIENCE_MS = 20_000;

vi.waitFor = (callback, options) => {
  const given = typeof options === 'number' ? { timeout: options } : options;
  return waitFor(callback, { timeout: PATIENCE_MS, interval: 20, ...given });
};
