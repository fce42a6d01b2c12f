import { defineConfig } from 'vitest/config'

const conditions = ['@hotcb/source', 'module', 'node', 'development|production']

// What needs a SLURM is run by name: `npm run test:slurm` starts one and stops it afterwards. Outages concern every test on the
// cluster, so files run one after the other.
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['packages/sweep/slurm/*.test.ts'],
    fileParallelism: false,
    maxConcurrency: 20,
    // The scheduler has its own clock: a look between two of its steps sees what is true for a moment only. What is wrong stays wrong.
    retry: 2,
    testTimeout: 900_000,
    hookTimeout: 60_000,
  },
})
