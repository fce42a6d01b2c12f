import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { testProjects } from './vitest.modules.ts'
import { LongestFirst } from './vitest.order.ts'

// Tests read sibling packages from their sources, with nothing built.
const conditions = ['@hotcb/source', 'module', 'node', 'development|production']

/** What all configurations for unit tests share. */
export const base = {
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    // Three times the cores of a small machine: most tests wait for a process.
    maxWorkers: 6,
    // Limits only end a test that hangs. On a busy machine, a test takes twenty times as long as on a quiet one.
    testTimeout: 900_000,
    hookTimeout: 900_000,
    expect: { poll: { timeout: 300_000 } },
    // Figures of this machine would be among the metrics of each run that lasts longer than a second.
    env: { HOTCB_SYSTEM: 'off' },
  },
}

const folders = ['packages', 'apps'].flatMap((group) => readdirSync(group).map((name) => join(group, name, 'test')))

// Tests that need Python, and packages of its index, are run by name: `npm run test:python`.
const files = [...folders, 'test']
  .filter((folder) => existsSync(folder))
  .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)))
  .filter((file) => file.endsWith('.test.ts') && !file.startsWith(join('test', 'python')))

export default defineConfig({
  ...base,
  test: { ...base.test, sequence: { sequencer: LongestFirst }, projects: testProjects(files) },
})
