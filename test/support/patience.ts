import { vi } from 'vitest';
import { PATIENCE_MS } from './wait.ts';

const waitFor = vi.waitFor;

/** The usual second is too short. */

vi.waitFor = (callback, options) => {
  const given = typeof options === 'number' ? { timeout: options } : options;
  return waitFor(callback, { timeout: PATIENCE_MS, interval: 20, ...given });
};
