import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/patience.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    // Real servers and sockets: generous limits, no retries. No test waits for a fixed time.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
