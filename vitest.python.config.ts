import { defineConfig } from 'vitest/config'

const conditions = ['@hotcb/source', 'module', 'node', 'development|production']

// Against programs in Python: `npm run test:python` says which, and finds the interpreter.
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['test/python/**/*.test.ts'],
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
