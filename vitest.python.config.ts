import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig, type TestProjectConfiguration } from 'vitest/config'

const conditions = ['@hotcb/source', 'module', 'node', 'development|production']
const DOCUMENTED = fileURLToPath(new URL('test/python/documented', import.meta.url))
// Where `npm run test:python` installed the originals that it was given; it also finds the interpreter.
const ORIGINALS = process.env['HOTCB_PYTHON_ORIGINALS'] ?? ''

// What the dashboard of hotcb 2 imports, where pip could install it.
const DASHBOARD = process.env['HOTCB_PYTHON_DASHBOARD'] ?? ''

// Where pip could install HyperHerd.
const HYPERHERD = process.env['HOTCB_PYTHON_HYPERHERD'] ?? ''

const ALL = 'test/python/**/*.test.ts'
const PUBLISHED = 'test/python/published*.test.ts'
const RUNTIMECTL = 'test/python/runtimectl*.test.ts'
// The stand-in has no dashboard.
const DASHBOARDS = 'test/python/dashboard*.test.ts'

const HERDS = 'test/python/hyperherd*.test.ts'

// The same tests against each: what the documentation describes, and the original where it can be had.
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    maxWorkers: 2,
    // Figures of this machine would be among the metrics of each run that lasts longer than a second.
    env: { HOTCB_SYSTEM: 'off' },
    testTimeout: 900_000,
    hookTimeout: 900_000,
    projects: [
      project('published', DOCUMENTED, [PUBLISHED], []),
      project('documented', DOCUMENTED, [ALL], [PUBLISHED, DASHBOARDS, HERDS]),
      ...(isThere('hotcb')
        ? [project('original hotcb', ORIGINALS, [ALL], [PUBLISHED, RUNTIMECTL, DASHBOARDS, HERDS])]
        : []),
      ...(DASHBOARD === '' ? [] : [project('original dashboard', ORIGINALS + delimiter + DASHBOARD, [DASHBOARDS], [])]),
      ...(HYPERHERD === '' ? [] : [project('hyperherd', HYPERHERD, [HERDS], [])]),
      ...(isThere('runtimectl') ? [project('original runtimectl', ORIGINALS, [RUNTIMECTL], [])] : []),
    ],
  },
})

function isThere(name: string): boolean {
  return ORIGINALS !== '' && existsSync(join(ORIGINALS, name))
}

function project(name: string, peers: string, include: string[], exclude: string[]): TestProjectConfiguration {
  return { extends: true, test: { name, include, exclude, env: { HOTCB_PYTHON_PEERS: peers } } }
}
