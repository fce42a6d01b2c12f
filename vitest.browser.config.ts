import { defineConfig } from 'vitest/config'

const conditions = ['@hotcb/source', 'module', 'node', 'development|production']

// Real browsers and real trainings: one after the other, since two of each on two cores would time each other out.
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['apps/*/browser/**/*.test.ts'],
    fileParallelism: false,
    // A message that goes by itself may be gone before a busy machine looks at it. What is wrong stays wrong.
    retry: 1,
    // Figures of this machine would be among the metrics of each run that lasts longer than a second.
    env: { HOTCB_SYSTEM: 'off' },
    // The default of a second is too short for a page on a busy machine.
    expect: { poll: { timeout: 90_000 } },
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
})
