import { configDefaults, defineConfig } from 'vitest/config'

// Tests read sibling packages from their sources, with nothing built.
const conditions = ['@hotcb/source', 'module', 'node', 'development|production']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'apps/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    // Tests that need Python, and packages of its index, are run by name: `npm run test:python`.
    exclude: [...configDefaults.exclude, 'test/python/**'],
    maxWorkers: 2,
    // The default of a second is too short for a process on a busy machine.
    expect: { poll: { timeout: 20_000 } },
    // Figures of this machine would be among the metrics of each run that lasts longer than a second.
    env: { HOTCB_SYSTEM: 'off' },
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
})
