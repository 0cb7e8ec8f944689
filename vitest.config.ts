import { defineConfig } from 'vitest/config';
import { JourneysInOrder } from './test/frame/journeys-in-order.ts';

export default defineConfig({
  test: {
    passWithNoTests: false,
    allowOnly: false,
    // By itself the runner leaves one core free, and half of what the contract tests do is wait.
    maxWorkers: 3,
    sequence: { sequencer: JourneysInOrder },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          setupFiles: ['test/frame/hermetic.ts'],
          testTimeout: 30_000,
        },
      },
      {
        // Real programs answer here (sshd, a registry, an API server): two files at a time are enough for two cores.
        test: {
          name: 'contract',
          include: ['test/contract/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 240_000,
        },
      },
      {
        // Numbered journeys on lab hosts, one after the other.
        test: {
          name: 'lab',
          include: ['test/lab/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 90 * 60_000,
          hookTimeout: 60 * 60_000,
          bail: 0,
        },
      },
    ],
  },
});
