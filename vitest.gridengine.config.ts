import { defineConfig } from 'vitest/config'

const conditions = ['@hotcb/source', 'module', 'node', 'development|production']

// What needs a Grid Engine is run by name: `npm run test:gridengine` starts one and stops it afterwards.
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['packages/sweep/gridengine/*.test.ts'],
    fileParallelism: false,
    testTimeout: 900_000,
    hookTimeout: 60_000,
  },
})
